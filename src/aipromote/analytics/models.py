"""Snapshots of counters, partitioned by month, and what is kept of them: the newest of each post, and gains by day."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.analytics.states import MetricType
from aipromote.db.base import Base, Instant, Key, new_id, owned_by
from aipromote.db.types import Limited, enum_of
from aipromote.documents.vocabulary import Platform

COUNTERS = (
    "impressions", "reach", "likes", "comments", "shares", "saves", "clicks", "followers_delta",
    "website_clicks", "signups", "demos",
)  # fmt: skip

_RATES = "engagement_rate BETWEEN 0 AND 1 AND ctr BETWEEN 0 AND 1"
_COUNTERS = (
    "impressions >= 0 AND likes >= 0 AND comments >= 0 AND shares >= 0 AND saves >= 0 AND clicks >= 0 "
    "AND reach >= 0 AND website_clicks >= 0 AND signups >= 0 AND demos >= 0"
)


class Counters:
    """What networks count. Not reported is NULL, never 0."""

    impressions: Mapped[int | None] = mapped_column(BigInteger)
    likes: Mapped[int | None] = mapped_column(BigInteger)
    comments: Mapped[int | None] = mapped_column(BigInteger)
    shares: Mapped[int | None] = mapped_column(BigInteger)
    saves: Mapped[int | None] = mapped_column(BigInteger)
    clicks: Mapped[int | None] = mapped_column(BigInteger)
    reach: Mapped[int | None] = mapped_column(BigInteger)
    followers_delta: Mapped[int | None] = mapped_column(BigInteger)
    website_clicks: Mapped[int | None] = mapped_column(BigInteger)
    signups: Mapped[int | None] = mapped_column(BigInteger)
    demos: Mapped[int | None] = mapped_column(BigInteger)


class Snapshot(Counters, Base):
    """The counters of one post at one capture slot. They are cumulative: a sum takes the newest snapshot of each post.

    `collected_at` is the slot's own instant (publication plus the slot's age), so a repeated collection finds the same
    row although the table is partitioned by that column; `measured_at` is when the network was really asked. Rates are
    fractions 0..1.
    """

    __tablename__ = "analytics"

    organization_id: Mapped[Key] = mapped_column(sort_order=-9)
    id: Mapped[Key] = mapped_column(default=new_id, sort_order=-8)
    content_piece_id: Mapped[UUID | None] = mapped_column(sort_order=-7)
    scheduled_post_id: Mapped[UUID | None] = mapped_column(sort_order=-6)
    social_account_id: Mapped[UUID | None] = mapped_column(sort_order=-5)
    platform: Mapped[Platform] = mapped_column(enum_of(Platform, "platform"), sort_order=-4)
    metric_type: Mapped[MetricType] = mapped_column(enum_of(MetricType, "metric_type"), sort_order=-3)
    period_start: Mapped[Instant] = mapped_column(sort_order=1)
    period_end: Mapped[Instant] = mapped_column(sort_order=2)
    collected_at: Mapped[Instant] = mapped_column(sort_order=3)
    measured_at: Mapped[Instant] = mapped_column(sort_order=4)
    engagement_rate: Mapped[float | None] = mapped_column(sort_order=5)
    ctr: Mapped[float | None] = mapped_column(sort_order=6)

    __table_args__ = (
        PrimaryKeyConstraint("organization_id", "id", "collected_at"),
        ForeignKeyConstraint(["organization_id"], ["organizations.id"], ondelete="CASCADE"),
        owned_by("content_pieces", "content_piece_id"),
        owned_by("scheduled_posts", "scheduled_post_id"),
        owned_by("social_accounts", "social_account_id", cascade=False),
        UniqueConstraint("organization_id", "scheduled_post_id", "metric_type", "collected_at"),
        # Beside the unique constraint, which NULLs slip through: one growth snapshot per account, kind and slot.
        Index(
            "uq_analytics_account_slot",
            "organization_id",
            "social_account_id",
            "metric_type",
            "collected_at",
            unique=True,
            postgresql_where=text("scheduled_post_id IS NULL"),
        ),
        Index("ix_analytics_piece", "organization_id", "content_piece_id"),
        Index("ix_analytics_account", "organization_id", "social_account_id"),
        CheckConstraint("scheduled_post_id IS NOT NULL OR social_account_id IS NOT NULL", name="subject"),
        CheckConstraint("period_end >= period_start", name="period_order"),
        CheckConstraint(_RATES, name="rates"),
        CheckConstraint(_COUNTERS, name="counters"),
        {"postgresql_partition_by": "RANGE (collected_at)"},
    )


class Newest(Counters, Base):
    """The newest snapshot of a post, whole: measured last; of those measured at once, the one of the later slot.

    It stays when the plan's retention removes the snapshots; `id` is the snapshot's. The post is the only foreign key:
    it goes with its piece and its organization, and this row with it.
    """

    __tablename__ = "analytics_latest"

    organization_id: Mapped[Key] = mapped_column(sort_order=-9)
    scheduled_post_id: Mapped[Key] = mapped_column(sort_order=-8)
    metric_type: Mapped[MetricType] = mapped_column(enum_of(MetricType, "metric_type"), sort_order=-7)
    id: Mapped[UUID] = mapped_column(sort_order=-6)
    content_piece_id: Mapped[UUID | None] = mapped_column(sort_order=-5)
    social_account_id: Mapped[UUID | None] = mapped_column(sort_order=-4)
    platform: Mapped[Platform] = mapped_column(enum_of(Platform, "platform"), sort_order=-3)
    period_start: Mapped[Instant] = mapped_column(sort_order=1)
    period_end: Mapped[Instant] = mapped_column(sort_order=2)
    collected_at: Mapped[Instant] = mapped_column(sort_order=3)
    measured_at: Mapped[Instant] = mapped_column(sort_order=4)
    engagement_rate: Mapped[float | None] = mapped_column(sort_order=5)
    ctr: Mapped[float | None] = mapped_column(sort_order=6)

    __table_args__ = (
        PrimaryKeyConstraint("organization_id", "scheduled_post_id", "metric_type"),
        owned_by("scheduled_posts", "scheduled_post_id"),
        CheckConstraint("period_end >= period_start", name="period_order"),
        CheckConstraint(_RATES, name="rates"),
        CheckConstraint(_COUNTERS, name="counters"),
    )


class DayGain(Counters, Base):
    """What one post gained on one day of its organization's calendar: the day's snapshots, each minus the one before.

    A counter that went down (networks correct themselves) makes a negative gain, so that the gains of all days always
    add up to the newest value that was reported. NULL where nothing was reported on that day.
    """

    __tablename__ = "analytics_daily"

    organization_id: Mapped[Key] = mapped_column(sort_order=-9)
    scheduled_post_id: Mapped[Key] = mapped_column(sort_order=-8)
    metric_type: Mapped[MetricType] = mapped_column(enum_of(MetricType, "metric_type"), sort_order=-7)
    day: Mapped[date] = mapped_column(sort_order=-6)
    content_piece_id: Mapped[UUID | None] = mapped_column(sort_order=-5)
    platform: Mapped[Platform] = mapped_column(enum_of(Platform, "platform"), sort_order=-4)

    __table_args__ = (
        PrimaryKeyConstraint("organization_id", "scheduled_post_id", "metric_type", "day"),
        owned_by("scheduled_posts", "scheduled_post_id"),
        Index("ix_analytics_daily_day", "organization_id", "day", "platform"),
    )


class Calendar(Base):
    """In which zone an organization's days are counted, and up to where they are closed.

    Snapshots measured before `closed_at` may be gone; what they came to stands in the days before `closed_day` and is
    not counted again. Whoever counts holds this row, so that two collections of one organization take turns.
    """

    __tablename__ = "analytics_calendars"

    organization_id: Mapped[Key] = mapped_column(sort_order=-9)
    time_zone: Mapped[str] = mapped_column(Limited(64))
    closed_at: Mapped[Instant | None]
    closed_day: Mapped[date | None]

    __table_args__ = (
        PrimaryKeyConstraint("organization_id"),
        ForeignKeyConstraint(["organization_id"], ["organizations.id"], ondelete="CASCADE"),
        CheckConstraint("(closed_at IS NULL) = (closed_day IS NULL)", name="closed_together"),
    )


Numbers = Snapshot | Newest
"""One reading of a post's counters, whether from the history or kept as the newest."""
