"""`aipromote facts …`: what may be claimed. Modules of commands are imported when they are called."""

from __future__ import annotations

from typing import Annotated

import typer

from aipromote.cli.options import AsJson, Data, Which

app = typer.Typer(help="What an organization may claim, with its sources.", no_args_is_help=True)


@app.command("list")
def list_facts(*, organization: Which = None, data: Data = None, as_json: AsJson = False) -> None:
    """All facts, with their sources and last days. Those that end within 14 days are marked."""
    from aipromote.cli import facts

    facts.show(organization=organization, data=data, as_json=as_json)


@app.command("add")
def add_fact(
    statement: Annotated[str, typer.Argument(help="What may be claimed, with its number: “1,200 teams use it”.")],
    *,
    source: Annotated[str, typer.Option(help="Where it can be checked: a link, a document, a person.")],
    kind: Annotated[str, typer.Option(help="metric, customer, award, press or other.")] = "other",
    expires: Annotated[str | None, typer.Option(metavar="DAY", help="The last day on which it may be said.")] = None,
    organization: Which = None,
    data: Data = None,
) -> None:
    """Record something that may be claimed. Told again, it takes the newer source."""
    from aipromote.cli import facts

    facts.add(statement, source=source, kind=kind, expires=expires, organization=organization, data=data)


FactId = Annotated[str, typer.Argument(metavar="ID")]


@app.command("expire")
def expire_fact(fact: FactId, *, organization: Which = None, data: Data = None) -> None:
    """From today on the fact proves nothing."""
    from aipromote.cli import facts

    facts.expire(fact, organization=organization, data=data)


@app.command("remove")
def remove_fact(fact: FactId, *, organization: Which = None, data: Data = None) -> None:
    """Take the fact out of the library."""
    from aipromote.cli import facts

    facts.remove(fact, organization=organization, data=data)
