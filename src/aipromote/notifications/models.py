"""Messages to people: shown in the inbox, delivered by e-mail."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.db.base import Base, Instant, Tenant
from aipromote.db.types import Document, Limited, enum_of
from aipromote.notifications.states import DeliveryStatus
from aipromote.notifications.told import Told


class Notification(Tenant, Base):
    """One message to one person. `key` makes telling the same thing twice impossible.

    `claimed_until` is the lease of the worker that is delivering it, or until when a new one is held back.
    """

    __tablename__ = "notifications"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(Limited(200))
    recipient: Mapped[str] = mapped_column(Limited(320))
    template: Mapped[str] = mapped_column(Limited(100))
    data: Mapped[Told] = mapped_column(Document(Told))
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("3"))
    status: Mapped[DeliveryStatus] = mapped_column(
        enum_of(DeliveryStatus, "delivery_status"), server_default=DeliveryStatus.PENDING.value
    )
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    delivered_at: Mapped[Instant | None]
    error_message: Mapped[str | None] = mapped_column(Limited(2000))
    claimed_until: Mapped[Instant | None]

    __extra_args__ = (
        UniqueConstraint("organization_id", "user_id", "key"),
        Index("ix_notifications_inbox", "user_id", "organization_id", "created_at", "id"),
        Index("ix_notifications_owed", "priority", "created_at", postgresql_where=text("status = 'PENDING'")),
        CheckConstraint("(status = 'SENT') = (delivered_at IS NOT NULL)", name="sent_has_time"),
        CheckConstraint("claimed_until IS NULL OR status = 'PENDING'", name="claim"),
        CheckConstraint("status <> 'FAILED' OR error_message IS NOT NULL", name="failure_has_reason"),
        CheckConstraint("priority BETWEEN 1 AND 5", name="priority"),
        CheckConstraint("attempts >= 0", name="counters"),
    )
