"""Users and their sessions. They belong to no organization."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.accounts.states import Provider, UserRole
from aipromote.db.base import Base, Global, Instant
from aipromote.db.types import Limited, enum_of
from aipromote.notifications.states import DeliveryStatus

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
    language: Mapped[str | None] = mapped_column(Limited(35))

    __table_args__ = (
        Index("uq_users_email", text("lower(email)"), unique=True),
        CheckConstraint("email LIKE '_%@_%'", name="email_form"),
    )


class Session(Global, Base):
    """One signed-in browser. The token itself is only with the browser; here is its keyed hash.

    A link that signs somebody in once is a row as well, one that was never seen.
    """

    __tablename__ = "sessions"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[Instant]
    user_agent: Mapped[str | None] = mapped_column(Limited(500))
    last_seen_at: Mapped[Instant | None]

    __table_args__ = (CheckConstraint("octet_length(token_hash) = 32", name="token_hash_sha256"),)


class AccountLetter(Global, Base):
    """One letter to a person about their own account, and the link in it, if there is one.

    What is asked for by address has no `user_id` until a worker looks whose it is: asking writes the same row for an
    address that is known and for one that is not. The link's token is derived from the row's id and the secret key when
    the letter is written; here is its keyed hash.
    """

    __tablename__ = "account_letters"

    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    template: Mapped[str] = mapped_column(Limited(50))
    recipient: Mapped[str] = mapped_column(Limited(320))
    detail: Mapped[str | None] = mapped_column(Limited(320))
    status: Mapped[DeliveryStatus] = mapped_column(
        enum_of(DeliveryStatus, "delivery_status"), server_default=DeliveryStatus.PENDING.value
    )
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    claimed_until: Mapped[Instant | None]
    delivered_at: Mapped[Instant | None]
    error_message: Mapped[str | None] = mapped_column(Limited(2000))
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[Instant | None]
    used_at: Mapped[Instant | None]

    __table_args__ = (
        Index("ix_account_letters_user_id", "user_id", "created_at"),
        Index("ix_account_letters_owed", "created_at", postgresql_where=text("status = 'PENDING'")),
        CheckConstraint("(status = 'SENT') = (delivered_at IS NOT NULL)", name="sent_has_time"),
        CheckConstraint("claimed_until IS NULL OR status = 'PENDING'", name="claim"),
        CheckConstraint("status <> 'FAILED' OR error_message IS NOT NULL", name="failure_has_reason"),
        CheckConstraint("attempts >= 0", name="counters"),
        CheckConstraint("octet_length(token_hash) = 32", name="token_hash_sha256"),
        CheckConstraint("(token_hash IS NULL) = (expires_at IS NULL)", name="link_ends"),
        CheckConstraint("token_hash IS NULL OR user_id IS NOT NULL", name="link_is_somebodys"),
        CheckConstraint("used_at IS NULL OR token_hash IS NOT NULL", name="used_was_link"),
    )


class UserIdentity(Global, Base):
    """That a person is also who a provider says. `subject` is the provider's own number, which is never given anew."""

    __tablename__ = "user_identities"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    provider: Mapped[Provider] = mapped_column(enum_of(Provider, "identity_provider"))
    subject: Mapped[str] = mapped_column(Limited(255))
    email: Mapped[str | None] = mapped_column(Limited(320))

    __table_args__ = (
        UniqueConstraint("provider", "subject"),
        UniqueConstraint("user_id", "provider"),
        CheckConstraint("subject <> ''", name="subject_given"),
    )


class SignInFlow(Global, Base):
    """A browser on its way to a provider and back. The cookie has the token, from which all that is secret follows."""

    __tablename__ = "sign_in_flows"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    provider: Mapped[Provider] = mapped_column(enum_of(Provider, "identity_provider"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    after: Mapped[str] = mapped_column(Limited(2000))
    expires_at: Mapped[Instant]

    __table_args__ = (CheckConstraint("octet_length(token_hash) = 32", name="token_hash_sha256"),)
