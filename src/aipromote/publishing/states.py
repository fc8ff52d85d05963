"""The life of a post, the outcomes of an attempt, and what is expected of a post."""

from __future__ import annotations

from enum import StrEnum


class PostStatus(StrEnum):
    """One piece revision on one account at one time."""

    SCHEDULED = "SCHEDULED"
    PUBLISHING = "PUBLISHING"
    PUBLISHED = "PUBLISHED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    RETRYING = "RETRYING"
    UNCONFIRMED = "UNCONFIRMED"
    MISSED = "MISSED"


_P = PostStatus
MOVES: dict[PostStatus, frozenset[PostStatus]] = {
    _P.SCHEDULED: frozenset({_P.PUBLISHING, _P.CANCELLED, _P.MISSED, _P.FAILED}),
    _P.PUBLISHING: frozenset({_P.PUBLISHED, _P.FAILED, _P.RETRYING, _P.UNCONFIRMED}),
    _P.RETRYING: frozenset({_P.PUBLISHING, _P.CANCELLED, _P.MISSED, _P.FAILED}),
    _P.UNCONFIRMED: frozenset({_P.PUBLISHED, _P.FAILED, _P.RETRYING}),
    _P.PUBLISHED: frozenset(),
    _P.FAILED: frozenset({_P.SCHEDULED}),  # a person repaired it and schedules it again
    _P.CANCELLED: frozenset({_P.SCHEDULED}),
    _P.MISSED: frozenset({_P.SCHEDULED}),
}

FINAL = frozenset({_P.PUBLISHED, _P.FAILED, _P.CANCELLED, _P.MISSED})
OPEN = frozenset(set(PostStatus) - FINAL)


class Outcome(StrEnum):
    """What became of one armed call. ARMED means: nobody wrote down yet what became of it."""

    ARMED = "ARMED"
    PUBLISHED = "PUBLISHED"
    RATE_LIMITED = "RATE_LIMITED"
    UNAUTHORIZED = "UNAUTHORIZED"
    REJECTED = "REJECTED"
    UNREACHABLE = "UNREACHABLE"
    UNKNOWN = "UNKNOWN"
    ABSENT = "ABSENT"


PROCESSING = "processing"
"""The kind of error, which is none, of what a network took and is working on."""


PREPARING = "preparing"
"""The kind of what keeps a post whose files are on their way to the network."""


class ForecastState(StrEnum):
    """What is expected of a post that is not due yet."""

    WILL_PUBLISH = "WILL_PUBLISH"
    AT_RISK = "AT_RISK"
