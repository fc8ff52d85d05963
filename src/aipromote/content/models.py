"""Pillars, series, pieces with their revisions and variants, what reviewers decided, and texts to begin with."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.content.states import ContentStatus, Decision, SeriesStatus, VariantStatus
from aipromote.db.base import Base, Instant, Key, Tenant, owned_by
from aipromote.db.types import Document, Limited, enum_of, words
from aipromote.documents.content import MediaRef, PieceSource
from aipromote.documents.vocabulary import ContentType, Platform


class Pillar(Tenant, Base):
    """A theme that the startup keeps returning to."""

    __tablename__ = "content_pillars"

    name: Mapped[str] = mapped_column(Limited(200))
    description: Mapped[str | None] = mapped_column(Limited(2000))
    color: Mapped[str | None] = mapped_column(Limited(9))
    emoji: Mapped[str | None] = mapped_column(Limited(16))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    sort_order: Mapped[int] = mapped_column(server_default=text("0"))

    __extra_args__ = (
        UniqueConstraint("organization_id", "name"),
        CheckConstraint("char_length(btrim(name)) > 0", name="name_given"),
        CheckConstraint("color ~ '^#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?$'", name="color_hex"),
    )


class Series(Tenant, Base):
    """Pieces that belong together and come one after another."""

    __tablename__ = "series"

    name: Mapped[str] = mapped_column(Limited(200))
    description: Mapped[str | None] = mapped_column(Limited(2000))
    platform: Mapped[Platform] = mapped_column(enum_of(Platform, "platform"))
    cadence: Mapped[str] = mapped_column(Limited(100))
    total_posts: Mapped[int] = mapped_column(server_default=text("0"))
    published_posts: Mapped[int] = mapped_column(server_default=text("0"))
    status: Mapped[SeriesStatus] = mapped_column(
        enum_of(SeriesStatus, "series_status"), server_default=SeriesStatus.ACTIVE.value
    )
    start_date: Mapped[date | None]
    end_date: Mapped[date | None]

    __extra_args__ = (
        UniqueConstraint("organization_id", "name"),
        CheckConstraint("char_length(btrim(name)) > 0", name="name_given"),
        CheckConstraint("total_posts >= 0 AND published_posts >= 0", name="counters"),
        CheckConstraint("published_posts <= total_posts", name="published_of_total"),
        CheckConstraint("end_date >= start_date", name="date_order"),
    )


class ContentPiece(Tenant, Base):
    """One text for one platform. `revision` is the number of its newest revision, whose text it repeats."""

    __tablename__ = "content_pieces"

    pillar_id: Mapped[UUID | None]
    strategy_id: Mapped[UUID | None]
    series_id: Mapped[UUID | None]
    sequence_no: Mapped[int | None]
    platform: Mapped[Platform] = mapped_column(enum_of(Platform, "platform"))
    status: Mapped[ContentStatus] = mapped_column(
        enum_of(ContentStatus, "content_status"), server_default=ContentStatus.DRAFT.value
    )
    type: Mapped[ContentType] = mapped_column(
        enum_of(ContentType, "content_type"), server_default=ContentType.POST.value
    )
    revision: Mapped[int] = mapped_column(server_default=text("1"))
    title: Mapped[str | None] = mapped_column(Limited(500))
    body: Mapped[str] = mapped_column(Limited(100_000))
    parts: Mapped[list[str]] = mapped_column(words(), server_default="{}")
    hashtags: Mapped[list[str]] = mapped_column(words(), server_default="{}")
    mentions: Mapped[list[str]] = mapped_column(words(), server_default="{}")
    cta: Mapped[str | None] = mapped_column(Limited(1000))
    hook: Mapped[str | None] = mapped_column(Limited(1000))
    theme: Mapped[str | None] = mapped_column(Limited(500))
    media_refs: Mapped[list[MediaRef] | None] = mapped_column(Document(list[MediaRef]))
    sources: Mapped[list[PieceSource] | None] = mapped_column(Document(list[PieceSource]))
    planned_for: Mapped[date | None]
    scheduled_at: Mapped[Instant | None]
    published_at: Mapped[Instant | None]
    expires_at: Mapped[Instant | None]
    rationale: Mapped[str | None] = mapped_column(Limited(2000))
    confidence: Mapped[float | None]
    generated_by: Mapped[str | None] = mapped_column(Limited(200))
    slot_key: Mapped[str | None] = mapped_column(Limited(100))
    search: Mapped[str | None] = mapped_column(TSVECTOR, deferred=True, deferred_raiseload=True)
    """The words of all its texts, for `doors.search_pieces`. Kept by the database; never read by the application."""

    __extra_args__ = (
        owned_by("content_pillars", "pillar_id", cascade=False),
        owned_by("ai_strategies", "strategy_id", cascade=False),
        owned_by("series", "series_id", cascade=False),
        UniqueConstraint("organization_id", "series_id", "sequence_no"),
        UniqueConstraint("organization_id", "strategy_id", "slot_key"),
        Index("ix_content_pieces_network_plan", "organization_id", "platform", "planned_for", "id"),
        Index("ix_content_pieces_pillar_plan", "organization_id", "pillar_id", "planned_for", "id"),
        Index("ix_content_pieces_author_plan", "organization_id", "generated_by", "planned_for", "id"),
        Index("ix_content_pieces_plan", "organization_id", "planned_for", "id"),
        Index("ix_content_pieces_search", "organization_id", "search", postgresql_using="gin"),
        Index("ix_content_pieces_library", "organization_id", "status", "planned_for", "id"),
        CheckConstraint("revision >= 1", name="revision_counts"),
        CheckConstraint("sequence_no >= 1", name="sequence_counts"),
        CheckConstraint("slot_key IS NULL OR strategy_id IS NOT NULL", name="slot_of_strategy"),
        CheckConstraint("expires_at > scheduled_at", name="expires_after_it_is_due"),
        CheckConstraint("(series_id IS NULL) = (sequence_no IS NULL)", name="series_has_sequence"),
        CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
        CheckConstraint("status <> 'SCHEDULED' OR scheduled_at IS NOT NULL", name="scheduled_has_time"),
        CheckConstraint("status <> 'PUBLISHED' OR published_at IS NOT NULL", name="published_has_time"),
        CheckConstraint("char_length(btrim(body)) > 0", name="body_given"),
    )


class Revision(Tenant, Base):
    """A text of a piece, as it was at one time. Never changed."""

    __tablename__ = "content_revisions"

    piece_id: Mapped[UUID]
    number: Mapped[int]
    title: Mapped[str | None] = mapped_column(Limited(500))
    body: Mapped[str] = mapped_column(Limited(100_000))
    parts: Mapped[list[str]] = mapped_column(words(), server_default="{}")
    hashtags: Mapped[list[str]] = mapped_column(words(), server_default="{}")
    author: Mapped[str] = mapped_column(Limited(200))
    author_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", deferrable=True, initially="DEFERRED"), index=True
    )

    __extra_args__ = (
        owned_by("content_pieces", "piece_id"),
        UniqueConstraint("organization_id", "piece_id", "number"),
        CheckConstraint("number >= 1", name="number_counts"),
        CheckConstraint("char_length(btrim(body)) > 0", name="body_given"),
    )


class Approval(Tenant, Base):
    """What a reviewer decided about one revision, and when.

    `override_reason` says why findings were set aside, and `set_aside` which (their keys). NULL beside a reason is from
    before these were kept, and means all. With a `review_link_id` a reviewer decided through a link of the person,
    which sets nothing aside.
    """

    __tablename__ = "approvals"

    piece_id: Mapped[UUID]
    revision: Mapped[int]
    decision: Mapped[Decision] = mapped_column(enum_of(Decision, "decision"))
    decided_by: Mapped[str] = mapped_column(Limited(200))
    user_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", deferrable=True, initially="DEFERRED"), index=True
    )
    decided_at: Mapped[Instant]
    note: Mapped[str | None] = mapped_column(Limited(2000))
    override_reason: Mapped[str | None] = mapped_column(Limited(2000))
    set_aside: Mapped[list[str] | None] = mapped_column(words())
    review_link_id: Mapped[UUID | None]

    __extra_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "piece_id", "revision"],
            ["content_revisions.organization_id", "content_revisions.piece_id", "content_revisions.number"],
            ondelete="CASCADE",
        ),
        Index(
            "uq_approvals_revision",
            "organization_id",
            "piece_id",
            "revision",
            unique=True,
            postgresql_where=text("decision = 'APPROVED'"),
        ),
        Index("ix_approvals_history", "organization_id", "piece_id", "revision", "decided_at"),
        CheckConstraint("override_reason IS NULL OR user_id IS NOT NULL", name="override_by_person"),
        CheckConstraint("override_reason IS NULL OR decision = 'APPROVED'", name="override_of_approval"),
        CheckConstraint("set_aside IS NULL OR override_reason IS NOT NULL", name="set_aside_by_override"),
        CheckConstraint("review_link_id IS NULL OR override_reason IS NULL", name="link_sets_nothing_aside"),
    )


class Band(Base):
    """One of the marks that a piece's newest text leaves. Texts that are alike share some of them: see `likeness`."""

    __tablename__ = "content_bands"

    organization_id: Mapped[Key] = mapped_column(sort_order=-3)
    band: Mapped[int] = mapped_column(BigInteger, sort_order=-2)
    piece_id: Mapped[Key] = mapped_column(sort_order=-1)

    __table_args__ = (
        PrimaryKeyConstraint("organization_id", "band", "piece_id"),
        owned_by("content_pieces", "piece_id"),
        Index("ix_content_bands_piece", "organization_id", "piece_id"),
    )


class Variant(Tenant, Base):
    """Another way to say a piece. `revision` is the text that the writer saw; a person chooses it or dismisses it."""

    __tablename__ = "content_variants"

    piece_id: Mapped[UUID]
    number: Mapped[int]
    revision: Mapped[int]
    status: Mapped[VariantStatus] = mapped_column(
        enum_of(VariantStatus, "variant_status"), server_default=VariantStatus.PROPOSED.value
    )
    title: Mapped[str | None] = mapped_column(Limited(500))
    body: Mapped[str] = mapped_column(Limited(100_000))
    parts: Mapped[list[str]] = mapped_column(words(), server_default="{}")
    hashtags: Mapped[list[str]] = mapped_column(words(), server_default="{}")
    hook: Mapped[str | None] = mapped_column(Limited(1000))
    cta: Mapped[str | None] = mapped_column(Limited(1000))
    rationale: Mapped[str | None] = mapped_column(Limited(2000))
    confidence: Mapped[float]
    generated_by: Mapped[str] = mapped_column(Limited(200))
    decided_by: Mapped[str | None] = mapped_column(Limited(200))
    decided_at: Mapped[Instant | None]

    __extra_args__ = (
        owned_by("content_pieces", "piece_id"),
        UniqueConstraint("organization_id", "piece_id", "number"),
        CheckConstraint("number >= 1 AND revision >= 1", name="numbers_count"),
        CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
        CheckConstraint("char_length(btrim(body)) > 0", name="body_given"),
        CheckConstraint(
            "(status = 'PROPOSED') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
            name="decided_by_somebody",
        ),
    )


class Adaptation(Tenant, Base):
    """That a piece was made of another one (`original_id`, of that revision) for another platform."""

    __tablename__ = "content_adaptations"

    piece_id: Mapped[UUID]
    original_id: Mapped[UUID]
    revision: Mapped[int]

    __extra_args__ = (
        owned_by("content_pieces", "piece_id"),
        owned_by("content_pieces", "original_id"),
        UniqueConstraint("organization_id", "piece_id"),
        Index("ix_content_adaptations_original", "organization_id", "original_id"),
        CheckConstraint("revision >= 1", name="revision_counts"),
    )


class Template(Tenant, Base):
    """A text with named places, to begin a post with. Without a platform it is for all of them."""

    __tablename__ = "post_templates"

    name: Mapped[str] = mapped_column(Limited(200))
    platform: Mapped[Platform | None] = mapped_column(enum_of(Platform, "platform"))
    body: Mapped[str] = mapped_column(Limited(10_000))

    __extra_args__ = (
        UniqueConstraint("organization_id", "name"),
        CheckConstraint("char_length(btrim(name)) > 0", name="name_given"),
        CheckConstraint("char_length(btrim(body)) > 0", name="body_given"),
    )


class Signature(Tenant, Base):
    """What ends a post on a platform, where there is room for it."""

    __tablename__ = "post_signatures"

    platform: Mapped[Platform] = mapped_column(enum_of(Platform, "platform"))
    words: Mapped[str] = mapped_column(Limited(1000))

    __extra_args__ = (
        UniqueConstraint("organization_id", "platform"),
        CheckConstraint("char_length(btrim(words)) > 0", name="words_given"),
    )
