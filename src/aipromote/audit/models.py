"""The log."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.audit.detail import Detail
from aipromote.audit.states import ActorKind
from aipromote.db.base import Base, Tenant
from aipromote.db.types import Document, Limited, enum_of


class Entry(Tenant, Base):
    """One act; `created_at` is when. The database refuses to change it, and the application may not delete it.

    Neither the person, nor the key, nor the subject is a foreign key: the log outlives all of them.
    """

    __tablename__ = "audit_log"

    actor_name: Mapped[str] = mapped_column(Limited(200))
    actor_kind: Mapped[ActorKind] = mapped_column(enum_of(ActorKind, "actor_kind"))
    user_id: Mapped[UUID | None]
    api_key_id: Mapped[UUID | None]
    action: Mapped[str] = mapped_column(Limited(100))
    subject: Mapped[str] = mapped_column(Limited(63))
    subject_id: Mapped[UUID]
    detail: Mapped[Detail] = mapped_column(Document(Detail))

    __extra_args__ = (
        Index("ix_audit_log_newest", "organization_id", "created_at", "id"),
        Index("ix_audit_log_person", "organization_id", "user_id", "created_at", "id"),
        Index("ix_audit_log_kind", "organization_id", "subject", "created_at", "id"),
        Index("ix_audit_log_subject", "organization_id", "subject", "subject_id", "created_at", "id"),
        CheckConstraint("action ~ '^[a-z_]+[.][a-z_]+$'", name="action_form"),
        CheckConstraint("(actor_kind = 'PRODUCT') = (user_id IS NULL)", name="actor_has_person"),
        CheckConstraint("(actor_kind = 'KEY') = (api_key_id IS NOT NULL)", name="actor_has_key"),
    )
