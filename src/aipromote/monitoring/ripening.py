"""How long each check has been wrong, or well again, as one watcher saw it: a restart of ten seconds wakes nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from aipromote.monitoring.causes import roots
from aipromote.monitoring.checks import Check

Key = tuple[str, str]

_SLOW = frozenset({"migrations", "connections", "transaction", "replica"})
_TIMES_SLOWER = 10
"""Nothing stops at once because of these, and an upgrade may take minutes."""


@dataclass(frozen=True, slots=True)
class Ripe:
    """A check that has been wrong for so long that somebody must be told."""

    check: Check
    seconds: float


@dataclass(slots=True)
class Ripening:
    """The memory of one watcher. Times are seconds of a clock that never jumps."""

    grace_seconds: float
    _wrong_since: dict[Key, float] = field(default_factory=dict)
    _well_since: dict[Key, float] = field(default_factory=dict)

    def note(self, checks: Sequence[Check], *, at: float) -> None:
        """Take a report in. What only follows from something else, or cannot be known now, begins anew later."""
        wrong = {check.key for check in roots(checks)}
        well = {check.key for check in checks if not check.is_red}
        self._wrong_since = {key: self._wrong_since.get(key, at) for key in wrong}
        self._well_since = {key: self._well_since.get(key, at) for key in well}

    def ripe(self, checks: Sequence[Check], *, at: float) -> list[Ripe]:
        """What has been wrong for the whole grace."""
        known = {check.key: check for check in checks}
        for_seconds = {key: at - since for key, since in self._wrong_since.items()}
        return [Ripe(known[key], gone) for key, gone in for_seconds.items() if gone >= self._grace(key[0])]

    def well(self, *, at: float) -> set[Key]:
        """What has been well for the whole grace."""
        return {key for key, since in self._well_since.items() if at - since >= self.grace_seconds}

    def forget(self) -> None:
        """Begin anew."""
        self._wrong_since, self._well_since = {}, {}

    def _grace(self, name: str) -> float:
        return self.grace_seconds * (_TIMES_SLOWER if name in _SLOW else 1)
