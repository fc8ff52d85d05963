"""How long things may take while publishing: leases, time-outs, waits."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from aipromote import settings

_JITTER = 0.25


@dataclass(frozen=True, slots=True)
class Pace:
    """All in seconds. `from_settings` is what the product uses; tests choose shorter ones."""

    lease: float = 30.0
    fire_timeout: float = 10.0
    late: float = 86_400.0
    backoff: float = 2.0
    """Wait after the first failure; doubled after each further one, with jitter."""
    look_up_after: tuple[float, ...] = (5.0, 30.0, 120.0, 600.0)
    """When a post whose outcome is not known is looked up, counted from its call; after the last a person is asked."""
    processing: float = 3600.0
    """How long a network may work on what it took before a person is asked."""
    at_once: int = 50
    """Calls under way at the same time, each to another account."""

    def __post_init__(self) -> None:
        if self.lease < 2 * self.fire_timeout:  # a lease must outlast the call that it covers
            object.__setattr__(self, "lease", 2 * self.fire_timeout)

    @classmethod
    def from_settings(cls) -> Self:
        """As the settings say."""
        chosen = settings.get()
        return cls(lease=chosen.lease_seconds, fire_timeout=chosen.fire_timeout_seconds, late=chosen.late_hours * 3600)

    @property
    def latest_fire(self) -> float:
        """How long after the claim a call may still begin, so that it ends before the claim does."""
        return self.lease - self.fire_timeout

    def wait(self, failures: int) -> timedelta:
        """The wait after so many failures in a row (from 1)."""
        base = self.backoff * 2.0 ** (min(failures, 12) - 1)
        return timedelta(seconds=base * (1 + random.uniform(0, _JITTER)))  # noqa: S311 -- spreads load, guards nothing

    def next_look_up(self, look_ups: int, *, armed_at: datetime, now: datetime) -> datetime | None:
        """When to look again after so many look-ups in vain; None: no more of them. Late ones keep a distance."""
        if look_ups >= len(self.look_up_after):
            return None
        soonest = now + timedelta(seconds=self.look_up_after[0])
        return max(armed_at + timedelta(seconds=self.look_up_after[look_ups]), soonest)

    def is_last_look_up(self, look_ups: int, *, armed_at: datetime, now: datetime) -> bool:
        """Whether the one that is made now, after so many in vain, is the last, and late enough to be believed."""
        is_late = now >= armed_at + timedelta(seconds=self.look_up_after[-1])
        return is_late and look_ups + 1 >= len(self.look_up_after)
