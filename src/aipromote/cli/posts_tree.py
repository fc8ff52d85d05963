"""`aipromote posts …`: what is scheduled. Modules of commands are imported when they are called."""

from __future__ import annotations

from typing import Annotated

import typer

from aipromote.cli.options import AsJson, Data

app = typer.Typer(help="Posts that are scheduled.", no_args_is_help=True)


@app.command()
def release(
    *,
    organization: Annotated[str | None, typer.Option(help="Its name or id (default: all that are held).")] = None,
    data: Data = None,
) -> None:
    """Let publishing go on that is held since a restore. What came due meanwhile is not sent, but shown to people."""
    from aipromote.cli import posts

    posts.release(organization, data=data)


@app.command()
def why(
    post: Annotated[str, typer.Argument(metavar="ID", help="The post's id.")],
    *,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Say what will happen to a post next, why, and what has happened to it so far."""
    from aipromote.cli.why import run

    run(post, data=data, as_json=as_json)


@app.command("late-window")
def late_window(
    minutes: Annotated[str, typer.Argument(metavar="MINUTES", help="5 to 43200, or `default`.")],
    *,
    organization: Annotated[str, typer.Option(metavar="NAME", help="Its name or id.")],
    data: Data = None,
) -> None:
    """Choose how late a post of an organization may still go out. A later one is not sent, and its people are told."""
    from aipromote.cli import posts

    posts.late_window(minutes, organization, data=data)


@app.command("forecast")
def forecast_(
    *,
    organization: Annotated[str | None, typer.Option(metavar="NAME", help="Its name or id (default: all).")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """List the posts of the next 24 hours that may not go out, why, and what to do. Exits 1 when there are any."""
    from aipromote.cli import forecast

    raise typer.Exit(forecast.run(organization, data=data, as_json=as_json))
