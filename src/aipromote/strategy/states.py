"""The life of a strategy."""

from __future__ import annotations

from enum import StrEnum


class StrategyStatus(StrEnum):
    """A proposal is accepted or rejected; only an accepted one is active; an old one is archived."""

    PROPOSED = "PROPOSED"
    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"
    REJECTED = "REJECTED"


MOVES: dict[StrategyStatus, frozenset[StrategyStatus]] = {
    StrategyStatus.PROPOSED: frozenset({StrategyStatus.ACTIVE, StrategyStatus.REJECTED}),
    StrategyStatus.ACTIVE: frozenset({StrategyStatus.ARCHIVED}),
    StrategyStatus.ARCHIVED: frozenset({StrategyStatus.ACTIVE}),  # rolling back to an earlier version
    StrategyStatus.REJECTED: frozenset(),
}


class ChangeDecision(StrEnum):
    """What a person said of one change of a proposal."""

    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"


class OriginKind(StrEnum):
    """How a version came of another one; a version without an origin was written anew."""

    EDITED = "EDITED"
    ASSEMBLED = "ASSEMBLED"
    ADVISED = "ADVISED"
