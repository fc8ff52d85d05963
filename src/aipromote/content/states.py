"""The lives of a piece and of a series."""

from __future__ import annotations

from enum import StrEnum


class ContentStatus(StrEnum):
    """A piece is written and judged (the first three); afterwards it mirrors what became of its posts."""

    DRAFT = "DRAFT"
    PENDING_REVIEW = "PENDING_REVIEW"
    APPROVED = "APPROVED"
    SCHEDULED = "SCHEDULED"
    PUBLISHED = "PUBLISHED"
    FAILED = "FAILED"
    ARCHIVED = "ARCHIVED"


_C = ContentStatus
MOVES: dict[ContentStatus, frozenset[ContentStatus]] = {
    _C.DRAFT: frozenset({_C.PENDING_REVIEW, _C.ARCHIVED}),
    _C.PENDING_REVIEW: frozenset({_C.APPROVED, _C.DRAFT, _C.ARCHIVED}),
    _C.APPROVED: frozenset({_C.SCHEDULED, _C.DRAFT, _C.PENDING_REVIEW, _C.ARCHIVED}),
    _C.SCHEDULED: frozenset({_C.PUBLISHED, _C.FAILED, _C.APPROVED, _C.DRAFT, _C.PENDING_REVIEW, _C.ARCHIVED}),
    _C.PUBLISHED: frozenset({_C.ARCHIVED}),
    _C.FAILED: frozenset({_C.SCHEDULED, _C.PUBLISHED, _C.DRAFT, _C.PENDING_REVIEW, _C.ARCHIVED}),
    _C.ARCHIVED: frozenset({_C.PENDING_REVIEW}),  # taken out again, to be looked at as if it were new
}


class SeriesStatus(StrEnum):
    """A series runs, rests, ends, or is given up."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    PAUSED = "PAUSED"
    CANCELLED = "CANCELLED"


_S = SeriesStatus
SERIES_MOVES: dict[SeriesStatus, frozenset[SeriesStatus]] = {
    _S.ACTIVE: frozenset({_S.COMPLETED, _S.PAUSED, _S.CANCELLED}),
    _S.PAUSED: frozenset({_S.ACTIVE, _S.CANCELLED}),
    _S.COMPLETED: frozenset(),
    _S.CANCELLED: frozenset(),
}


class Decision(StrEnum):
    """What a reviewer said of a revision."""

    APPROVED = "APPROVED"
    CHANGES_ASKED = "CHANGES_ASKED"


class VariantStatus(StrEnum):
    """A person chooses a variant, which makes it a revision of its piece, or dismisses it."""

    PROPOSED = "PROPOSED"
    CHOSEN = "CHOSEN"
    DISMISSED = "DISMISSED"


_V = VariantStatus
VARIANT_MOVES: dict[VariantStatus, frozenset[VariantStatus]] = {
    _V.PROPOSED: frozenset({_V.CHOSEN, _V.DISMISSED}),
    _V.CHOSEN: frozenset(),
    _V.DISMISSED: frozenset(),
}
