"""The verbs: keep what a network reported."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.analytics.models import Snapshot
from aipromote.analytics.rates import click_rate, engagement_rate
from aipromote.analytics.states import MetricType
from aipromote.channels.models import SocialAccount
from aipromote.connectors.contract import Metrics
from aipromote.db.base import new_id
from aipromote.errors import Conflict
from aipromote.publishing.models import ScheduledPost

_SLOT_KEY = ("organization_id", "scheduled_post_id", "metric_type", "collected_at")


async def ensure_partition(session: AsyncSession, *, day: date) -> None:
    """Make sure that snapshots of this day (UTC) have a place.

    In a transaction of its own: it may lock the whole table.
    """
    await session.execute(select(func.doors.make_partition(day)))


async def record(
    session: AsyncSession,
    *,
    post: ScheduledPost,
    account: SocialAccount,
    slot: int,
    metrics: Metrics,
    measured_at: datetime,
) -> None:
    """Keep the counters of a published post for one slot (seconds of age). What the network did not report stays NULL.

    There is one row per post and slot: a repeated collection replaces its values, unless they were measured later than
    these. Raises Conflict for a post that is not published.
    """
    if post.published_at is None:
        raise Conflict("Only a published post can be measured.")
    values = {
        **asdict(metrics),
        "content_piece_id": post.content_piece_id,
        "social_account_id": account.id,
        "platform": account.platform,
        "period_start": post.published_at,
        "period_end": max(measured_at, post.published_at),  # the network's clock may be ahead of ours
        "measured_at": measured_at,
        "engagement_rate": engagement_rate(metrics),
        "ctr": click_rate(metrics),
    }
    key = {
        "organization_id": post.organization_id,
        "scheduled_post_id": post.id,
        "metric_type": MetricType.ENGAGEMENT,
        "collected_at": post.published_at + timedelta(seconds=slot),
    }
    await session.execute(_upsert(key, values))


def _upsert(key: dict[str, Any], values: dict[str, Any]) -> Any:
    statement = insert(Snapshot).values(id=new_id(), **key, **values)
    return statement.on_conflict_do_update(
        index_elements=_SLOT_KEY,
        set_={name: statement.excluded[name] for name in values},
        where=Snapshot.measured_at <= statement.excluded.measured_at,
    )
