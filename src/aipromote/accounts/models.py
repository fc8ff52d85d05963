"""Users and their sessions. They belong to no organization."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.accounts.states import UserRole
from aipromote.db.base import Base, Global, Instant
from aipromote.db.types import Limited, enum_of

INTERNAL_USER = UUID("00000000-0000-7000-8000-00000000000a")
"""Owns the organization of the product's own canary posts. Nobody: it has no password, no role and no membership."""


class User(Global, Base):
    """A person. The e-mail is kept as typed and unique without regard to case."""

    __tablename__ = "users"

    email: Mapped[str] = mapped_column(Limited(320))
    password_hash: Mapped[str | None] = mapped_column(Limited(500))
    name: Mapped[str | None] = mapped_column(Limited(200))
    image: Mapped[str | None] = mapped_column(Limited(2000))
    plan: Mapped[str] = mapped_column(Limited(50), server_default="self-hosted")
    role: Mapped[UserRole] = mapped_column(enum_of(UserRole, "user_role"), server_default=UserRole.USER.value)
    verified: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        Index("uq_users_email", text("lower(email)"), unique=True),
        CheckConstraint("email LIKE '_%@_%'", name="email_form"),
    )


class Session(Global, Base):
    """One signed-in browser. The token itself is only with the browser; here is its keyed hash."""

    __tablename__ = "sessions"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[Instant]
    user_agent: Mapped[str | None] = mapped_column(Limited(500))

    __table_args__ = (CheckConstraint("octet_length(token_hash) = 32", name="token_hash_sha256"),)
