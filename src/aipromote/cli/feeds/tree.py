"""The commands for feeds. Each acts as the operator, for one organization."""

from __future__ import annotations

from typing import Annotated

import typer

from aipromote.cli.options import AsJson, Data

app = typer.Typer(help="Feeds that are followed: their new items become drafts.", no_args_is_help=True)

Which = Annotated[
    str | None, typer.Option("--organization", metavar="NAME", help="Its name or id, where there are more.")
]
FeedId = Annotated[str, typer.Argument(metavar="ID")]


def import_feed(
    source: Annotated[str, typer.Argument(metavar="URL|FILE", help="A feed, a blog, one article, or a saved file.")],
    *,
    organization: Which = None,
    platform: Annotated[
        list[str] | None, typer.Option(help="For which network; again for more (default: those of the brief).")
    ] = None,
    newest: Annotated[int, typer.Option(help="How many of its newest items.", min=1, max=20)] = 5,
    follow: Annotated[bool, typer.Option("--follow", help="Look at it again and again from now on.")] = False,
    every: Annotated[int, typer.Option(metavar="HOURS", help="How often, if followed.", min=1, max=168)] = 6,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make drafts of a blog's newest items, in their own words. An item comes once for each network."""
    from aipromote.cli.feeds import importing

    importing.run(
        source,
        organization=organization,
        platforms=platform or [],
        newest=newest,
        every=every if follow else None,
        data=data,
        as_json=as_json,
    )


@app.command("list")
def list_(*, organization: Which = None, data: Data = None, as_json: AsJson = False) -> None:
    """The feeds that are followed: when they were looked at, and what is wrong."""
    from aipromote.cli.feeds import following

    following.show(organization=organization, data=data, as_json=as_json)


@app.command()
def look(feed: FeedId, *, organization: Which = None, data: Data = None) -> None:
    """Look at a feed now."""
    from aipromote.cli.feeds import following

    following.look(feed, organization=organization, data=data)


@app.command()
def pause(feed: FeedId, *, organization: Which = None, data: Data = None) -> None:
    """Look at it no more for now."""
    from aipromote.cli.feeds import following

    following.set_active(feed, is_active=False, organization=organization, data=data)


@app.command()
def resume(feed: FeedId, *, organization: Which = None, data: Data = None) -> None:
    """Look at it again."""
    from aipromote.cli.feeds import following

    following.set_active(feed, is_active=True, organization=organization, data=data)


@app.command()
def remove(feed: FeedId, *, organization: Which = None, data: Data = None) -> None:
    """Follow it no more. Its drafts stay, and its items do not come twice."""
    from aipromote.cli.feeds import following

    following.remove(feed, organization=organization, data=data)
