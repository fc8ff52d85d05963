"""`aipromote keys …`: keys for programs. Modules of commands are imported when they are called."""

from __future__ import annotations

from typing import Annotated

import typer

from aipromote.cli.options import AsJson, Data

app = typer.Typer(help="Keys for programs that use the API.", no_args_is_help=True)


Person = Annotated[str, typer.Option("--person", metavar="EMAIL", help="In whose name.")]
Organization = Annotated[str | None, typer.Option(help="Name or id, where the person belongs to several.")]


@app.command("create")
def create_key(
    name: str,
    *,
    person: Person,
    organization: Organization = None,
    role: Annotated[str, typer.Option(help="What it may at most: viewer, approver, editor, admin, owner.")] = "viewer",
    days: Annotated[int | None, typer.Option(help="After how many days it expires (default: never).", min=1)] = None,
    data: Data = None,
) -> None:
    """Make a key. It is printed once, alone on standard output."""
    from aipromote.cli import keys

    keys.create(name=name, person=person, organization=organization, role=role, days=days, data=data)


@app.command("list")
def list_keys(*, person: Person, organization: Organization = None, data: Data = None, as_json: AsJson = False) -> None:
    """The keys of an organization: their names, roles and last use."""
    from aipromote.cli import keys

    keys.show(person=person, organization=organization, data=data, as_json=as_json)


@app.command("revoke")
def revoke_key(key_id: str, *, person: Person, organization: Organization = None, data: Data = None) -> None:
    """Take a key back: it opens nothing any more."""
    from aipromote.cli import keys

    keys.revoke(key_id=key_id, person=person, organization=organization, data=data)
