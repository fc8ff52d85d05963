"""`aipromote ai budget`: what models may cost one organization."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.console import Console

from aipromote import schema
from aipromote.accounts.actor import Actor
from aipromote.ai import spending
from aipromote.cli.ai import organizations
from aipromote.cli.instance import servers
from aipromote.db.database import Database
from aipromote.errors import InvalidInput

assert schema.metadata  # every model is loaded, so that foreign keys between rooms resolve

_OPERATOR = Actor("The operator, by command")
_MOST = 100_000_000


def run(cents: str, organization: str, *, data: Path | None) -> None:
    """Set it, or with `default` leave it to the instance's setting."""
    chosen = None if cents == "default" else _amount(cents)
    with servers(data) as config:
        name = asyncio.run(_set(config.require("database_url"), organization, chosen))
    told = f"the instance's setting ({spending.SETTING}) says what models may cost"
    if chosen is not None:
        told = f"models may cost {spending.dollars(chosen * spending.MICROS_PER_CENT)} in a month"
    Console(highlight=False).print(f"{name}: {told}.", markup=False, soft_wrap=True)


def _amount(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > _MOST:
        raise InvalidInput(f"{text!r} is neither `default` nor a number of US cents, 0 to {_MOST}.")
    return int(text)


async def _set(owner_url: str, wanted: str, cents: int | None) -> str:
    key, name = await organizations.one(owner_url, wanted)
    database = Database.from_settings("aipromote ai")
    try:
        async with database.transaction(key) as session:
            await spending.set_budget(session, _OPERATOR, organization_id=key, monthly_cents=cents)
    finally:
        await database.close()
    return name
