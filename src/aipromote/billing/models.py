"""Subscriptions and monthly usage, by user."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.billing.states import SubscriptionStatus
from aipromote.db.base import Base, Global, Instant
from aipromote.db.types import Limited, enum_of


class Subscription(Global, Base):
    """What a user pays for, or the plan without limits of an instance that has no payment provider."""

    __tablename__ = "subscriptions"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    plan_id: Mapped[str] = mapped_column(Limited(50))
    status: Mapped[SubscriptionStatus] = mapped_column(enum_of(SubscriptionStatus, "subscription_status"))
    stripe_customer_id: Mapped[str | None] = mapped_column(Limited(255), unique=True)
    stripe_subscription_id: Mapped[str | None] = mapped_column(Limited(255), unique=True)
    trial_start: Mapped[Instant | None]
    trial_end: Mapped[Instant | None]
    period_start: Mapped[Instant | None]
    period_end: Mapped[Instant | None]
    cancel_at_period_end: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        Index(
            "uq_subscriptions_live",
            "user_id",
            unique=True,
            postgresql_where=text("status IN ('ACTIVE', 'TRIALING', 'PAST_DUE')"),
        ),
        CheckConstraint("status <> 'TRIALING' OR trial_end IS NOT NULL", name="trial_ends"),
        CheckConstraint("NOT cancel_at_period_end OR period_end IS NOT NULL", name="cancels_at_a_time"),
        CheckConstraint("trial_end >= trial_start", name="trial_order"),
        CheckConstraint("period_end >= period_start", name="period_order"),
    )


class Usage(Global, Base):
    """What a user used in one calendar month (UTC). `month` is its first day."""

    __tablename__ = "usage"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    month: Mapped[date]
    posts_generated: Mapped[int] = mapped_column(server_default=text("0"))
    posts_published: Mapped[int] = mapped_column(server_default=text("0"))
    strategies_generated: Mapped[int] = mapped_column(server_default=text("0"))
    organizations_created: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = (
        UniqueConstraint("user_id", "month"),
        CheckConstraint("extract(day FROM month) = 1", name="month_first_day"),
        CheckConstraint(
            "posts_generated >= 0 AND posts_published >= 0 "
            "AND strategies_generated >= 0 AND organizations_created >= 0",
            name="counters",
        ),
    )
