"""Which posts go beyond what their owner's plan allows in the month of their time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.billing import queries as billing
from aipromote.publishing.changes import Key

_PLANNED = text("SELECT owner_id, organization_id, id, due_at FROM doors.planned_of_owners(:owners, :until)")


async def beyond_plan(
    session: AsyncSession, *, owners: Mapping[Key, UUID], due: Mapping[Key, datetime], now: datetime
) -> frozenset[Key]:
    """Those of the posts for which nothing will be left of the month. Other organizations of an owner count as well.

    `owners` says whose each post is, `due` when it comes due. What is planned earlier is taken to go out.
    """
    months = {_month(moment) for moment in due.values()} | {_month(now)}
    left = await billing.left(session, user_ids=set(owners.values()), what="posts_published", months=months)
    limited = sorted({owner for owner, _ in left})
    if not limited:
        return frozenset()
    rows = await session.execute(_PLANNED, {"owners": limited, "until": max(due.values())})
    planned: Counter[tuple[UUID, date]] = Counter()
    beyond = set()
    for row in rows:
        month = (row.owner_id, _month(max(row.due_at, now)))  # what is late counts when it goes out
        planned[month] += 1
        if planned[month] > left.get(month, 0):
            beyond.add((row.organization_id, row.id))
    return frozenset(beyond & due.keys())


def _month(moment: datetime) -> date:
    return moment.date().replace(day=1)
