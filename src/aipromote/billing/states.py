"""The life of a subscription."""

from __future__ import annotations

from enum import StrEnum


class SubscriptionStatus(StrEnum):
    """As the payment provider names it."""

    ACTIVE = "ACTIVE"
    CANCELLED = "CANCELLED"
    PAST_DUE = "PAST_DUE"
    TRIALING = "TRIALING"
    INCOMPLETE = "INCOMPLETE"
    UNPAID = "UNPAID"


LIVE = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING, SubscriptionStatus.PAST_DUE})
"""A user has at most one subscription in these states."""

_S = SubscriptionStatus
MOVES: dict[SubscriptionStatus, frozenset[SubscriptionStatus]] = {
    _S.INCOMPLETE: frozenset({_S.ACTIVE, _S.TRIALING, _S.CANCELLED}),
    _S.TRIALING: frozenset({_S.ACTIVE, _S.PAST_DUE, _S.CANCELLED, _S.UNPAID}),
    _S.ACTIVE: frozenset({_S.PAST_DUE, _S.CANCELLED, _S.UNPAID}),
    _S.PAST_DUE: frozenset({_S.ACTIVE, _S.CANCELLED, _S.UNPAID}),
    _S.UNPAID: frozenset({_S.ACTIVE, _S.CANCELLED}),
    _S.CANCELLED: frozenset(),
}
