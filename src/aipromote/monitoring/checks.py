"""One list of checks, by which pages, commands, alerts and metrics go, so that they never disagree."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aipromote.monitoring.states import Area, State


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    `said` is one sentence, which also is the subject of an alert; `safe` says what is not lost, `remedy` what to do,
    with the command. The last two are empty while all is well. `facts` are numbers, never names or secrets.
    """

    name: str
    area: Area
    state: State
    said: str
    safe: str = ""
    remedy: str = ""
    subject: str = ""
    """Which one, where there are several: the queue."""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from the others."""
        return self.name, self.subject

    @property
    def is_red(self) -> bool:
        """Whether somebody must look at it."""
        return self.state is State.RED

    @property
    def words(self) -> str:
        """All that is said of it, a line each."""
        return "\n".join(part for part in (self.said, self.safe, self.remedy) if part)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        told = {"name": self.name, "subject": self.subject, "state": self.state.value, "words": self.words}
        return told | {"facts": self.facts}
