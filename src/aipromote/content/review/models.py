"""Comments on pieces, links for reviewers without an account, and the pieces that a link shows."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.db.base import Base, Instant, Tenant, owned_by
from aipromote.db.types import Limited

LONGEST = 5000
"""Characters of a comment."""
LONGEST_QUOTE = 2000


class Comment(Tenant, Base):
    """What somebody said about one revision, perhaps about a passage of it (`quote`).

    By a member (`user_id`) or through a review link (`review_link_id`, which is no foreign key: what was said outlives
    the link).
    """

    __tablename__ = "piece_comments"

    piece_id: Mapped[UUID]
    revision: Mapped[int]
    said: Mapped[str] = mapped_column(Limited(LONGEST))
    quote: Mapped[str | None] = mapped_column(Limited(LONGEST_QUOTE))
    author: Mapped[str] = mapped_column(Limited(200))
    user_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", deferrable=True, initially="DEFERRED"), index=True
    )
    review_link_id: Mapped[UUID | None]
    resolved_by: Mapped[str | None] = mapped_column(Limited(200))
    resolved_at: Mapped[Instant | None]

    __extra_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "piece_id", "revision"],
            ["content_revisions.organization_id", "content_revisions.piece_id", "content_revisions.number"],
            ondelete="CASCADE",
        ),
        Index("ix_piece_comments_thread", "organization_id", "piece_id", "revision", "id"),
        CheckConstraint("char_length(btrim(said)) > 0", name="said_given"),
        CheckConstraint("char_length(btrim(quote)) > 0", name="quote_given"),
        CheckConstraint("user_id IS NULL OR review_link_id IS NULL", name="one_author"),
        CheckConstraint("(resolved_at IS NULL) = (resolved_by IS NULL)", name="resolved_by_somebody"),
    )


class ReviewLink(Tenant, Base):
    """A way in for somebody without an account, made by a member (`user_id`) and never worth more than that member.

    The token is only with its holder; here is its keyed hash.
    """

    __tablename__ = "review_links"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    reviewer: Mapped[str] = mapped_column(Limited(80))
    email: Mapped[str | None] = mapped_column(Limited(320))
    may_approve: Mapped[bool]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]
    last_used_at: Mapped[Instant | None]

    __extra_args__ = (
        UniqueConstraint("organization_id", "token_hash"),
        CheckConstraint("char_length(btrim(reviewer)) > 0", name="reviewer_given"),
        CheckConstraint("email LIKE '_%@_%'", name="email_form"),
        CheckConstraint("octet_length(token_hash) = 32", name="token_hash_sha256"),
    )


class ReviewLinkPiece(Tenant, Base):
    """One of the pieces that a link shows; it shows no others."""

    __tablename__ = "review_link_pieces"

    link_id: Mapped[UUID]
    piece_id: Mapped[UUID]

    __extra_args__ = (
        owned_by("review_links", "link_id"),
        owned_by("content_pieces", "piece_id"),
        UniqueConstraint("organization_id", "link_id", "piece_id"),
        Index("ix_review_link_pieces_piece", "organization_id", "piece_id"),
    )
