"""What is known of a file. Its bytes are in storage, under `storage_key`."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.assets.states import AssetType
from aipromote.db.base import Base, Instant, Tenant, owned_by
from aipromote.db.types import Limited, enum_of, words


class Asset(Tenant, Base):
    """One stored file. `checksum` is the SHA-256 of its bytes."""

    __tablename__ = "assets"

    filename: Mapped[str] = mapped_column(Limited(255))
    original_name: Mapped[str] = mapped_column(Limited(500))
    type: Mapped[AssetType] = mapped_column(enum_of(AssetType, "asset_type"))
    mime_type: Mapped[str] = mapped_column(Limited(255))
    size: Mapped[int] = mapped_column(BigInteger)
    storage_key: Mapped[str] = mapped_column(Limited(500))
    bucket: Mapped[str] = mapped_column(Limited(255))
    checksum: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int | None]
    height: Mapped[int | None]
    duration_seconds: Mapped[float | None]
    alt_text: Mapped[str | None] = mapped_column(Limited(2000))
    title: Mapped[str | None] = mapped_column(Limited(500))
    description: Mapped[str | None] = mapped_column(Limited(5000))
    tags: Mapped[list[str]] = mapped_column(words(), server_default="{}")
    last_used_at: Mapped[Instant | None]

    __extra_args__ = (
        UniqueConstraint("organization_id", "storage_key"),
        # Row-level security keeps the application from it (`@>` is not leakproof): a page for tags needs a door, too.
        Index("ix_assets_tags", "tags", postgresql_using="gin"),
        CheckConstraint("size >= 0", name="size"),
        CheckConstraint("octet_length(checksum) = 32", name="checksum_sha256"),
        CheckConstraint("width > 0 AND height > 0", name="dimensions"),
        CheckConstraint("(width IS NULL) = (height IS NULL)", name="dimensions_whole"),
        CheckConstraint("mime_type LIKE '_%/_%'", name="mime_type_form"),
        CheckConstraint("duration_seconds >= 0", name="duration"),
    )


class AssetText(Tenant, Base):
    """A passage of the text of a file, in the order in which it stands there."""

    __tablename__ = "asset_texts"

    asset_id: Mapped[UUID]
    position: Mapped[int]
    place: Mapped[str] = mapped_column(Limited(200))
    text: Mapped[str] = mapped_column(Limited(8000))
    search: Mapped[str | None] = mapped_column(TSVECTOR, deferred=True, deferred_raiseload=True)
    """Its words, as `content_pieces.search` has them. Kept by the database; never read by the application."""

    __extra_args__ = (
        owned_by("assets", "asset_id"),
        UniqueConstraint("organization_id", "asset_id", "position"),
        # Asked through a door, as pieces are (docs/decisions/0008-search.md).
        Index("ix_asset_texts_search", "organization_id", "search", postgresql_using="gin"),
        CheckConstraint("position >= 1", name="position_counts"),
        CheckConstraint("char_length(text) > 0", name="text_given"),
    )
