"""`aipromote posts forecast`: what may keep posts of the next day from going out."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console

from aipromote import clock, schema
from aipromote.channels import queries as channels
from aipromote.cli.db.connecting import connect
from aipromote.cli.instance import servers
from aipromote.db.database import Database
from aipromote.errors import NotFound
from aipromote.publishing.forecast import queries
from aipromote.publishing.forecast.timing import AHEAD
from aipromote.publishing.risks import Risk

assert schema.metadata  # every model is loaded, so that foreign keys between rooms resolve

# As the database's owner, who sees all organizations.
_COUNTS = """
    SELECT o.id, o.name, count(*) FILTER (WHERE f.state = 'WILL_PUBLISH') AS fine,
           count(*) FILTER (WHERE f.state = 'AT_RISK') AS at_risk, count(*) FILTER (WHERE f.id IS NULL) AS unseen
      FROM organizations o
      JOIN scheduled_posts p ON p.organization_id = o.id AND p.status IN ('SCHEDULED', 'RETRYING')
       AND coalesce(p.next_attempt_at, p.scheduled_at) > $1 AND coalesce(p.next_attempt_at, p.scheduled_at) <= $2
      LEFT JOIN post_forecasts f ON f.organization_id = p.organization_id AND f.scheduled_post_id = p.id
     WHERE $3::text IS NULL OR o.name = $3 OR o.id::text = $3
     GROUP BY o.id, o.name ORDER BY o.name, o.id
"""
_KNOWN = "SELECT EXISTS (SELECT FROM organizations WHERE name = $1 OR id::text = $1)"


@dataclass(frozen=True, slots=True)
class Endangered:
    """One post that may not go out."""

    organization_id: UUID
    organization: str
    post_id: UUID
    due_at: datetime
    platform: str
    handle: str
    risk_since: datetime | None
    checked_at: datetime
    risks: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Outlook:
    """The next day: how many posts will be published, how many nobody has looked at yet, and those at risk."""

    will_publish: int
    not_looked_at: int
    at_risk: list[Endangered]


def run(organization: str | None, *, data: Path | None, as_json: bool) -> int:
    """Print it; 1 when something is at risk."""
    with servers(data) as config:
        outlook = asyncio.run(_outlook(config.require("database_url"), organization))
    if as_json:
        print(json.dumps(asdict(outlook), default=_plain, indent=2))
    else:
        _show(outlook)
    return 1 if outlook.at_risk else 0


async def _outlook(owner_url: str, wanted: str | None) -> Outlook:
    now = clock.now()
    connection = await connect(owner_url)
    try:
        if wanted is not None and not await connection.fetchval(_KNOWN, wanted):
            raise NotFound(f"There is no organization of the name or id {wanted!r}.")
        counts = await connection.fetch(_COUNTS, now, now + AHEAD, wanted)
    finally:
        await connection.close()
    database = Database.from_settings("aipromote posts")
    try:
        found = [
            one
            for row in counts
            if row["at_risk"]
            for one in await _endangered(database, UUID(str(row["id"])), row["name"])
        ]
    finally:
        await database.close()
    return Outlook(sum(row["fine"] for row in counts), sum(row["unseen"] for row in counts), found)


async def _endangered(database: Database, organization_id: UUID, name: str) -> list[Endangered]:
    async with database.transaction(organization_id, read_only=True) as session:
        rows = await queries.at_risk(session, organization_id=organization_id)
        accounts = await channels.accounts_by_key(
            session, ((organization_id, post.social_account_id) for post, _ in rows)
        )
    return [
        Endangered(
            organization_id,
            name,
            post.id,
            post.next_attempt_at or post.scheduled_at,
            account.platform.label,
            account.handle,
            forecast.risk_since,
            forecast.checked_at,
            [risk.model_dump() for risk in forecast.risks],
        )
        for post, forecast in rows
        if (account := accounts[organization_id, post.social_account_id])
    ]


def _show(outlook: Outlook) -> None:
    console = Console(highlight=False)
    for one in outlook.at_risk:
        where = f"{one.organization}: {one.platform} {one.handle}, due {one.due_at:%Y-%m-%d %H:%M} UTC ({one.post_id})"
        console.print(where, markup=False, soft_wrap=True)
        for risk in map(Risk.model_validate, one.risks):
            console.print(f"  {risk.kind}: {risk.reason} {risk.remedy}", markup=False, soft_wrap=True)
    unseen = f", {outlook.not_looked_at} not looked at yet" if outlook.not_looked_at else ""
    console.print(
        f"In the next 24 hours {outlook.will_publish} will be published, {len(outlook.at_risk)} are at risk{unseen}."
    )


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
