"""What is found of workers, the stager, the queues and the rows that they should have worked on, as checks."""

from __future__ import annotations

from collections.abc import Iterator

from aipromote import clock
from aipromote.db.doors import Overdue
from aipromote.jobs.health import QueueHealth
from aipromote.jobs.kinds import ANALYTICS, EMAIL, PUBLISHING, QUEUES, Queue
from aipromote.jobs.pulse import ALIVE_SECONDS, BEAT_SECONDS, Beat
from aipromote.monitoring.checks import Check
from aipromote.monitoring.looking import Carried, Facts, Rows
from aipromote.monitoring.safety import safe_until
from aipromote.monitoring.states import Area, State
from aipromote.monitoring.words import POSTS_ARE_SAFE, counted, duration, moment
from aipromote.publishing.jobs import PUBLISH_POST

_START_WORKER = (
    "Start one: `aipromote up`, or `docker compose up -d worker`. One that runs and hangs: "
    "`docker compose restart worker`, or stop and start `aipromote up`. What it said last stands in its log "
    "(in the data folder: logs/worker.log)."
)
_LOOK = "`aipromote health` says more, `aipromote queues failed` lists failed jobs with their reasons."
_PATIENCE = {EMAIL.name: 600.0, ANALYTICS.name: 7200.0}
_USUAL_PATIENCE = 1800.0
_STAGER_SECONDS = ALIVE_SECONDS + BEAT_SECONDS
"""It lives in the worker. Where both went, the worker is missed first."""


def queue_checks(facts: Facts) -> list[Check]:
    """Everything about the queues that the servers that answer can tell."""
    checks: list[Check] = []
    if facts.carried is not None:
        checks += _processes(facts, facts.carried)
        checks += [check for queue in facts.carried.health.queues for check in _queue(facts, queue)]
    if facts.rows is not None:
        checks += _late(facts, facts.rows)
        checks.append(_held(facts.rows))
    return checks


def _processes(facts: Facts, carried: Carried) -> Iterator[Check]:
    beats = carried.health.processes
    alive = [beat for beat in beats if beat.role == "worker" and beat.alive]
    yield _workers(facts, beats, alive)
    for queue in QUEUES:
        serving = sum(queue.name in beat.queues for beat in alive)
        yield Check(
            "worker",
            Area.QUEUES,
            State.OK if serving else State.RED,
            f"{counted(serving, 'worker')} alive." if serving else f"No worker serves the queue {queue.name}.",
            "" if serving else safe_until(facts, "a worker serves it again", queue=queue.name),
            "" if serving else _START_WORKER,
            subject=queue.name,
            facts={"alive": serving},
        )
    yield _stager(facts, [beat for beat in beats if beat.role == "stager"])


def _workers(facts: Facts, beats: tuple[Beat, ...], alive: list[Beat]) -> Check:
    told = {"alive": len(alive)}
    if alive:
        return Check("workers", Area.QUEUES, State.OK, f"{counted(len(alive), 'worker')} alive.", facts=told)
    last = min((beat.seconds_ago for beat in beats if beat.role == "worker"), default=None)
    heard = "" if last is None else f" The last one was heard of {duration(last)} ago."
    return Check(
        "workers",
        Area.QUEUES,
        State.RED,
        "No worker is running, so that nothing is published.",
        safe_until(facts, "a worker runs again") + heard,
        _START_WORKER,
        facts=told,
    )


def _stager(facts: Facts, beats: list[Beat]) -> Check:
    """Alive is one that beats; one that beats and cannot read a source is as good as dead for that source."""
    alive = [beat for beat in beats if beat.seconds_ago < _STAGER_SECONDS]
    if not alive:
        return Check(
            "stager",
            Area.QUEUES,
            State.RED,
            "Nobody looks for what is due: no stager is running.",
            safe_until(facts, "one runs again"),
            _START_WORKER,
            facts={"alive": 0},
        )
    blind = sorted(set.intersection(*(_unseen(beat) for beat in alive)))
    told = {"alive": len(alive), "blind": blind}
    if not blind:
        return Check("stager", Area.QUEUES, State.OK, "What is due is looked for.", facts=told)
    return Check(
        "stager",
        Area.QUEUES,
        State.RED,
        f"What is due of {', '.join(blind)} cannot be looked up.",
        safe_until(facts, "it can be looked up again")
        if PUBLISH_POST.name in blind
        else "Nothing is lost: it waits in PostgreSQL until it can be looked up again. Posts go out all the same.",
        "The worker's log says why (`source not staged`).",
        facts=told,
    )


def _unseen(stager: Beat) -> set[str]:
    """The kinds of jobs whose due rows it could not read the last time, or has not read for too long: it hangs."""
    looks = stager.facts.get("looks", {})
    hanging = {kind for kind, look in looks.items() if look["seconds_ago"] > look["late_after"]}
    return hanging | set(stager.facts.get("errors", {}))


def _queue(facts: Facts, queue: QueueHealth) -> Iterator[Check]:
    ready = queue.waiting + queue.prioritized
    yield _paused(facts, queue, ready)
    patience = _patience(facts, queue.name)
    age = queue.oldest_waiting_seconds or 0.0
    is_stuck = age > patience and not queue.paused
    yield Check(
        "waiting",
        Area.QUEUES,
        State.RED if is_stuck else State.OK,
        f"A job of the queue {queue.name} has waited for {duration(age)}." if is_stuck else "No job waits too long.",
        safe_until(facts, "the workers get to them", queue=queue.name) if is_stuck else "",
        f"The workers are too few, or hang. {_START_WORKER}" if is_stuck else "",
        subject=queue.name,
        facts={"waiting": ready, "oldest_seconds": round(age, 1), "limit_seconds": patience},
    )
    failed = queue.failed_last_minute
    yield Check(
        "failed",
        Area.QUEUES,
        State.WARN if failed else State.OK,
        f"{counted(failed, 'job')} of the queue {queue.name} failed for good within the last minute."
        if failed
        else f"No job failed for good lately; {queue.failed:,} of before are kept."
        if queue.failed
        else "No job failed for good lately.",
        "Their rows say what is still to be done." if failed else "",
        "`aipromote queues failed` lists them with their reasons." if failed else "",
        subject=queue.name,
        facts={"last_minute": failed, "kept": queue.failed},
    )


def _paused(facts: Facts, queue: QueueHealth, ready: int) -> Check:
    if not queue.paused:
        return Check("paused", Area.QUEUES, State.OK, "It is not paused.", subject=queue.name)
    return Check(
        "paused",
        Area.QUEUES,
        State.RED if ready else State.WARN,
        f"The queue {queue.name} is paused, and {counted(ready, 'job')} of it {'waits' if ready == 1 else 'wait'}."
        if ready
        else f"The queue {queue.name} is paused.",
        safe_until(facts, "it is resumed", queue=queue.name),
        f"Somebody paused it. Let it go on: `aipromote queues resume {queue.name}`.",
        subject=queue.name,
        facts={"waiting": ready},
    )


def _late(facts: Facts, rows: Rows) -> Iterator[Check]:
    """What was due longer ago than it may be, and nobody took. In a simulation time jumps, and says nothing here."""
    by_queue = {item.queue: item for item in rows.overdue if item.owed}
    for queue in QUEUES:
        item = by_queue.get(queue.name)
        age = 0.0 if item is None or item.oldest is None else (clock.now() - item.oldest).total_seconds()
        is_late = item is not None and age > _patience(facts, queue.name) and not facts.is_simulated
        told: dict[str, object] = {"rows": item.owed if item else 0, "oldest_seconds": round(age, 1)}
        if item is None or not is_late:
            said = "A simulation moves the clock." if facts.is_simulated else "Nothing is late."
            yield Check("late", Area.QUEUES, State.OK, said, subject=queue.name, facts=told)
        else:
            yield _too_late(facts, queue, item, age, told)


def _too_late(facts: Facts, queue: Queue, item: Overdue, age: float, told: dict[str, object]) -> Check:
    what = (
        counted(item.owed, "post") if queue == PUBLISHING else f"{counted(item.owed, 'task')} of the queue {queue.name}"
    )
    return Check(
        "late",
        Area.QUEUES,
        State.RED,
        f"{what} should have been worked on by now, the oldest {duration(age)} ago.",
        safe_until(facts, "a worker takes them", queue=queue.name),
        f"{_LOOK} If nothing moves: {_START_WORKER}",
        subject=queue.name,
        facts=told,
    )


def _patience(facts: Facts, queue: str) -> float:
    """Seconds after which something of this queue is late."""
    limit = facts.config.late_alert_seconds
    return limit if queue == PUBLISHING.name else max(limit, _PATIENCE.get(queue, _USUAL_PATIENCE))


def _held(rows: Rows) -> Check:
    """By intent, so nobody is woken for it; but nobody may forget it, either."""
    waiting = sum(one.waiting for one in rows.held)
    told = {"organizations": len(rows.held), "posts": waiting}
    if not rows.held:
        return Check("publishing-held", Area.QUEUES, State.OK, "Publishing is not held.", facts=told)
    since = min(one.held_at for one in rows.held)
    return Check(
        "publishing-held",
        Area.QUEUES,
        State.WARN,
        f"Publishing of {counted(len(rows.held), 'organization')} is held since {moment(since)}, and "
        f"{counted(waiting, 'post')} came due there.",
        f"{POSTS_ARE_SAFE} It is so since the data was restored or imported.",
        "Let it go on: `aipromote posts release`.",
        facts=told,
    )
