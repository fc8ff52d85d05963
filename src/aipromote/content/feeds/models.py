"""Feeds that are followed, and the items that were seen."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.db.base import Base, Instant, Tenant, owned_by
from aipromote.db.types import Limited, enum_of, words
from aipromote.documents.vocabulary import Platform


class Feed(Tenant, Base):
    """A feed that is looked at every few hours. Who follows it no more deletes it; what was seen of it stays known."""

    __tablename__ = "feeds"

    address: Mapped[str] = mapped_column(Limited(2000))
    title: Mapped[str | None] = mapped_column(Limited(500))
    platforms: Mapped[list[str]] = mapped_column(words())
    newest: Mapped[int]
    every_hours: Mapped[int]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    next_check_at: Mapped[Instant]
    last_checked_at: Mapped[Instant | None]
    etag: Mapped[str | None] = mapped_column(Limited(500))
    last_modified: Mapped[str | None] = mapped_column(Limited(500))
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    error_message: Mapped[str | None] = mapped_column(Limited(2000))
    followed_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", deferrable=True, initially="DEFERRED"), index=True
    )

    __extra_args__ = (
        UniqueConstraint("organization_id", "address"),
        Index("ix_feeds_due", "next_check_at", postgresql_where=text("is_active")),
        CheckConstraint("char_length(address) > 0", name="address_given"),
        CheckConstraint("cardinality(platforms) > 0", name="platforms_given"),
        CheckConstraint("newest BETWEEN 1 AND 20", name="newest_range"),
        CheckConstraint("every_hours BETWEEN 1 AND 168", name="every_hours_range"),
        CheckConstraint("failures >= 0", name="counters"),
        CheckConstraint("failures = 0 OR error_message IS NOT NULL", name="failure_has_reason"),
    )


class FeedItem(Tenant, Base):
    """One item for one platform: its piece, or why there is none. That it is here keeps it from coming twice."""

    __tablename__ = "feed_items"

    item_key: Mapped[bytes]
    link_key: Mapped[bytes | None]
    platform: Mapped[Platform] = mapped_column(enum_of(Platform, "platform"))
    source: Mapped[str] = mapped_column(Limited(2000))
    link: Mapped[str | None] = mapped_column(Limited(2000))
    title: Mapped[str | None] = mapped_column(Limited(500))
    published_at: Mapped[Instant | None]
    piece_id: Mapped[UUID | None]
    reason: Mapped[str | None] = mapped_column(Limited(500))

    __extra_args__ = (
        owned_by("content_pieces", "piece_id"),
        UniqueConstraint("organization_id", "item_key", "platform"),
        UniqueConstraint("organization_id", "link_key", "platform"),
        Index("ix_feed_items_piece", "organization_id", "piece_id"),
        CheckConstraint("octet_length(item_key) = 32", name="item_key_sha256"),
        CheckConstraint("octet_length(link_key) = 32", name="link_key_sha256"),
        CheckConstraint("piece_id IS NULL OR reason IS NULL", name="piece_or_reason"),
    )
