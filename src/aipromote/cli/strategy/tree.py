"""The commands for strategies. Each acts in the name of a person of this instance."""

from __future__ import annotations

from typing import Annotated

import typer

from aipromote.cli.options import AsJson, Data

app = typer.Typer(help="Versions of the ninety-day plan.", no_args_is_help=True)

Person = Annotated[str, typer.Option("--person", metavar="EMAIL", help="In whose name.")]
Organization = Annotated[str | None, typer.Option(help="Name or id, where the person belongs to several.")]
Version = Annotated[int, typer.Argument(metavar="VERSION", help="Its number.", min=1)]


@app.command("list")
def list_(*, person: Person, organization: Organization = None, data: Data = None, as_json: AsJson = False) -> None:
    """All versions, the newest first: their state, and where they came from."""
    from aipromote.cli.strategy import showing

    showing.versions(person, organization, data=data, as_json=as_json)


@app.command()
def show(
    version: Version, *, person: Person, organization: Organization = None, data: Data = None, as_json: AsJson = False
) -> None:
    """One version. With --json the whole document, as it is stored."""
    from aipromote.cli.strategy import showing

    showing.show(version, person, organization, data=data, as_json=as_json)


@app.command()
def diff(
    before: Version,
    after: Version,
    *,
    person: Person,
    organization: Organization = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """What differs between two versions, field by field, and which changes go together."""
    from aipromote.cli.strategy import showing

    showing.diff_(before, after, person, organization, data=data, as_json=as_json)


@app.command()
def accept(
    version: Version,
    *,
    only: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="A group of changes from `diff`; reject the others.")
    ] = None,
    person: Person,
    organization: Organization = None,
    data: Data = None,
) -> None:
    """Make a proposal the plan, or with --only the plan of some of its changes."""
    from aipromote.cli.strategy import deciding

    deciding.accept(version, person, organization, only=only or [], data=data)


@app.command()
def reject(version: Version, *, person: Person, organization: Organization = None, data: Data = None) -> None:
    """Set a proposal aside."""
    from aipromote.cli.strategy import deciding

    deciding.reject(version, person, organization, data=data)


@app.command()
def edit(
    version: Version,
    change: Annotated[list[str], typer.Option("--set", metavar="PATH=VALUE", help="Such as positioning.brief=…")],
    *,
    exact: Annotated[bool, typer.Option("--exact", help="Refuse shares that do not add up; adjust no others.")] = False,
    person: Person,
    organization: Organization = None,
    data: Data = None,
) -> None:
    """Change fields of a version. What was decided on stays as it is: the edit makes the next version."""
    from aipromote.cli.strategy import deciding

    deciding.edit(version, change, person, organization, adjust=not exact, data=data)


@app.command()
def rollback(
    version: Version,
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    person: Person,
    organization: Organization = None,
    data: Data = None,
) -> None:
    """Go back to a version that was active before."""
    from aipromote.cli.strategy import deciding

    deciding.go_back(version, reason, person, organization, data=data)


@app.command()
def replan(
    *,
    preview: Annotated[bool, typer.Option("--preview", help="Only say what would become of each text.")] = False,
    everything: Annotated[
        bool, typer.Option("--everything", help="Also what is in the calendar, or was approved by name.")
    ] = False,
    person: Person,
    organization: Organization = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Let texts of earlier versions follow the active one. What is out, or on its way, is never touched."""
    from aipromote.cli.strategy import replanning

    replanning.run(person, organization, preview=preview, everything=everything, data=data, as_json=as_json)
