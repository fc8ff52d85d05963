"""The commands for series. Each acts as the operator, for one organization."""

from __future__ import annotations

from typing import Annotated

import typer

from aipromote.cli.options import AsJson, Data

app = typer.Typer(help="Posts that belong together, planned part by part.", no_args_is_help=True)

Which = Annotated[
    str | None, typer.Option("--organization", metavar="NAME", help="Its name or id, where there are more.")
]
SeriesId = Annotated[str, typer.Argument(metavar="ID")]


@app.command()
def templates(*, organization: Which = None, data: Data = None, as_json: AsJson = False) -> None:
    """What series there can be: with how many parts, and what is missing for more."""
    from aipromote.cli.series import working

    working.templates(organization=organization, data=data, as_json=as_json)


@app.command()
def plan(
    template: Annotated[str, typer.Argument(metavar="TEMPLATE", help="Its name: `series templates` lists them.")],
    *,
    platform: Annotated[str, typer.Option(help="The network: linkedin, x, …")],
    start: Annotated[str, typer.Option(metavar="DAY", help="The first day on which a part may stand: 2026-12-31.")],
    on: Annotated[list[str], typer.Option(metavar="WEEKDAY", help="mon, tue, …; again for more.")],
    parts: Annotated[int | None, typer.Option(help="At most so many (default: as many as are usual).")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Plan it. Without this only the dates are shown.")] = False,
    organization: Which = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show the dated parts of a series; with --yes, plan it."""
    from aipromote.cli.series import working

    working.plan(
        template,
        platform=platform,
        start=start,
        on=on,
        parts=parts,
        yes=yes,
        organization=organization,
        data=data,
        as_json=as_json,
    )


@app.command("list")
def list_(*, organization: Which = None, data: Data = None, as_json: AsJson = False) -> None:
    """All series, with how far they are."""
    from aipromote.cli.series import working

    working.list_(organization=organization, data=data, as_json=as_json)


@app.command()
def show(series: SeriesId, *, organization: Which = None, data: Data = None, as_json: AsJson = False) -> None:
    """One series with its parts and their states."""
    from aipromote.cli.series import working

    working.show(series, organization=organization, data=data, as_json=as_json)


@app.command()
def pause(series: SeriesId, *, organization: Which = None, data: Data = None) -> None:
    """Write no more parts for now."""
    from aipromote.cli.series import working

    working.move("pause", series, organization=organization, data=data)


@app.command()
def resume(series: SeriesId, *, organization: Which = None, data: Data = None) -> None:
    """Go on: parts whose day went by move by whole weeks."""
    from aipromote.cli.series import working

    working.move("resume", series, organization=organization, data=data)


@app.command()
def cancel(series: SeriesId, *, organization: Which = None, data: Data = None) -> None:
    """Write no more parts, for good. What is scheduled is named, and goes out unless a person cancels it."""
    from aipromote.cli.series import working

    working.move("cancel", series, organization=organization, data=data)
