"""What the page about the queues shows: each queue, and every process that works on them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aipromote import clock
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.connection import UNREACHABLE
from aipromote.jobs.health import QueueHealth
from aipromote.jobs.kinds import QUEUES
from aipromote.jobs.pulse import ALIVE_SECONDS, Beat
from aipromote.jobs.throughput import Minute, throughput
from aipromote.languages import _, lazy, ngettext
from aipromote.monitoring.looking import PATIENCE_SECONDS
from aipromote.monitoring.patience import within
from aipromote.monitoring.report import Report
from aipromote.web.operations.charts import Chart, chart
from aipromote.web.operations.phrases import lasting
from aipromote.web.operations.truth import state_of_queue
from aipromote.web.words import State

_ALIVE = State(lazy("Alive"), "published", "done")
_DEAD = State(lazy("Dead"), "failed", "cross")
_SILENT = State(lazy("Silent"), "risk", "warn")


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One queue. What only Redis knows is None while it does not answer; what only PostgreSQL knows, likewise."""

    name: str
    state: State
    counts: QueueHealth | None
    workers: int | None
    late: int | None
    late_for: str
    """How long the oldest row has been due; empty while none is late."""
    chart: Chart | None

    @property
    def waiting(self) -> int:
        """Jobs that a worker could begin now."""
        return self.counts.waiting + self.counts.prioritized if self.counts else 0

    @property
    def oldest(self) -> str:
        """For how long the first of them has waited."""
        seconds = self.counts.oldest_waiting_seconds if self.counts else None
        return "" if seconds is None else lasting(seconds)


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """One worker or stager, as it last described itself."""

    beat: Beat
    state: State
    beat_at: datetime
    running: int | None
    trouble: str
    """What keeps it from its work, if it said so."""

    @property
    def silent_for(self) -> str:
        """Since its last beat."""
        return lasting(self.beat.seconds_ago)

    @property
    def up_for(self) -> str:
        """How long it has been running; empty when it did not say."""
        return "" if self.beat.since_seconds is None else lasting(self.beat.since_seconds)


async def queue_rows(found: Report, carrier: Carrier | None, *, zone: str) -> list[QueueRow]:
    """All queues, in the order in which the product lists them."""
    charts = await _charts(carrier, zone=zone) if found.facts.carried is not None and carrier is not None else {}
    carried, rows = found.facts.carried, found.facts.rows
    counts = {queue.name: queue for queue in carried.health.queues} if carried else {}
    late = {item.queue: item for item in rows.overdue} if rows else {}
    shown = []
    for queue in QUEUES:
        item = late.get(queue.name)
        since = item.oldest if item is not None and item.owed else None
        shown.append(
            QueueRow(
                name=queue.name,
                state=state_of_queue(queue.name, found),
                counts=counts.get(queue.name),
                workers=_serving(carried.health.processes, queue.name) if carried else None,
                late=None if rows is None else item.owed if item else 0,
                late_for="" if since is None else lasting((clock.now() - since).total_seconds()),
                chart=charts.get(queue.name),
            )
        )
    return shown


def process_rows(found: Report) -> list[ProcessRow]:
    """Those that live first, workers before stagers."""
    beats = found.facts.carried.health.processes if found.facts.carried else ()
    ordered = sorted(beats, key=lambda beat: (not beat.alive, beat.role != "worker", beat.host, beat.pid))
    return [_process(beat) for beat in ordered]


def _serving(beats: Sequence[Beat], queue: str) -> int:
    return sum(beat.role == "worker" and beat.alive and queue in beat.queues for beat in beats)


def _process(beat: Beat) -> ProcessRow:
    running = beat.facts.get("running")
    blind = beat.facts.get("errors") or {}
    return ProcessRow(
        beat=beat,
        state=_ALIVE if beat.alive else _SILENT if beat.seconds_ago < 2 * ALIVE_SECONDS else _DEAD,
        beat_at=clock.real_now() - timedelta(seconds=beat.seconds_ago),
        running=sum(running.values()) if isinstance(running, dict) else None,
        trouble=_("Cannot look up what is due of %(queues)s.", queues=", ".join(sorted(blind))) if blind else "",
    )


async def _charts(carrier: Carrier, *, zone: str) -> dict[str, Chart]:
    """Side by side; without Redis none, which the page says elsewhere."""
    asked = asyncio.gather(*(throughput(carrier, queue) for queue in QUEUES))
    try:
        found: list[list[Minute]] = await within(PATIENCE_SECONDS, _all(asked))
    except (TimeoutError, *UNREACHABLE):
        return {}
    return {queue.name: chart(minutes, zone=zone) for queue, minutes in zip(QUEUES, found, strict=True)}


async def _all(asked: asyncio.Future[list[list[Minute]]]) -> list[list[Minute]]:
    return await asked


def summary(rows: Sequence[QueueRow]) -> str:
    """All queues in one sentence."""
    waiting, running = sum(row.waiting for row in rows), sum(row.counts.active for row in rows if row.counts)
    begun = ngettext("%(num)s is running", "%(num)s are running", running)
    return ngettext("%(num)s job waits, %(begun)s.", "%(num)s jobs wait, %(begun)s.", waiting, begun=begun)
