"""The parts of a series that was planned."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.db.base import Base, Instant, Tenant, owned_by
from aipromote.db.types import Limited


class SeriesPart(Tenant, Base):
    """One part: its number in the series (its piece has the same), its day, and the words that it is about.

    `lead` is a sentence of the brief or a fact, as it was when the series was planned.
    """

    __tablename__ = "series_parts"

    series_id: Mapped[UUID]
    number: Mapped[int]
    planned_for: Mapped[date]
    role: Mapped[str] = mapped_column(Limited(60))
    lead: Mapped[str] = mapped_column(Limited(2000))
    written_at: Mapped[Instant | None]
    problem: Mapped[str | None] = mapped_column(Limited(500))

    __extra_args__ = (
        owned_by("series", "series_id"),
        UniqueConstraint("organization_id", "series_id", "number"),
        Index("ix_series_parts_unwritten", "planned_for", postgresql_where=text("written_at IS NULL")),
        CheckConstraint("number >= 1", name="number_counts"),
        CheckConstraint("char_length(btrim(lead)) > 0", name="lead_given"),
        CheckConstraint("problem IS NULL OR written_at IS NULL", name="written_without_problem"),
    )
