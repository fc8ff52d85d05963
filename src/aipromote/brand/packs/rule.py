"""The shape of a rule of an industry."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PackRule:
    """`reason` goes on from the words that were found: "“cure” promises to heal". `phrases` are by language."""

    name: str
    reason: str
    source: str
    suggestion: str
    phrases: dict[str, tuple[str, ...]]
