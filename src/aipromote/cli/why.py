"""`aipromote posts why ID`: what will happen to a post next, why, and what has happened to it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

from rich.console import Console

from aipromote import schema
from aipromote.cli.db.connecting import connect
from aipromote.cli.instance import servers
from aipromote.db.database import Database
from aipromote.errors import InvalidInput, NotFound
from aipromote.publishing.explaining import Explanation, explain

assert schema.metadata  # every model is loaded, so that foreign keys between rooms resolve

# As the database's owner, who sees all organizations: the operator knows the post's id and not whose it is.
_WHOSE = "SELECT organization_id FROM scheduled_posts WHERE id = $1"


def run(post: str, *, data: Path | None, as_json: bool) -> None:
    """Print it. NotFound when no organization has such a post."""
    try:
        post_id = UUID(post)
    except ValueError as error:
        raise InvalidInput(f"{post!r} is no id of a post. It stands at the end of the post's address.") from error
    with servers(data) as config:
        found = asyncio.run(_explain(config.require("database_url"), post_id))
    if as_json:
        print(json.dumps(asdict(found), default=str, indent=2))
    else:
        _show(found)


async def _explain(owner_url: str, post_id: UUID) -> Explanation:
    connection = await connect(owner_url)
    try:
        organization_id = await connection.fetchval(_WHOSE, post_id)
    finally:
        await connection.close()
    if organization_id is None:
        raise NotFound(f"There is no post {post_id}.")
    organization_id = UUID(str(organization_id))
    database = Database.from_settings("aipromote posts")
    try:
        async with database.transaction(organization_id, read_only=True) as session:
            return await explain(session, organization_id=organization_id, post_id=post_id)
    finally:
        await database.close()


def _show(found: Explanation) -> None:
    console = Console(highlight=False)

    def say(line: str) -> None:
        console.print(line, markup=False, soft_wrap=True)

    say(f"{found.organization}: {found.status.lower()}, {found.account}")
    say(f"  “{' '.join(found.excerpt.split())}”")
    say("")
    say(found.next)
    for detail in (*found.details, *found.expected):
        say(f"  {detail}")
    say("")
    for step in found.steps:
        say(f"{step.at:%Y-%m-%d %H:%M:%S} UTC  {step.words}")
