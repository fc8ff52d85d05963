"""The life of a request to write something."""

from __future__ import annotations

from enum import StrEnum


class RequestKind(StrEnum):
    """What is to be written."""

    STRATEGY = "STRATEGY"
    CONTENT = "CONTENT"


class CallOutcome(StrEnum):
    """What became of one call of a model. STARTED: not known (yet, or its process died)."""

    STARTED = "STARTED"
    ANSWERED = "ANSWERED"
    REFUSED = "REFUSED"
    FAILED = "FAILED"


class RequestStatus(StrEnum):
    """PENDING and RUNNING are still owed; DONE and FAILED are final."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


MOVES: dict[RequestStatus, frozenset[RequestStatus]] = {
    RequestStatus.PENDING: frozenset({RequestStatus.RUNNING, RequestStatus.FAILED}),
    RequestStatus.RUNNING: frozenset({RequestStatus.DONE, RequestStatus.FAILED, RequestStatus.PENDING}),
    RequestStatus.DONE: frozenset(),
    RequestStatus.FAILED: frozenset({RequestStatus.PENDING}),
}
