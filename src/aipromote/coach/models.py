"""The weekly summary."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.db.base import Base, Instant, Tenant, owned_by
from aipromote.db.types import Document, Limited
from aipromote.documents.learning import KeyInsight, Recommendation


class WeeklySummary(Tenant, Base):
    """One week (Monday to Sunday, in the organization's time zone) in words and numbers."""

    __tablename__ = "weekly_summaries"

    week_start: Mapped[date]
    week_end: Mapped[date]
    report_md: Mapped[str] = mapped_column(Limited(100_000))
    recommendations: Mapped[list[Recommendation] | None] = mapped_column(Document(list[Recommendation]))
    key_insights: Mapped[list[KeyInsight] | None] = mapped_column(Document(list[KeyInsight]))
    total_posts: Mapped[int] = mapped_column(server_default=text("0"))
    avg_engagement: Mapped[float | None]
    top_performer_id: Mapped[UUID | None]
    accepted: Mapped[bool] = mapped_column(server_default=text("false"))
    accepted_at: Mapped[Instant | None]

    __extra_args__ = (
        UniqueConstraint("organization_id", "week_start"),
        owned_by("scheduled_posts", "top_performer_id", cascade=False),
        Index("ix_weekly_summaries_top_performer", "organization_id", "top_performer_id"),
        CheckConstraint("week_end = week_start + 6 AND extract(isodow FROM week_start) = 1", name="week"),
        CheckConstraint("accepted = (accepted_at IS NOT NULL)", name="accepted_has_time"),
        CheckConstraint("avg_engagement BETWEEN 0 AND 1", name="engagement"),
        CheckConstraint("total_posts >= 0", name="counters"),
    )
