"""`python -m aipromote.cli.prepare`: the schema brought up to date, and a way in for the person at the terminal.

A process of its own, because what it has to load would stay in the memory of the one that looks after everything.
Prints one JSON object: `applied` (migrations) and `link` (a path, or null), or `refused` (what is wrong) and exits 1.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import timedelta

from sqlalchemy import select

from aipromote import schema, settings
from aipromote.accounts.actions import open_link
from aipromote.accounts.models import INTERNAL_USER, User
from aipromote.accounts.states import UserRole
from aipromote.cli import faults
from aipromote.cli.db.upgrading import upgrade
from aipromote.db.database import Database
from aipromote.errors import AipromoteError

assert schema.metadata  # every model is loaded, so that foreign keys between rooms resolve

LINK_LASTS = timedelta(hours=1)


async def sign_in_path(database: Database, *, only_first: bool = False) -> str | None:
    """A path that sets up the first account, or signs the administrator in once.

    With `only_first` None once there is an account.
    """
    async with database.transaction() as session:
        people = select(User).where(User.id != INTERNAL_USER)
        users = people.order_by((User.role != UserRole.ADMIN), User.created_at)
        user = (await session.scalars(users.limit(1))).first()
        if user is None:
            return f"/setup?token={settings.get().setup_token.get_secret_value()}"
        if only_first:
            return None
        return f"/enter/{await open_link(session, user_id=user.id, lasts=LINK_LASTS)}"


async def _prepare() -> dict[str, object]:
    config = settings.get()
    url = config.require("database_url")
    done = await upgrade(url)
    database = Database.from_settings("aipromote up")
    try:
        return {
            "applied": done.applied,
            "link": await sign_in_path(database, only_first=config.environment == "production"),
        }
    finally:
        await database.close()


def main() -> None:
    """The process's entry."""
    try:
        told = asyncio.run(_prepare())
    except Exception as error:
        message = error.message if isinstance(error, AipromoteError) else faults.told(error)
        if message is None:
            raise
        told = {"refused": message}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.exit("refused" in told)


if __name__ == "__main__":
    main()
