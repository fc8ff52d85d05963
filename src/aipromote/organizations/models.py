"""The startup's profile, its founders, its members, who is invited, and the keys of programs that work for it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.db.base import Base, Global, Instant, Tenant
from aipromote.db.types import KNOWN_ZONE, Document, Limited, enum_of, words
from aipromote.documents.brief import Brief
from aipromote.documents.vocabulary import Stage
from aipromote.organizations.states import Role

INTERNAL_ORGANIZATION = UUID("00000000-0000-7000-8000-00000000000b")
"""The product's own, whose posts are canaries. It exists where there is a sandbox network to send them to."""


class Organization(Global, Base):
    """A startup. `brief` is the whole profile as one validated document; the columns are what queries need.

    `late_minutes` is how late a post of it may still go out (NULL: as the instance says). `is_internal` marks the
    product's own, whose posts are canaries: nobody is a member of it, and no letter is written for it.
    """

    __tablename__ = "organizations"

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Limited(200))
    url: Mapped[str | None] = mapped_column(Limited(2000))
    stage: Mapped[Stage | None] = mapped_column(enum_of(Stage, "stage"))
    pricing: Mapped[str | None] = mapped_column(Limited(2000))
    description: Mapped[str | None] = mapped_column(Limited(10_000))
    tagline: Mapped[str | None] = mapped_column(Limited(500))
    category: Mapped[str | None] = mapped_column(Limited(200))
    markets: Mapped[list[str]] = mapped_column(words(), server_default="{}")
    languages: Mapped[list[str]] = mapped_column(words(), server_default="{en}")
    time_zone: Mapped[str] = mapped_column(Limited(64), server_default="UTC")
    brief: Mapped[Brief] = mapped_column(Document(Brief))
    brief_version: Mapped[int] = mapped_column(server_default=text("1"))
    late_minutes: Mapped[int | None]
    is_internal: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        CheckConstraint("char_length(btrim(name)) > 0", name="name_given"),
        CheckConstraint("cardinality(languages) > 0", name="language_given"),
        CheckConstraint(KNOWN_ZONE, name="time_zone_known"),
        CheckConstraint("brief_version >= 1", name="brief_version_counts"),
        CheckConstraint("late_minutes BETWEEN 5 AND 43200", name="late_minutes_range"),
    )


class Founder(Tenant, Base):
    """A person behind the startup, whose voice posts may use. At most one is primary."""

    __tablename__ = "founders"

    name: Mapped[str] = mapped_column(Limited(200))
    role: Mapped[str | None] = mapped_column(Limited(200))
    email: Mapped[str | None] = mapped_column(Limited(320))
    linkedin_url: Mapped[str | None] = mapped_column(Limited(2000))
    twitter_handle: Mapped[str | None] = mapped_column(Limited(100))
    bio: Mapped[str | None] = mapped_column(Limited(5000))
    image_url: Mapped[str | None] = mapped_column(Limited(2000))
    is_primary: Mapped[bool] = mapped_column(server_default=text("false"))

    __extra_args__ = (
        Index("uq_founders_primary", "organization_id", unique=True, postgresql_where=text("is_primary")),
        CheckConstraint("char_length(btrim(name)) > 0", name="name_given"),
        CheckConstraint("email LIKE '_%@_%'", name="email_form"),
    )


class Membership(Tenant, Base):
    """A user's place in an organization."""

    __tablename__ = "memberships"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role] = mapped_column(enum_of(Role, "member_role"))

    __extra_args__ = (
        UniqueConstraint("organization_id", "user_id"),
        Index("uq_memberships_owner", "organization_id", unique=True, postgresql_where=text("role = 'OWNER'")),
    )


class Invitation(Tenant, Base):
    """Somebody is asked to join, by the address that a letter went to. No token is stored: links are signed.

    `round` counts how often it was sent; only the newest link opens. It is over when accepted, revoked or expired.
    """

    __tablename__ = "invitations"

    email: Mapped[str] = mapped_column(Limited(320))
    role: Mapped[Role] = mapped_column(enum_of(Role, "member_role"))
    invited_by: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    round: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    sent_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    accepted_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]

    __extra_args__ = (
        Index(
            "uq_invitations_open",
            "organization_id",
            text("lower(email)"),
            unique=True,
            postgresql_where=text("accepted_at IS NULL AND revoked_at IS NULL"),
        ),
        CheckConstraint("email LIKE '_%@_%'", name="email_form"),
        CheckConstraint("role <> 'OWNER'", name="role_below_owner"),
        CheckConstraint("round >= 1", name="round_counts"),
        CheckConstraint("expires_at > sent_at", name="ends_after_it_was_sent"),
        CheckConstraint("accepted_at IS NULL OR revoked_at IS NULL", name="ends_once"),
    )


class ApiKey(Tenant, Base):
    """A program's way in, in the name of a person. The key itself is only with its holder; here is its keyed hash.

    It may do what `role` may, and never more than its person may at that time. By `prefix` people tell keys apart.
    """

    __tablename__ = "api_keys"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Limited(100))
    role: Mapped[Role] = mapped_column(enum_of(Role, "member_role"))
    prefix: Mapped[str] = mapped_column(Limited(30))
    key_hash: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[Instant | None]
    last_used_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]

    __extra_args__ = (
        UniqueConstraint("organization_id", "key_hash"),
        CheckConstraint("char_length(btrim(name)) > 0", name="name_given"),
        CheckConstraint("octet_length(key_hash) = 32", name="key_hash_sha256"),
    )
