"""The tree of `aipromote content …`. Each command imports its module when it is called: `--help` answers at once."""

from __future__ import annotations

from typing import Annotated

import typer

from aipromote.cli.options import AsJson, Data

app = typer.Typer(help="Posts: have them written, read them, compare them.", no_args_is_help=True)

Organization = Annotated[str, typer.Option("--organization", metavar="NAME", help="Its name or id.")]
Piece = Annotated[str, typer.Argument(metavar="ID", help="The piece's id: `aipromote content list` shows it.")]


@app.callback()
def main() -> None:
    """Posts: have them written, read them, compare them."""


@app.command("list")
def list_(
    *,
    organization: Organization,
    status: Annotated[str | None, typer.Option(help="Only in this state: draft, pending_review, approved, …")] = None,
    platform: Annotated[str | None, typer.Option(help="Only for this network: linkedin, twitter, …")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 50,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The pieces by the day they are planned for."""
    from aipromote.cli.content import reading

    reading.listed(organization, status=status, platform=platform, limit=limit, data=data, as_json=as_json)


@app.command()
def show(piece: Piece, *, organization: Organization, data: Data = None, as_json: AsJson = False) -> None:
    """One piece: its text, what the check says of it, and its revisions."""
    from aipromote.cli.content import reading

    reading.show(piece, organization=organization, data=data, as_json=as_json)


@app.command()
def generate(
    *,
    organization: Organization,
    platform: Annotated[
        list[str] | None, typer.Option("--platform", help="Only for this network; may be given several times.")
    ] = None,
    pillar: Annotated[
        list[str] | None, typer.Option("--pillar", help="Only of this pillar, by its name; may be given several times.")
    ] = None,
    weeks: Annotated[int, typer.Option(help="For how many weeks from today.", min=1, max=12)] = 2,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Have the places of the plan written that have no post yet, and wait until they are."""
    from aipromote.cli.content import writing

    code = writing.generate(
        organization, platforms=platform or [], pillars=pillar or [], weeks=weeks, data=data, as_json=as_json
    )
    raise typer.Exit(code)


@app.command()
def duplicates(*, organization: Organization, data: Data = None, as_json: AsJson = False) -> None:
    """Pieces that say nearly the same as an earlier one on the same network. Exits 1 when there are any."""
    from aipromote.cli.content import reading

    raise typer.Exit(reading.duplicates(organization, data=data, as_json=as_json))


@app.command()
def variants(
    piece: Piece,
    *,
    organization: Organization,
    count: Annotated[int | None, typer.Option("--write", help="Have so many written first.", min=2, max=5)] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Other ways to say a piece: those that there are, or new ones with --write."""
    from aipromote.cli.content import writing

    raise typer.Exit(writing.variants(piece, organization=organization, count=count, data=data, as_json=as_json))
