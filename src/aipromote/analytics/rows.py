"""What comes in: one reading of one post's counters, and the columns that it is staged in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from aipromote.analytics.rates import click_rate, engagement_rate
from aipromote.analytics.states import MetricType
from aipromote.db.base import new_id
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict


class Measurement(NamedTuple):
    """A snapshot to be kept: what a network reported of one post. A tuple, since loads bring millions of them.

    The counters are cumulative since `period_start`, the post's publication. `collected_at` names the slot: a second
    measurement of it replaces the first. `measured_at` is when the network was asked, never before the slot.
    """

    organization_id: UUID
    scheduled_post_id: UUID
    content_piece_id: UUID | None
    social_account_id: UUID | None
    platform: Platform
    metric_type: MetricType
    period_start: datetime
    collected_at: datetime
    measured_at: datetime
    impressions: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    saves: int | None = None
    clicks: int | None = None
    reach: int | None = None
    followers_delta: int | None = None
    website_clicks: int | None = None
    signups: int | None = None
    demos: int | None = None


_TYPES = {
    "organization_id": "uuid", "scheduled_post_id": "uuid", "content_piece_id": "uuid", "social_account_id": "uuid",
    "platform": "platform", "metric_type": "metric_type",
    "period_start": "timestamptz", "collected_at": "timestamptz", "measured_at": "timestamptz",
}  # fmt: skip
_OWN = {"id": "uuid", "position": "bigint", "engagement_rate": "float8", "ctr": "float8"}
STAGED = {name: _TYPES.get(name, "bigint") for name in Measurement._fields} | _OWN
"""By column of the staging area: its type."""


def staged(rows: Iterator[Measurement] | list[Measurement]) -> Iterator[tuple[Any, ...]]:
    """Each measurement with its columns as in `STAGED`: a new id, its position in the load, and its rates.

    Raises Conflict for one that was measured before its slot, or whose slot lies before the publication.
    """
    for position, row in enumerate(rows):
        if not row.period_start <= row.collected_at <= row.measured_at:
            raise Conflict(
                f"Measurement {position + 1} of post {row.scheduled_post_id}: publication ({row.period_start}), "
                f"slot ({row.collected_at}) and measurement ({row.measured_at}) are not in this order."
            )
        yield (*row, new_id(), position, engagement_rate(row), click_rate(row))
