"""The one sentence that is true of the instance, and the checks behind it, from the same list that alerts go by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from aipromote.jobs.kinds import QUEUES
from aipromote.languages import _, lazy, ngettext
from aipromote.monitoring.causes import roots
from aipromote.monitoring.checks import Check
from aipromote.monitoring.models import Incident
from aipromote.monitoring.report import Report
from aipromote.monitoring.states import Area
from aipromote.monitoring.states import State as Found
from aipromote.web.words import State

WELL = State(lazy("Well"), "published", "done")
NOTE = State(lazy("Note"), "risk", "warn")
WRONG = State(lazy("Wrong"), "failed", "cross")
UNKNOWN = State(lazy("Not known"), "draft", "dashed")
_STATES = {Found.OK: WELL, Found.WARN: NOTE, Found.RED: WRONG}
_WORST_FIRST = (Found.RED, Found.WARN, Found.OK)

_AREAS = {Area.QUEUES: lazy("Queues"), Area.DATABASE: lazy("PostgreSQL"), Area.REDIS: lazy("Redis")}
_LABELS = {
    "workers": lazy("Workers"),
    "stager": lazy("Stager"),
    "held": lazy("Held publishing"),
    "canary": lazy("Canary posts"),
    "database": lazy("Answers"),
    "migrations": lazy("Schema"),
    "connections": lazy("Connections"),
    "transaction": lazy("Transactions"),
    "replica": lazy("Replica"),
    "pool": lazy("This process's pool"),
    "disk": lazy("Disk"),
    "redis": lazy("Answers"),
    "redis-version": lazy("Version"),
    "redis-eviction": lazy("Eviction"),
    "redis-persistence": lazy("Persistence"),
    "redis-memory": lazy("Memory"),
    "redis-clock": lazy("Clock"),
}
_ABOUT_QUEUES = frozenset({"workers", "worker", "stager", "paused", "waiting", "late"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong, or worth knowing, in words for somebody who was just woken."""

    said: str
    also: tuple[str, ...]
    """What else is wrong and is put right in the same way."""
    safe: str
    remedy: str
    since: datetime | None
    """None while nobody has written it down yet."""
    page: str | None
    """Where more is to be seen."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The sentence, and what belongs to it: what is wrong by itself, and what is worth knowing."""

    sentence: str
    state: State
    wrong: tuple[Trouble, ...]
    notes: tuple[Trouble, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """What was found of one thing."""

    label: str
    state: State
    said: str
    page: str | None = None


def truth(found: Report, incidents: Iterable[Incident]) -> Truth:
    """What is so. What only follows from something else is left to the list below."""
    since = {(each.kind, each.subject): each.opened_at for each in incidents if each.closed_at is None}
    wrong = _troubles(roots(found.checks), since)
    notes = _troubles([check for check in found.checks if check.state is Found.WARN], since)
    if wrong:
        return Truth(wrong[0].said, WRONG, wrong, notes)
    if notes:
        return Truth(
            ngettext(
                "Everything works. %(num)s thing is worth knowing.",
                "Everything works. %(num)s things are worth knowing.",
                len(notes),
            ),
            WELL,
            (),
            notes,
        )
    return Truth(_("Everything works."), WELL, (), ())


def lines(found: Report) -> list[tuple[str, list[Line]]]:
    """All checks by what they are about; those of one queue together in one line."""
    shown = []
    for area, title in _AREAS.items():
        checks = [check for check in found.checks if check.area is area]
        alone = [_line(check) for check in checks if not check.subject]
        by_queue = [_of_queue(queue.name, found) for queue in QUEUES] if area is Area.QUEUES else []
        if alone or by_queue:
            shown.append((str(title), [*alone, *by_queue]))
    return shown


def state_of_queue(name: str, found: Report) -> State:
    """The queue as a whole."""
    if found.facts.carried is None:
        return UNKNOWN
    return _STATES[_worst(check for check in found.checks if check.subject == name)]


def is_red(found: Report, incident: Incident) -> bool:
    """Whether what an incident tells of is so at this moment."""
    return any(check.is_red and check.key == (incident.kind, incident.subject) for check in found.checks)


def _worst(checks: Iterable[Check]) -> Found:
    states = {check.state for check in checks}
    return next((state for state in _WORST_FIRST if state in states), Found.OK)


def _troubles(checks: Iterable[Check], since: dict[tuple[str, str], datetime]) -> tuple[Trouble, ...]:
    """One for each way out, so that nobody reads the same advice five times."""
    by_remedy: dict[str, list[Check]] = {}
    for check in checks:
        by_remedy.setdefault(check.remedy or check.said, []).append(check)
    return tuple(_trouble(group, since) for group in by_remedy.values())


def _trouble(group: list[Check], since: dict[tuple[str, str], datetime]) -> Trouble:
    first, *others = group
    begun = min((since[check.key] for check in group if check.key in since), default=None)
    also = tuple(check.said for check in others)
    return Trouble(first.said, also, first.safe, first.remedy, begun, page_of(first.name, first.subject))


def page_of(kind: str, subject: str) -> str | None:
    """Where a person goes who wants to know more, or to do something."""
    if kind == "failed" and subject in {queue.name for queue in QUEUES}:
        return f"/operations/queues/{subject}/failed"
    return "/operations/queues" if kind in _ABOUT_QUEUES else None


def _line(check: Check) -> Line:
    label = str(_LABELS.get(check.name, check.name.replace("-", " ").capitalize()))
    return Line(label, _STATES[check.state], check.said)


def _of_queue(name: str, found: Report) -> Line:
    """Of a queue where something is not well, only that."""
    checks = [check for check in found.checks if check.subject == name]
    worst = _worst(checks)
    told = [check.said for check in _unlike(checks, worst)]
    if found.facts.carried is None:
        told.append(_("The rest is not known while Redis does not answer."))
        return Line(name, WRONG if worst is Found.RED else UNKNOWN, " ".join(told))
    return Line(name, _STATES[worst], " ".join(told), "/operations/queues" if worst is not Found.OK else None)


def _unlike(checks: Sequence[Check], worst: Found) -> list[Check]:
    """Those that are not well; where all are, all."""
    return [check for check in checks if worst is Found.OK or check.state is not Found.OK]


def in_order(incidents: Sequence[Incident]) -> tuple[list[Incident], list[Incident]]:
    """Those that are open, the oldest first, and those that are over, the latest end first."""
    by_end = {over: list(group) for over, group in groupby(incidents, key=lambda each: each.closed_at is not None)}
    ended = sorted(by_end.get(True, []), key=lambda each: each.closed_at or each.opened_at, reverse=True)
    return sorted(by_end.get(False, []), key=lambda each: each.opened_at), ended
