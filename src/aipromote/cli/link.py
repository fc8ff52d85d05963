"""`aipromote link`: a way in for the person at the terminal."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aipromote.accounts import registering
from aipromote.accounts.actions import open_link
from aipromote.accounts.queries import by_email
from aipromote.cli.instance import servers
from aipromote.cli.prepare import LINK_LASTS, sign_in_path
from aipromote.db.database import Database


def show(*, email: str | None = None, data: Path | None) -> None:
    """Print an address that makes the first account, or that signs somebody in once within an hour.

    Whoever has the data folder vouches for the e-mail that they name: it counts as confirmed, which is how that is done
    where no mail is sent. Raises NotFound for an e-mail without an account.
    """
    with servers(data) as config:
        path = asyncio.run(_path(email))
        address = config.public_url.rstrip("/") or f"http://{config.host}:{config.port}"
    sys.stdout.write(f"{address}{path}\n")


async def _path(email: str | None) -> str | None:
    database = Database.from_settings("aipromote link")
    try:
        return await (sign_in_path(database) if email is None else _path_of(database, email))
    finally:
        await database.close()


async def _path_of(database: Database, email: str) -> str:
    async with database.transaction() as session:
        user = await by_email(session, email=email)
        await registering.vouch(session, user=user)
        return f"/enter/{await open_link(session, user_id=user.id, lasts=LINK_LASTS)}"
