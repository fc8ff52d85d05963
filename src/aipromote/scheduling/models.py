"""Addresses under which people's own calendars show what goes out."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.db.base import Base, Instant, Tenant


class CalendarFeed(Tenant, Base):
    """A person's secret address of the organization's calendar. The token is only with its holder; here is its hash.

    It shows posts for as long as the person is a member; of a person and an organization at most one opens anything.
    """

    __tablename__ = "calendar_feeds"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    last_fetched_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]

    __extra_args__ = (
        UniqueConstraint("organization_id", "token_hash"),
        Index(
            "uq_calendar_feeds_open",
            "organization_id",
            "user_id",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
        CheckConstraint("octet_length(token_hash) = 32", name="token_hash_sha256"),
    )
