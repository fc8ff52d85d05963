"""Requests to write: the row that a generation job points to."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.ai.states import RequestKind, RequestStatus
from aipromote.db.base import Base, Instant, Tenant
from aipromote.db.types import Document, Limited, enum_of


class Order(BaseModel):
    """What exactly is asked for. Content is written for the slots of the active strategy in [start, end)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: date
    end: date | None = None
    previous_strategy_id: UUID | None = None


class GenerationRequest(Tenant, Base):
    """A strategy or pieces to write. RUNNING holds a claim; one that expired is owed again."""

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
    claimed_until: Mapped[Instant | None]
    finished_at: Mapped[Instant | None]
    done_count: Mapped[int] = mapped_column(server_default=text("0"))
    total_count: Mapped[int | None]
    error_message: Mapped[str | None] = mapped_column(Limited(2000))

    __extra_args__ = (
        Index("ix_generation_requests_owed", "created_at", postgresql_where=text("status IN ('PENDING', 'RUNNING')")),
        CheckConstraint("(status = 'RUNNING') = (claimed_until IS NOT NULL)", name="running_is_claimed"),
        CheckConstraint("(status IN ('DONE', 'FAILED')) = (finished_at IS NOT NULL)", name="finished_has_time"),
        CheckConstraint("status <> 'RUNNING' OR attempts >= 1", name="running_was_begun"),
        CheckConstraint("status <> 'FAILED' OR error_message IS NOT NULL", name="failure_has_reason"),
        CheckConstraint("attempts >= 0 AND done_count >= 0 AND total_count >= done_count", name="counters"),
    )
