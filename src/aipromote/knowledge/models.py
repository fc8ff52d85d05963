"""Vectors of passages, and how far the passages of an organization have theirs."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import REAL, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.db.base import Base, Instant, Tenant, owned_by
from aipromote.db.types import Limited


class PassageVector(Tenant, Base):
    """The vector of one part of a text: of a fact, of a passage of a file, of a piece, or (without any) of the brief.

    `text_hash` is of the words that were embedded: where the text has changed since, the vector says nothing. It goes
    with its source.
    """

    __tablename__ = "passage_vectors"

    fact_id: Mapped[UUID | None]
    text_id: Mapped[UUID | None]
    piece_id: Mapped[UUID | None]
    part: Mapped[int]
    text_hash: Mapped[bytes]
    model: Mapped[str] = mapped_column(Limited(240))
    dimensions: Mapped[int]
    embedding: Mapped[list[float]] = mapped_column(ARRAY(REAL))

    __extra_args__ = (
        owned_by("facts", "fact_id"),
        owned_by("asset_texts", "text_id"),
        owned_by("content_pieces", "piece_id"),
        UniqueConstraint(
            "organization_id", "fact_id", "text_id", "piece_id", "part",
            name="uq_passage_vectors_place", postgresql_nulls_not_distinct=True,
        ),
        Index("ix_passage_vectors_text", "organization_id", "text_id"),
        Index("ix_passage_vectors_piece", "organization_id", "piece_id"),
        CheckConstraint("num_nonnulls(fact_id, text_id, piece_id) <= 1", name="one_source"),
        CheckConstraint("part >= 1", name="part_counts"),
        CheckConstraint("octet_length(text_hash) = 32", name="text_hash_sha256"),
        CheckConstraint(
            "dimensions BETWEEN 1 AND 16000 AND cardinality(embedding) = dimensions", name="dimensions_counted"
        ),
    )  # fmt: skip


class PassageIndex(Tenant, Base):
    """How far an organization is: which model, how many parts its texts had, and when they are looked at next.

    While somebody works on it, `next_look_at` is the end of that claim. `seen` is what the texts looked like when all
    of them had their vectors: as long as they look the same, there is nothing to do.
    """

    __tablename__ = "passage_indexes"

    model: Mapped[str] = mapped_column(Limited(240))
    seen: Mapped[str | None] = mapped_column(Limited(500))
    parts: Mapped[int] = mapped_column(server_default=text("0"))
    next_look_at: Mapped[Instant]
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    error_message: Mapped[str | None] = mapped_column(Limited(2000))

    __extra_args__ = (
        UniqueConstraint("organization_id"),
        Index("ix_passage_indexes_due", "next_look_at"),
        CheckConstraint("parts >= 0 AND failures >= 0", name="counters"),
        CheckConstraint("failures = 0 OR error_message IS NOT NULL", name="failure_has_reason"),
    )
