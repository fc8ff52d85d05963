"""`aipromote channels list|check|disconnect`."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.channels import connecting, looks, servers
from aipromote.channels import standing as standings
from aipromote.channels.standing import Standing, State
from aipromote.cli.instance import servers as reaching
from aipromote.cli.named import OPERATOR, inside
from aipromote.connectors import wire
from aipromote.db.database import Database
from aipromote.errors import InvalidInput

_WELL = {State.CONNECTED, State.LIMITED}


def show(*, organization: str | None, data: Path | None, as_json: bool) -> None:
    """List all accounts."""

    async def work(session: AsyncSession, key: UUID) -> list[Standing]:
        return await standings.standings(session, organization_id=key)

    with reaching(data) as config:
        found = asyncio.run(inside(config.require("database_url"), organization, work))
    if as_json:
        sys.stdout.write(json.dumps([told(each) for each in found], default=str) + "\n")
    elif not found:
        sys.stdout.write("No account is connected. Connect one: aipromote channels connect NETWORK --person EMAIL\n")
    else:
        Console(highlight=False).print(_table(found))
        for each in found:
            for line in filter(None, (each.limits, each.advice)):
                sys.stdout.write(f"{each.account.platform.label} {each.account.handle}: {line}\n")


def check(account: str, *, organization: str | None, data: Path | None, as_json: bool) -> int:
    """Ask the network; 0 when it lets the account in."""
    chosen = _id(account)

    async def work(session: AsyncSession, key: UUID) -> UUID:
        await standings.standing(session, organization_id=key, account_id=chosen)
        return key

    async def both(url: str) -> Standing:
        key = await inside(url, organization, work)
        database = Database.from_settings("aipromote")
        try:
            async with wire.open_session(reach=servers.reach) as http:
                await looks.ask(database, http, [(key, chosen)], every=looks.ASK_NOW_EVERY)
            async with database.transaction(key) as session:
                return await standings.standing(session, organization_id=key, account_id=chosen)
        finally:
            await database.close()

    with reaching(data) as config:
        found = asyncio.run(both(config.require("database_url")))
    if as_json:
        sys.stdout.write(json.dumps(told(found), default=str) + "\n")
    else:
        name = f"{found.account.platform.label} {found.account.handle}"
        said = found.answer or found.account.error_message or "it was not asked"
        lines = (f"{name}: {found.state.value} (the network: {said})", found.limits, found.advice)
        sys.stdout.write("".join(f"{line}\n" for line in lines if line))
    return 0 if found.state in _WELL else 1


def disconnect(account: str, *, organization: str | None, data: Path | None) -> None:
    """Let one go."""
    chosen = _id(account)

    async def work(session: AsyncSession, key: UUID) -> UUID:
        await standings.standing(session, organization_id=key, account_id=chosen)
        return key

    async def both(url: str) -> connecting.LetGo:
        key = await inside(url, organization, work)
        database = Database.from_settings("aipromote")
        try:
            async with wire.open_session(reach=servers.reach) as http:
                return await connecting.disconnect(database, OPERATOR, http, organization_id=key, account_id=chosen)
        finally:
            await database.close()

    with reaching(data) as config:
        gone = asyncio.run(both(config.require("database_url")))
    name = f"{gone.account.platform.label} {gone.account.handle}"
    sys.stdout.write(f"{name} is disconnected. Its tokens are gone; its posts and numbers stay.\n")
    if gone.note:
        sys.stdout.write(f"{gone.note}\n")


def told(each: Standing) -> dict[str, object]:
    """For programs."""
    account = each.account
    return {
        "id": account.id,
        "platform": account.platform.value,
        "connector": account.connector,
        "server": account.server,
        "handle": account.handle,
        "state": each.state.value,
        "connected_since": each.since,
        "access_ends_at": each.ends_at,
        "renews_itself": each.renews,
        "asked_at": each.asked_at,
        "answer": each.answer or None,
        "lacks": list(each.lacks),
        "limits": each.limits or None,
        "reason": account.error_message,
        "advice": each.advice or None,
    }


def _table(found: list[Standing]) -> Table:
    table = Table("id", "network", "account", "state", "access")
    for each in found:
        ends = f"{each.ends_at:%Y-%m-%d %H:%M} UTC" if each.ends_at else ""
        access = f"{'renewed before' if each.renews else 'ends'} {ends}" if ends else ""
        account = each.account
        label = (
            f"{account.platform.label} (simulated)" if account.connector == servers.SANDBOX else account.platform.label
        )
        table.add_row(str(account.id), label, account.handle, each.state.value, access if account.is_active else "")
    return table


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(f"{text} is not the id of an account. `aipromote channels list` shows the ids.") from None
