"""What is known of a file. Its bytes are in storage, under `storage_key`."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.assets.states import AssetType
from aipromote.db.base import Base, Instant, Tenant
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
