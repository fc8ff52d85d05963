"""The life of a message."""

from __future__ import annotations

from enum import StrEnum


class DeliveryStatus(StrEnum):
    """PENDING is still owed; SENT and FAILED are final."""

    PENDING = "PENDING"
    SENT = "SENT"
    FAILED = "FAILED"


MOVES: dict[DeliveryStatus, frozenset[DeliveryStatus]] = {
    DeliveryStatus.PENDING: frozenset({DeliveryStatus.SENT, DeliveryStatus.FAILED}),
    DeliveryStatus.SENT: frozenset(),
    DeliveryStatus.FAILED: frozenset({DeliveryStatus.PENDING}),
}
