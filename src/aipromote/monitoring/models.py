"""Incidents: what was wrong with the product itself, from when to when, and whether its operator was told."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.db.base import Base, Global, Instant
from aipromote.db.types import Limited


class Incident(Global, Base):
    """One thing that is, or was, wrong: one open row for each kind and subject, however many processes see it.

    `telling_until` is the lease of the process that is telling the operator at this moment.
    """

    __tablename__ = "incidents"

    kind: Mapped[str] = mapped_column(Limited(50))
    subject: Mapped[str] = mapped_column(Limited(200), server_default="")
    words: Mapped[str] = mapped_column(Limited(2000))
    opened_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    closed_at: Mapped[Instant | None]
    opening_told_at: Mapped[Instant | None]
    closing_told_at: Mapped[Instant | None]
    telling_until: Mapped[Instant | None]
    telling_error: Mapped[str | None] = mapped_column(Limited(2000))

    __table_args__ = (
        Index("uq_incidents_open", "kind", "subject", unique=True, postgresql_where=text("closed_at IS NULL")),
        Index("ix_incidents_latest", "opened_at"),
        CheckConstraint("char_length(kind) > 0", name="kind_given"),
        CheckConstraint("seen_at >= opened_at AND closed_at >= opened_at", name="time_order"),
        CheckConstraint("closing_told_at IS NULL OR closed_at IS NOT NULL", name="end_told_after_it"),
    )
