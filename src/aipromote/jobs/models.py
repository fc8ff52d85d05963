"""What this room keeps in PostgreSQL: which turn of each periodic task was taken last."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.db.base import Base, Global, Instant
from aipromote.db.types import Limited


class PeriodicRun(Global, Base):
    """A task that is due again and again, and its latest turn. `slot` is the instant at which that turn was due.

    Taking a turn moves `slot` forward by compare-and-set: whoever comes second changes no row. `claimed_until` is the
    lease of the process that is at it.
    """

    __tablename__ = "periodic_runs"

    name: Mapped[str] = mapped_column(Limited(100))
    slot: Mapped[Instant]
    claimed_by: Mapped[str | None] = mapped_column(Limited(200))
    claimed_until: Mapped[Instant | None]
    started_at: Mapped[Instant]
    finished_at: Mapped[Instant | None]
    error_message: Mapped[str | None] = mapped_column(Limited(2000))

    __table_args__ = (
        UniqueConstraint("name"),
        CheckConstraint("char_length(name) > 0", name="name_given"),
        CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name="claim_whole"),
        CheckConstraint("finished_at IS NULL OR claimed_by IS NULL", name="finished_is_free"),
    )
