"""`aipromote facts …`: what an organization may claim, with its sources."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import date
from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.brand import actions, queries
from aipromote.cli.instance import servers
from aipromote.cli.named import OPERATOR, inside
from aipromote.documents.facts import Fact, FactKind
from aipromote.errors import InvalidInput


def show(*, organization: str | None, data: Path | None, as_json: bool) -> None:
    """List all facts, those that end soon marked."""

    async def work(session: AsyncSession, key: UUID) -> list[Fact]:
        return await queries.facts(session, organization_id=key)

    with servers(data) as config:
        found = asyncio.run(inside(config.require("database_url"), organization, work))
    today = clock.now().date()
    if as_json:
        sys.stdout.write(json.dumps([_told(fact, today) for fact in found], default=str) + "\n")
    elif not found:
        sys.stdout.write(
            'There are no facts yet. Add one: aipromote facts add "1,200 teams use it" --source "Billing"\n'
        )
    else:
        Console(highlight=False).print(_table(found, today))


def add(
    statement: str, *, source: str, kind: str, expires: str | None, organization: str | None, data: Path | None
) -> None:
    """Record a fact, or the newer source of one that is known."""
    sort, last_day = _kind(kind), _day(expires)

    async def work(session: AsyncSession, key: UUID) -> UUID:
        fact = await actions.add_fact(
            session,
            OPERATOR,
            organization_id=key,
            statement=statement,
            source=source,
            kind=sort,
            expires_on=last_day,
        )
        return fact.id

    with servers(data) as config:
        fact_id = asyncio.run(inside(config.require("database_url"), organization, work))
    sys.stdout.write(f"Recorded: {fact_id}\n")


def expire(fact_id: str, *, organization: str | None, data: Path | None) -> None:
    """From today on it proves nothing; it stays in the library."""
    chosen = _id(fact_id)

    async def work(session: AsyncSession, key: UUID) -> None:
        await actions.expire_fact(session, OPERATOR, organization_id=key, fact_id=chosen)

    with servers(data) as config:
        asyncio.run(inside(config.require("database_url"), organization, work))
    sys.stdout.write("Expired. Texts that rest on it are stopped until they change or a person approves them anew.\n")


def remove(fact_id: str, *, organization: str | None, data: Path | None) -> None:
    """Take it out of the library."""
    chosen = _id(fact_id)

    async def work(session: AsyncSession, key: UUID) -> None:
        await actions.remove_fact(session, OPERATOR, organization_id=key, fact_id=chosen)

    with servers(data) as config:
        asyncio.run(inside(config.require("database_url"), organization, work))
    sys.stdout.write("Removed. Texts that rest on it are stopped until they change or a person approves them anew.\n")


def _table(found: list[Fact], today: date) -> Table:
    table = Table("id", "fact", "kind", "source", "until")
    for fact in found:
        until = f"{fact.expires or ''}{_note(fact, today)}"
        table.add_row(str(fact.id), fact.statement, fact.kind.value, fact.source, until)
    return table


def _note(fact: Fact, today: date) -> str:
    state = fact.state_on(today)
    return "" if state == "holds" else f" ({state})"


def _told(fact: Fact, today: date) -> dict[str, object]:
    return {
        "id": fact.id,
        "statement": fact.statement,
        "kind": fact.kind,
        "source": fact.source,
        "expires_on": fact.expires,
        "state": fact.state_on(today),
    }


def _kind(text: str) -> FactKind:
    try:
        return FactKind(text.lower())
    except ValueError:
        raise InvalidInput(f"There is no kind {text}. Kinds: {', '.join(FactKind)}.") from None


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{text} is not a day. Write it as 2027-12-31.") from None


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(f"{text} is not the id of a fact. `aipromote facts list` shows the ids.") from None
