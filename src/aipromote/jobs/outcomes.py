"""What a handler returns. It raises only for surprises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Done:
    """The work is done, or somebody else did it."""


@dataclass(frozen=True)
class Snooze:
    """Not yet: run the same job again after so many seconds of real time. Uses up no attempt."""

    seconds: float


@dataclass(frozen=True)
class Cancel:
    """There is nothing to do any more (the row was cancelled, or somebody took permission back).

    With `dropped` the job itself was wrong, and is logged and counted as such: its row is `gone`, belongs to another
    organization than the pointer says (`foreign`), or is in a state that it never leaves again (`final`).
    """

    reason: str
    dropped: Literal["gone", "foreign", "final"] | None = None


Outcome = Done | Snooze | Cancel
