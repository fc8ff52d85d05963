"""Which red checks are only the consequence of another one: nobody needs five alerts about one dead worker."""

from __future__ import annotations

from collections.abc import Iterable

from aipromote.jobs.kinds import PUBLISHING
from aipromote.monitoring.checks import Check

_SERVERS = ("database", "redis")
_CAUSES: dict[str, tuple[str, ...]] = {
    "worker": ("workers",),
    "stager": (*_SERVERS, "workers"),
    "late": (*_SERVERS, "workers", "worker", "stager", "paused"),
    "waiting": (*_SERVERS, "workers", "worker", "paused", "late"),
    "canary": (*_SERVERS, "workers", "worker", "stager", "paused", "late", "waiting"),
}
"""By check: what explains it. A cause with a subject explains only what is about the same one."""


def roots(checks: Iterable[Check]) -> list[Check]:
    """The red checks that no other red one explains."""
    wrong = [check for check in checks if check.is_red]
    return [check for check in wrong if not any(_explains(other, check) for other in wrong)]


def _explains(cause: Check, check: Check) -> bool:
    return cause.name in _CAUSES.get(check.name, ()) and cause.subject in {"", _subject(check)}


def _subject(check: Check) -> str:
    return PUBLISHING.name if check.name == "canary" else check.subject
