"""Requests to write, the calls of models that were made for an organization, and what they may cost it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.ai.states import CallOutcome, RequestKind, RequestStatus
from aipromote.db.base import Base, Instant, Tenant
from aipromote.db.types import Document, Limited, enum_of
from aipromote.documents.vocabulary import Platform


class Order(BaseModel):
    """What exactly is asked for. Content is written for the slots of the active strategy in [start, end).

    Without `pillars` (by name) it is for all of them, and likewise without `platforms`. With `variants_of`, the id of a
    piece, it is for `count` other ways to say that piece, and for no slot; with `series_id` for the due parts of that
    series.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: date
    end: date | None = None
    previous_strategy_id: UUID | None = None
    pillars: tuple[str, ...] = ()
    platforms: tuple[Platform, ...] = ()
    variants_of: UUID | None = None
    count: int | None = None
    series_id: UUID | None = None


class GenerationRequest(Tenant, Base):
    """A strategy or pieces to write. RUNNING holds a claim; one that expired is owed again.

    `attempts` numbers the claims and never goes back, so that no report is taken for that of another claim.
    `fruitless_claims` are those since it last got any further. One that a person stopped is FAILED, and says by whom.
    """

    __tablename__ = "generation_requests"

    kind: Mapped[RequestKind] = mapped_column(enum_of(RequestKind, "request_kind"))
    status: Mapped[RequestStatus] = mapped_column(
        enum_of(RequestStatus, "request_status"), server_default=RequestStatus.PENDING.value
    )
    wanted: Mapped[Order] = mapped_column(Document(Order))
    asked_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", deferrable=True, initially="DEFERRED"), index=True
    )
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    fruitless_claims: Mapped[int] = mapped_column(server_default=text("0"))
    claimed_until: Mapped[Instant | None]
    finished_at: Mapped[Instant | None]
    done_count: Mapped[int] = mapped_column(server_default=text("0"))
    total_count: Mapped[int | None]
    error_message: Mapped[str | None] = mapped_column(Limited(2000))
    cancelled_by: Mapped[str | None] = mapped_column(Limited(200))

    __extra_args__ = (
        Index("ix_generation_requests_owed", "created_at", postgresql_where=text("status IN ('PENDING', 'RUNNING')")),
        CheckConstraint("(status = 'RUNNING') = (claimed_until IS NOT NULL)", name="running_is_claimed"),
        CheckConstraint("(status IN ('DONE', 'FAILED')) = (finished_at IS NOT NULL)", name="finished_has_time"),
        CheckConstraint("status <> 'RUNNING' OR attempts >= 1", name="running_was_begun"),
        CheckConstraint("status <> 'FAILED' OR error_message IS NOT NULL", name="failure_has_reason"),
        CheckConstraint("cancelled_by IS NULL OR status = 'FAILED'", name="cancelled_has_ended"),
        CheckConstraint("attempts >= 0 AND done_count >= 0 AND total_count >= done_count", name="counters"),
        CheckConstraint("fruitless_claims >= 0", name="fruitless_counts"),
    )


class ModelBudget(Tenant, Base):
    """What models may cost the organization in a month, and what they have cost in the month that is written here."""

    __tablename__ = "model_budgets"

    monthly_cents: Mapped[int | None]
    month: Mapped[date]
    spent_micros: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))

    __extra_args__ = (
        UniqueConstraint("organization_id"),
        CheckConstraint("monthly_cents >= 0 AND spent_micros >= 0", name="amounts"),
        CheckConstraint("EXTRACT(day FROM month) = 1", name="month_is_its_first_day"),
    )


class ModelCall(Tenant, Base):
    """One call of a model. What was asked and answered is nowhere kept."""

    __tablename__ = "model_calls"

    purpose: Mapped[str] = mapped_column(Limited(60))
    provider: Mapped[str] = mapped_column(Limited(30))
    model: Mapped[str] = mapped_column(Limited(200))
    prompt: Mapped[str] = mapped_column(Limited(60))
    prompt_version: Mapped[int]
    outcome: Mapped[CallOutcome] = mapped_column(
        enum_of(CallOutcome, "call_outcome"), server_default=CallOutcome.STARTED.value
    )
    error_kind: Mapped[str | None] = mapped_column(Limited(40))
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    cost_micros: Mapped[int | None] = mapped_column(BigInteger)
    counted_micros: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    latency_ms: Mapped[int | None]
    request_id: Mapped[str | None] = mapped_column(Limited(200))

    __extra_args__ = (
        Index("ix_model_calls_made", "organization_id", "created_at"),
        CheckConstraint("(outcome = 'STARTED') = (latency_ms IS NULL)", name="ended_has_latency"),
        CheckConstraint("(outcome IN ('REFUSED', 'FAILED')) = (error_kind IS NOT NULL)", name="failure_has_kind"),
        CheckConstraint(
            "input_tokens >= 0 AND output_tokens >= 0 AND cost_micros >= 0 AND counted_micros >= 0 "
            "AND latency_ms >= 0 AND prompt_version >= 1",
            name="counters",
        ),
    )
