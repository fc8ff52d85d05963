"""Reads of the log, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.audit.models import Entry
from aipromote.audit.states import ActorKind
from aipromote.db import paging

NEWEST: Final = paging.Order("audit.newest", (Entry.created_at, Entry.id), descending=True)

# From one person to the next by the index, so that it costs what there are people, and not what they did.
_PEOPLE = text("""
    WITH RECURSIVE seen (user_id) AS (
        (SELECT user_id FROM audit_log
          WHERE organization_id = :organization AND user_id IS NOT NULL ORDER BY user_id LIMIT 1)
        UNION ALL
        SELECT (SELECT a.user_id FROM audit_log a
                 WHERE a.organization_id = :organization AND a.user_id > s.user_id ORDER BY a.user_id LIMIT 1)
          FROM seen s WHERE s.user_id IS NOT NULL)
    SELECT s.user_id, coalesce(u.name, u.email,
           (SELECT a.actor_name FROM audit_log a
             WHERE a.organization_id = :organization AND a.user_id = s.user_id
             ORDER BY a.created_at DESC, a.id DESC LIMIT 1)) AS name
      FROM seen s LEFT JOIN users u ON u.id = s.user_id WHERE s.user_id IS NOT NULL ORDER BY 2 LIMIT :most
""")
_MOST_PEOPLE = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: of one row or one table, of one person (with their keys) or the product, of a time."""

    subject: str | None = None
    subject_id: UUID | None = None
    user_id: UUID | None = None
    by_product: bool = False
    since: datetime | None = None
    until: datetime | None = None
    """Exclusive."""


async def entries(
    session: AsyncSession,
    *,
    organization_id: UUID,
    subject: str | None = None,
    subject_id: UUID | None = None,
    wanted: Wanted | None = None,
    cursor: str | None = None,
    limit: int = paging.DEFAULT,
) -> paging.Slice[Entry]:
    """What was done, newest first; of one row, where `subject` (its table) and `subject_id` are given, or as `wanted`.

    Raises BadCursor.
    """
    want = wanted or Wanted(subject, subject_id)
    found = select(Entry).where(Entry.organization_id == organization_id)
    if want.subject is not None:
        found = found.where(Entry.subject == want.subject)
    if want.subject_id is not None:
        found = found.where(Entry.subject_id == want.subject_id)
    if want.user_id is not None:
        found = found.where(Entry.user_id == want.user_id)
    if want.by_product:
        found = found.where(Entry.actor_kind == ActorKind.PRODUCT, Entry.user_id.is_(None))
    if want.since is not None:
        found = found.where(Entry.created_at >= want.since)
    if want.until is not None:
        found = found.where(Entry.created_at < want.until)
    filters: dict[str, object] = {"subject": want.subject, "subject_id": want.subject_id}
    if wanted is not None:
        filters |= {"person": want.user_id, "product": want.by_product, "since": want.since, "until": want.until}
    return await paging.slice_of(
        session, found, NEWEST, organization_id=organization_id, filters=filters, cursor=cursor, limit=limit
    )


async def people(session: AsyncSession, *, organization_id: UUID) -> list[tuple[UUID, str]]:
    """Everybody who did anything, by name; also those who are members no more."""
    rows = await session.execute(_PEOPLE, {"organization": organization_id, "most": _MOST_PEOPLE})
    return [(row.user_id, row.name) for row in rows]
