"""Everything that is known in the house about a batch of posts and what surrounds them, in a handful of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.assets.models import Asset
from aipromote.brand import queries as brand
from aipromote.brand.queries import Judge
from aipromote.connectors import registry
from aipromote.organizations.models import Organization
from aipromote.publishing.changes import Key, columns
from aipromote.publishing.checks import Refusal
from aipromote.publishing.claims import Claim, with_facts
from aipromote.publishing.consent import withdrawn
from aipromote.publishing.forecast import pacing, planning
from aipromote.publishing.forecast.pacing import Departure, Planned
from aipromote.publishing.media import files
from aipromote.publishing.models import AccountPace, PublishingHold
from aipromote.publishing.pace import Pace

# As a claim returns them, of posts that wait and that nobody holds.
_POSTS = text("""
    SELECT p.organization_id, p.id, p.content_piece_id, p.revision, p.social_account_id, p.scheduled_at,
           p.attempt_count, p.max_attempts, p.idempotency_key, '' AS claimed_by, p.scheduled_at AS claimed_until,
           CAST(NULL AS timestamptz) AS closed_until, CAST(NULL AS text) AS closed_reason, p.scheduled_at AS late_at,
           o.owner_id, coalesce(p.next_attempt_at, p.scheduled_at) AS due_at, now() AS seen_at
      FROM scheduled_posts p
      JOIN unnest(CAST(:organizations AS uuid[]), CAST(:posts AS uuid[])) AS k (organization_id, id)
        ON p.organization_id = k.organization_id AND p.id = k.id
      JOIN organizations o ON o.id = k.organization_id
     WHERE p.status IN ('SCHEDULED', 'RETRYING') AND coalesce(p.next_attempt_at, p.scheduled_at) > :now
     ORDER BY due_at, p.id
""")

# What is planned on the same accounts counts against the same quotas. Nothing is sent a month late.
_PLANNED = text("""
    SELECT p.organization_id, p.id, p.social_account_id, coalesce(p.next_attempt_at, p.scheduled_at) AS due_at,
           greatest(1, cardinality(r.parts)) AS parts
      FROM scheduled_posts p
      JOIN unnest(CAST(:organizations AS uuid[]), CAST(:accounts AS uuid[])) AS k (organization_id, id)
        ON p.organization_id = k.organization_id AND p.social_account_id = k.id
      JOIN content_revisions r
        ON r.organization_id = p.organization_id AND r.piece_id = p.content_piece_id AND r.number = p.revision
     WHERE p.status IN ('SCHEDULED', 'RETRYING') AND p.scheduled_at > CAST(:until AS timestamptz) - interval '32 days'
       AND p.scheduled_at <= :until
""")

_REPEATED_WITHIN = timedelta(days=30)
# Two texts are the same when they differ in nothing but capitals and white space.
_TWINS = text("""
    WITH mine AS MATERIALIZED (
        SELECT p.organization_id, p.id, p.social_account_id, p.scheduled_at, p.content_piece_id, p.revision
          FROM scheduled_posts p
          JOIN unnest(CAST(:organizations AS uuid[]), CAST(:posts AS uuid[])) AS k (organization_id, id)
            ON p.organization_id = k.organization_id AND p.id = k.id),
    texts AS MATERIALIZED (
        SELECT p.organization_id, p.id, p.social_account_id, p.scheduled_at, p.published_at, p.status,
               md5(btrim(regexp_replace(lower(r.body), '\\s+', ' ', 'g'))) AS print
          FROM scheduled_posts p
          JOIN content_revisions r
            ON r.organization_id = p.organization_id AND r.piece_id = p.content_piece_id AND r.number = p.revision
         WHERE (p.organization_id, p.social_account_id) IN (SELECT organization_id, social_account_id FROM mine)
           AND p.status IN ('PUBLISHED', 'SCHEDULED', 'RETRYING', 'PUBLISHING', 'UNCONFIRMED')
           AND p.scheduled_at > CAST(:since AS timestamptz) - interval '32 days' AND p.scheduled_at <= :until)
    SELECT DISTINCT ON (m.organization_id, m.id) m.organization_id, m.id, o.published_at, o.scheduled_at
      FROM mine m
      JOIN texts t ON t.organization_id = m.organization_id AND t.id = m.id
      JOIN texts o ON o.organization_id = m.organization_id AND o.social_account_id = m.social_account_id
                  AND o.print = t.print AND o.id <> m.id
     WHERE o.published_at > :since OR o.status <> 'PUBLISHED' AND (o.scheduled_at, o.id) < (m.scheduled_at, m.id)
     ORDER BY m.organization_id, m.id, o.scheduled_at
""")


@dataclass(frozen=True, slots=True)
class Home:
    """What is to be known of an organization: its clocks, how late its posts may be, whether they are held."""

    zone: ZoneInfo
    late: timedelta
    is_held: bool
    owner_id: UUID


@dataclass(frozen=True, slots=True)
class Twin:
    """A post of the same account with the same text: when it went out, or (False) is to go out."""

    at: datetime
    is_out: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """A batch of posts and what surrounds them, as of `now` (and of the database's `seen_at`)."""

    now: datetime
    seen_at: datetime
    claims: Sequence[Claim]
    due: Mapping[Key, datetime]
    homes: Mapping[UUID, Home]
    judges: Mapping[UUID, Judge]
    withdrawn: Mapping[Key, Refusal]
    assets: Mapping[Key, Asset]
    departures: Mapping[Key, Departure]
    paces: Mapping[Key, AccountPace]
    twins: Mapping[Key, Twin]
    beyond_plan: frozenset[Key]


async def read(session: AsyncSession, keys: Sequence[Key], *, now: datetime, pace: Pace) -> Facts | None:
    """What is known of those of the posts that still wait; None when none does."""
    organizations, posts = columns(keys)
    found = await session.execute(_POSTS, {"organizations": organizations, "posts": posts, "now": now})
    rows = found.all()
    if not rows:
        return None
    claims = await with_facts(session, rows)
    due = {(row.organization_id, row.id): row.due_at for row in rows}
    homes = await _homes(session, {claim.organization_id for claim in claims}, pace=pace)
    paces = await _paces(session, {claim.account_key for claim in claims})
    owners = {claim.key: homes[claim.organization_id].owner_id for claim in claims}
    return Facts(
        now=now,
        seen_at=rows[0].seen_at,
        claims=claims,
        due=due,
        homes=homes,
        judges=await brand.judges(session, organization_ids=homes),
        withdrawn=await withdrawn(session, claims),
        assets=await _assets(session, claims),
        departures=await _departures(session, claims, paces, until=max(due.values())),
        paces=paces,
        twins=await _twins(session, due, now=now),
        beyond_plan=await planning.beyond_plan(session, owners=owners, due=due, now=now),
    )


async def _homes(session: AsyncSession, wanted: set[UUID], *, pace: Pace) -> dict[UUID, Home]:
    is_open = (PublishingHold.organization_id == Organization.id) & PublishingHold.released_at.is_(None)
    both = select(Organization, PublishingHold.id).outerjoin(PublishingHold, is_open)
    rows = await session.execute(both.where(Organization.id.in_(sorted(wanted))))
    usual = timedelta(seconds=pace.late)
    return {
        one.id: Home(
            ZoneInfo(one.time_zone),
            usual if one.late_minutes is None else timedelta(minutes=one.late_minutes),
            hold is not None,
            one.owner_id,
        )
        for one, hold in rows
    }


async def _paces(session: AsyncSession, accounts: set[Key]) -> dict[Key, AccountPace]:
    mine = tuple_(AccountPace.organization_id, AccountPace.social_account_id).in_(sorted(accounts))
    found = await session.scalars(select(AccountPace).where(mine))
    return {(one.organization_id, one.social_account_id): one for one in found}


async def _assets(session: AsyncSession, claims: Sequence[Claim]) -> dict[Key, Asset]:
    wanted = {(claim.organization_id, asset_id) for claim in claims for asset_id, _ in files(claim)}
    if not wanted:
        return {}
    mine = tuple_(Asset.organization_id, Asset.id).in_(sorted(wanted))
    return {(row.organization_id, row.id): row for row in await session.scalars(select(Asset).where(mine))}


async def _departures(
    session: AsyncSession, claims: Sequence[Claim], paces: Mapping[Key, AccountPace], *, until: datetime
) -> dict[Key, Departure]:
    organizations, accounts = columns(claim.account_key for claim in claims)
    found = await session.execute(_PLANNED, {"organizations": organizations, "accounts": accounts, "until": until})
    sent = {claim.key: len(claim.sent) for claim in claims}
    planned: dict[Key, list[Planned]] = defaultdict(list)
    for row in found:
        key = (row.organization_id, row.id)
        left = max(1, row.parts - sent.get(key, 0))
        planned[row.organization_id, row.social_account_id].append(Planned(key, row.due_at, left))
    limits = {
        claim.account_key: registry.get(claim.account.connector).limits(claim.account.platform)
        for claim in claims
        if claim.account is not None and claim.account.connector in registry.names()
    }
    departures: dict[Key, Departure] = {}
    for account, own in limits.items():
        departures |= pacing.departures(planned[account], limits=own, pace=paces.get(account))
    return departures


async def _twins(session: AsyncSession, due: Mapping[Key, datetime], *, now: datetime) -> dict[Key, Twin]:
    organizations, posts = columns(due)
    values: dict[str, Any] = {"organizations": organizations, "posts": posts}
    times = {"since": now - _REPEATED_WITHIN, "until": max(due.values())}
    rows = await session.execute(_TWINS, values | times)
    return {
        (row.organization_id, row.id): Twin(row.published_at or row.scheduled_at, row.published_at is not None)
        for row in rows
    }
