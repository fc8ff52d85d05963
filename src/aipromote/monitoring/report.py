"""The list of checks, for everybody who asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aipromote.monitoring.checks import Check
from aipromote.monitoring.judging_canaries import canary_check
from aipromote.monitoring.judging_queues import queue_checks
from aipromote.monitoring.judging_servers import database_checks, redis_checks
from aipromote.monitoring.looking import Facts, Lookout
from aipromote.monitoring.states import Area

_BEHIND_ALL = ("database", "redis")
"""Without these nothing can be said of the queues."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, and what that means."""

    facts: Facts
    checks: tuple[Check, ...]

    @property
    def is_red(self) -> bool:
        """Whether somebody must look at something."""
        return any(check.is_red for check in self.checks)

    def of(self, area: Area) -> list[Check]:
        """What a page about this area shows."""
        shown = [check for check in self.checks if check.area is area]
        if area is Area.QUEUES:
            return [check for check in self.checks if check.name in _BEHIND_ALL] + shown
        return shown


async def report(lookout: Lookout) -> Report:
    """Look, and judge."""
    return judge(await lookout.look())


def judge(facts: Facts) -> Report:
    """What the facts mean. The same facts always mean the same."""
    checks = [*database_checks(facts), *redis_checks(facts), *queue_checks(facts)]
    if facts.rows is not None:
        checks.append(canary_check(facts, facts.rows))
    return Report(facts, tuple(checks))


def red(checks: Iterable[Check]) -> list[Check]:
    """Those that somebody must look at."""
    return [check for check in checks if check.is_red]
