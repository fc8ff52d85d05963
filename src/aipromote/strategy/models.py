"""Versions of the plan. The six parts are documents; their shapes are in `aipromote.documents.strategy`."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.db.base import Base, Instant, Tenant, owned_by
from aipromote.db.types import Document, Limited, enum_of
from aipromote.documents.strategy import (
    AudienceSegment,
    Cadence,
    ChannelPlan,
    ContentPillar,
    Positioning,
    SkeletonSlot,
)
from aipromote.strategy.states import StrategyStatus


class AIStrategy(Tenant, Base):
    """One version of an organization's plan."""

    __tablename__ = "ai_strategies"

    version: Mapped[int]
    status: Mapped[StrategyStatus] = mapped_column(
        enum_of(StrategyStatus, "strategy_status"), server_default=StrategyStatus.PROPOSED.value
    )
    positioning: Mapped[Positioning] = mapped_column(Document(Positioning))
    audience_segments: Mapped[list[AudienceSegment]] = mapped_column(Document(list[AudienceSegment]))
    content_pillars: Mapped[list[ContentPillar]] = mapped_column(Document(list[ContentPillar]))
    channel_plan: Mapped[list[ChannelPlan]] = mapped_column(Document(list[ChannelPlan]))
    cadence: Mapped[Cadence] = mapped_column(Document(Cadence))
    calendar_skeleton: Mapped[list[SkeletonSlot]] = mapped_column(Document(list[SkeletonSlot]))
    generated_by: Mapped[str | None] = mapped_column(Limited(200))
    confidence: Mapped[float | None]
    accepted_at: Mapped[Instant | None]
    request_id: Mapped[UUID | None]

    __extra_args__ = (
        UniqueConstraint("organization_id", "version"),
        owned_by("generation_requests", "request_id", cascade=False),
        UniqueConstraint("organization_id", "request_id"),
        Index("uq_ai_strategies_active", "organization_id", unique=True, postgresql_where=text("status = 'ACTIVE'")),
        CheckConstraint("version >= 1", name="version_counts"),
        CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
        CheckConstraint("(status IN ('ACTIVE', 'ARCHIVED')) = (accepted_at IS NOT NULL)", name="accepted_has_time"),
        CheckConstraint("json_sum(content_pillars, 'share') = 100", name="shares_sum"),
        CheckConstraint("json_sum(audience_segments, 'share') = 100", name="audience_sum"),
        CheckConstraint(
            "(json_total(cadence -> 'by_platform') = (cadence ->> 'posts_per_week')::numeric) IS TRUE",
            name="cadence_sum",
        ),
        CheckConstraint("json_days(calendar_skeleton, 'date') <= 90", name="skeleton_days"),
    )
