"""What is owed to the posts of a batch besides sending them: nearly always nothing, so one question finds out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.publishing.changes import Key, columns
from aipromote.publishing.pace import Pace

_OWED = text("""
    SELECT bool_or(p.status = 'PUBLISHING' AND p.claimed_until <= :now) AS has_run_out,
           bool_or(p.status = 'UNCONFIRMED' AND p.next_attempt_at <= :now) AS is_open,
           bool_or(p.status IN ('SCHEDULED', 'RETRYING', 'PUBLISHING') AND p.scheduled_at
                   < CAST(:now AS timestamptz) - make_interval(secs => coalesce(o.late_minutes * 60, :late))) AS is_late
      FROM unnest(CAST(:organizations AS uuid[]), CAST(:posts AS uuid[])) AS k (organization_id, id)
      JOIN scheduled_posts p ON p.organization_id = k.organization_id AND p.id = k.id
      JOIN organizations o ON o.id = k.organization_id
""")


@dataclass(frozen=True, slots=True)
class Owed:
    """Whether it is worth while to look for such posts; the statements that follow decide, post by post."""

    has_run_out: bool
    """A claim of some worker has."""
    is_open: bool
    """The outcome of some call is to be looked up now."""
    is_late: bool
    """Too late to be sent at all, also where it is in the hands of a worker whose claim may have run out."""


async def owed(session: AsyncSession, posts: Sequence[Key], *, pace: Pace) -> Owed:
    """Of any of these posts."""
    organizations, ids = columns(posts)
    values = {"organizations": organizations, "posts": ids, "now": clock.now(), "late": pace.late}
    row = (await session.execute(_OWED, values)).one()
    return Owed(bool(row.has_run_out), bool(row.is_open), bool(row.is_late))
