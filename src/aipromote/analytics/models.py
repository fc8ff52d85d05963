"""Snapshots of counters, partitioned by month."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.analytics.states import MetricType
from aipromote.db.base import Base, Instant, Key, new_id, owned_by
from aipromote.db.types import enum_of
from aipromote.documents.vocabulary import Platform


class Snapshot(Base):
    """The counters of one post at one capture slot. They are cumulative: a sum takes the newest snapshot of each post.

    `collected_at` is the slot's own instant (publication plus the slot's age), so a repeated collection finds the same
    row although the table is partitioned by that column; `measured_at` is when the network was really asked. Rates are
    fractions 0..1.
    """

    __tablename__ = "analytics"

    organization_id: Mapped[Key] = mapped_column(sort_order=-2)
    id: Mapped[Key] = mapped_column(default=new_id, sort_order=-1)
    content_piece_id: Mapped[UUID | None]
    scheduled_post_id: Mapped[UUID | None]
    social_account_id: Mapped[UUID | None]
    platform: Mapped[Platform] = mapped_column(enum_of(Platform, "platform"))
    metric_type: Mapped[MetricType] = mapped_column(enum_of(MetricType, "metric_type"))
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
    period_start: Mapped[Instant]
    period_end: Mapped[Instant]
    collected_at: Mapped[Instant]
    measured_at: Mapped[Instant]
    engagement_rate: Mapped[float | None]
    ctr: Mapped[float | None]

    __table_args__ = (
        PrimaryKeyConstraint("organization_id", "id", "collected_at"),
        ForeignKeyConstraint(["organization_id"], ["organizations.id"], ondelete="CASCADE"),
        owned_by("content_pieces", "content_piece_id"),
        owned_by("scheduled_posts", "scheduled_post_id"),
        owned_by("social_accounts", "social_account_id", cascade=False),
        UniqueConstraint("organization_id", "scheduled_post_id", "metric_type", "collected_at"),
        Index("ix_analytics_piece", "organization_id", "content_piece_id"),
        Index("ix_analytics_account", "organization_id", "social_account_id"),
        CheckConstraint("period_end >= period_start", name="period_order"),
        CheckConstraint("engagement_rate BETWEEN 0 AND 1 AND ctr BETWEEN 0 AND 1", name="rates"),
        CheckConstraint(
            "impressions >= 0 AND likes >= 0 AND comments >= 0 AND shares >= 0 AND saves >= 0 AND clicks >= 0 "
            "AND reach >= 0 AND website_clicks >= 0 AND signups >= 0 AND demos >= 0",
            name="counters",
        ),
        {"postgresql_partition_by": "RANGE (collected_at)"},
    )
