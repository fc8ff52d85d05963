"""What a handler returns. It raises only for surprises."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Done:
    """The work is done, or somebody else did it."""


@dataclass(frozen=True)
class Snooze:
    """Not yet: run the same job again after so many seconds of real time. Uses up no attempt."""

    seconds: float


@dataclass(frozen=True)
class Cancel:
    """There is nothing to do any more (the row is gone, cancelled, or somebody took permission back)."""

    reason: str


Outcome = Done | Snooze | Cancel
