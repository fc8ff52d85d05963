"""Versions of the plan, where they came from, and what was decided on each change of a proposal.

The six parts are documents; their shapes are in `aipromote.documents.strategy`.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.db.base import Base, Instant, Tenant, owned_by
from aipromote.db.types import Document, Limited, enum_of
from aipromote.documents.content import PieceSource
from aipromote.documents.strategy import (
    AudienceSegment,
    Cadence,
    ChannelPlan,
    ContentPillar,
    Positioning,
    SkeletonSlot,
)
from aipromote.strategy.plans.changes import Change
from aipromote.strategy.states import ChangeDecision, OriginKind, StrategyStatus


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
    sources: Mapped[list[PieceSource] | None] = mapped_column(Document(list[PieceSource]))
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


class StrategyOrigin(Tenant, Base):
    """Which version another one was made from, how, and by whom."""

    __tablename__ = "strategy_origins"

    strategy_id: Mapped[UUID]
    parent_id: Mapped[UUID]
    kind: Mapped[OriginKind] = mapped_column(enum_of(OriginKind, "strategy_origin"))
    author: Mapped[str] = mapped_column(Limited(200))
    user_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", deferrable=True, initially="DEFERRED"), index=True
    )
    note: Mapped[str | None] = mapped_column(Limited(2000))

    __extra_args__ = (
        owned_by("ai_strategies", "strategy_id"),
        owned_by("ai_strategies", "parent_id"),
        UniqueConstraint("organization_id", "strategy_id"),
        Index("ix_strategy_origins_parent", "organization_id", "parent_id"),
    )


class StrategyChange(Tenant, Base):
    """What a person decided on one change that a proposal makes to the plan that was active (`base_id`)."""

    __tablename__ = "strategy_changes"

    strategy_id: Mapped[UUID]
    base_id: Mapped[UUID]
    digest: Mapped[str] = mapped_column(Limited(16))
    change: Mapped[Change] = mapped_column(Document(Change))
    decision: Mapped[ChangeDecision] = mapped_column(enum_of(ChangeDecision, "change_decision"))
    decided_by: Mapped[str] = mapped_column(Limited(200))
    user_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", deferrable=True, initially="DEFERRED"), index=True
    )
    decided_at: Mapped[Instant]

    __extra_args__ = (
        owned_by("ai_strategies", "strategy_id"),
        owned_by("ai_strategies", "base_id"),
        UniqueConstraint("organization_id", "strategy_id", "base_id", "digest"),
        Index("ix_strategy_changes_base", "organization_id", "base_id"),
    )
