"""`aipromote feeds …`: what is followed, and what to do with it."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.cli.instance import servers
from aipromote.cli.named import OPERATOR, inside
from aipromote.content.feeds import actions, queries
from aipromote.content.feeds.looking import look_at_one
from aipromote.content.feeds.models import Feed
from aipromote.db.database import Database
from aipromote.errors import InvalidInput


def show(*, organization: str | None, data: Path | None, as_json: bool) -> None:
    """List them."""

    async def work(session: AsyncSession, key: UUID) -> list[Feed]:
        return await queries.feeds(session, organization_id=key)

    with servers(data) as config:
        found = asyncio.run(inside(config.require("database_url"), organization, work))
    if as_json:
        sys.stdout.write(json.dumps([_told(feed) for feed in found], default=str, ensure_ascii=False) + "\n")
    elif not found:
        sys.stdout.write("No feed is followed. Begin with: aipromote content import-feed ADDRESS --follow\n")
    else:
        Console(highlight=False).print(_table(found))


def look(feed_id: str, *, organization: str | None, data: Path | None) -> None:
    """Look at one now, whenever it would be due."""
    chosen = _id(feed_id)

    async def work(session: AsyncSession, key: UUID) -> UUID:
        await actions.bring_forward(session, OPERATOR, organization_id=key, feed_id=chosen)
        return key

    async def both(url: str) -> tuple[int, Feed]:
        key = await inside(url, organization, work)
        database = Database.from_settings("aipromote")
        try:
            drafts = await look_at_one(database, organization_id=key, feed_id=chosen)
            async with database.transaction(key) as session:
                return drafts, await queries.feed(session, organization_id=key, feed_id=chosen)
        finally:
            await database.close()

    with servers(data) as config:
        drafts, feed = asyncio.run(both(config.require("database_url")))
    if feed.error_message:
        raise InvalidInput(feed.error_message)
    sys.stdout.write(f"{drafts} new drafts.\n" if drafts else "Nothing new.\n")


def set_active(feed_id: str, *, is_active: bool, organization: str | None, data: Path | None) -> None:
    """Pause it, or let it go on."""
    chosen = _id(feed_id)

    async def work(session: AsyncSession, key: UUID) -> None:
        await actions.set_active(session, OPERATOR, organization_id=key, feed_id=chosen, is_active=is_active)

    with servers(data) as config:
        asyncio.run(inside(config.require("database_url"), organization, work))
    sys.stdout.write("It is looked at again within minutes.\n" if is_active else "It is not looked at any more.\n")


def remove(feed_id: str, *, organization: str | None, data: Path | None) -> None:
    """Follow it no more."""
    chosen = _id(feed_id)

    async def work(session: AsyncSession, key: UUID) -> None:
        await actions.unfollow(session, OPERATOR, organization_id=key, feed_id=chosen)

    with servers(data) as config:
        asyncio.run(inside(config.require("database_url"), organization, work))
    sys.stdout.write("It is followed no more. Its drafts stay.\n")


def _table(found: list[Feed]) -> Table:
    table = Table("id", "feed", "networks", "looked at", "state")
    for feed in found:
        seen = f"{feed.last_checked_at:%Y-%m-%d %H:%M} UTC" if feed.last_checked_at else "never"
        state = feed.error_message or ("followed" if feed.is_active else "paused")
        name = _plain(f"{feed.title or ''}\n{feed.address}".strip())
        table.add_row(str(feed.id), name, ", ".join(feed.platforms), seen, _plain(state))
    return table


def _plain(text: str) -> str:
    """Text from elsewhere as a terminal may show it."""
    return "".join(char for char in text if char.isprintable() or char == "\n").replace("[", "\\[")


def _told(feed: Feed) -> dict[str, object]:
    names = ("id", "address", "title", "platforms", "every_hours", "is_active", "last_checked_at", "failures")
    return {name: getattr(feed, name) for name in names} | {"error": feed.error_message}


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(f"{text} is not the id of a feed. `aipromote feeds list` shows the ids.") from None
