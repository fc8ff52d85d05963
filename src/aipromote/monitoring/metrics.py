"""The same facts and checks for Prometheus: counts only, in its text format.

What is counted in `aipromote.jobs.tally` appears under its own name with `aipromote_` before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from aipromote import __version__, clock
from aipromote.jobs.kinds import QUEUES
from aipromote.jobs.tally import Counter, Histogram, Tally
from aipromote.monitoring.looking import Carried, Facts, Rows
from aipromote.monitoring.report import Report

PATH = "/metrics"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PREFIX = "aipromote_"
_STATES = ("waiting", "prioritized", "delayed", "active", "failed")
_MEANINGS = {
    "jobs_total": "Runs of jobs, by how they ended.",
    "jobs_dropped_total": "Jobs that were malformed, of a kind that nobody handles, or about rows that are gone.",
    "job_seconds": "How long a run of a job took.",
    "posts_total": "What became of posts, by outcome and reason. Canaries are not among them.",
    "post_lateness_seconds": "From when a post was due until it was out.",
    "call_seconds": "How long a call that publishes took, by platform.",
    "reconciled_total": "What was found out about calls without an answer.",
    "token_refreshes_total": "Tokens that were to be renewed, by platform and what came of it.",
}


One = TypeVar("One", Counter, Histogram)
Labels = tuple[tuple[str, str], ...]


def text(report: Report) -> bytes:
    """Everything, as Prometheus reads it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once([*_families(report)]))
    return generate_latest(registry)


class _Once(Collector):
    """What was collected already."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _families(report: Report) -> Iterator[Metric]:
    facts = report.facts
    yield _gauge("info", "The release that answers.", {(("version", __version__),): 1})
    checks = {_labels(name=check.name, subject=check.subject): float(not check.is_red) for check in report.checks}
    yield _gauge("check", "1 while all is well with it, 0 while somebody must look at it.", checks)
    yield from _database(facts)
    if facts.rows is not None:
        yield from _rows(facts.rows)
    if facts.carried is not None:
        yield from _carried(facts.carried)
        yield from _counted(facts.carried.tally)


def _database(facts: Facts) -> Iterator[Metric]:
    health, pool = facts.database, facts.pool
    uses = {"kept": pool.size, "in_use": pool.in_use, "overflow": pool.overflow, "waited_for": pool.waiting}
    yield _gauge("database_pool", "Connections of the web process that answers, by use.", _by("use", uses))
    if health.latency_ms is not None:
        yield _gauge("database_latency_seconds", "One way there and back.", {(): health.latency_ms / 1000})
    counts = {"used": health.connections_used, "most": health.connections_max}
    known = {name: count for name, count in counts.items() if count is not None}
    yield _gauge("database_connections", "Connections of the server, all programs together.", _by("count", known))


def _rows(rows: Rows) -> Iterator[Metric]:
    now = clock.now()
    owed = {queue.name: 0.0 for queue in QUEUES} | {item.queue: float(item.owed) for item in rows.overdue}
    ages = {queue.name: 0.0 for queue in QUEUES}
    ages |= {item.queue: (now - item.oldest).total_seconds() for item in rows.overdue if item.oldest is not None}
    yield _gauge("late_rows", "Rows that were due longer ago than the limit for posts.", _by("queue", owed))
    yield _gauge("late_oldest_seconds", "How long ago the oldest of them was due.", _by("queue", ages))
    yield _gauge("incidents_open", "Incidents that are not over.", {(): rows.incidents_open})
    held = {"organizations": len(rows.held), "posts": sum(one.waiting for one in rows.held)}
    yield _gauge("publishing_held", "Where nothing goes out until a person says so.", _by("what", held))
    risks = {"at_risk": rows.forecasts.get("AT_RISK", 0)}
    risks["in_all"] = sum(rows.forecasts.values())
    yield _gauge("forecast_posts", "Posts of the next two days that were looked at ahead.", _by("count", risks))
    arrived = rows.canary_arrived
    if arrived is not None and arrived.delay is not None:
        delay, age = arrived.delay.total_seconds(), (now - arrived.due_at).total_seconds()
        yield _gauge("canary_delay_seconds", "How late the last canary that arrived was published.", {(): delay})
        yield _gauge("canary_age_seconds", "How long ago the last canary that arrived was due.", {(): age})


def _carried(carried: Carried) -> Iterator[Metric]:
    queues, beats = carried.health.queues, carried.health.processes
    states = {
        _labels(queue=queue.name, state=state): float(getattr(queue, state)) for queue in queues for state in _STATES
    }
    yield _gauge("queue_jobs", "Jobs in a queue, by state.", states)
    yield _gauge(
        "queue_paused", "1 while it is paused.", _by("queue", {queue.name: float(queue.paused) for queue in queues})
    )
    yield _gauge(
        "queue_oldest_seconds",
        "How long the job waits that has been ready for longest.",
        _by("queue", {queue.name: queue.oldest_waiting_seconds or 0.0 for queue in queues}),
    )
    alive = [beat for beat in beats if beat.role == "worker" and beat.alive]
    serving = {queue.name: float(sum(queue.name in beat.queues for beat in alive)) for queue in queues}
    yield _gauge("workers", "Workers that are alive, by the queue that they serve.", _by("queue", serving))
    stagers = [beat.seconds_ago for beat in beats if beat.role == "stager"]
    if stagers:
        yield _gauge("stager_seconds", "When a stager last gave a sign of life, seconds ago.", {(): min(stagers)})
    memory = {"used": float(carried.info.get("used_memory") or 0), "most": float(carried.info.get("maxmemory") or 0)}
    yield _gauge("redis_memory_bytes", "Memory of Redis; most is 0 where it has no limit.", _by("count", memory))


def _counted(tally: Tally) -> Iterator[Metric]:
    for name, counters in _grouped(tally.counters).items():
        names = sorted({label for one in counters for label in one.labels})
        counter = CounterMetricFamily(_PREFIX + name.removesuffix("_total"), _meaning(name), labels=names)
        for one in counters:
            counter.add_metric([one.labels.get(label, "") for label in names], one.value)
        yield counter
    for name, histograms in _grouped(tally.histograms).items():
        names = sorted({label for one in histograms for label in one.labels})
        histogram = HistogramMetricFamily(_PREFIX + name, _meaning(name), labels=names)
        for each in histograms:
            histogram.add_metric([each.labels.get(label, "") for label in names], list(each.buckets), each.sum)
        yield histogram


def _grouped(found: Iterable[One]) -> dict[str, list[One]]:
    groups: dict[str, list[One]] = {}
    for one in found:
        groups.setdefault(one.name, []).append(one)
    return groups


def _labels(**labels: str) -> Labels:
    return tuple(labels.items())


def _by(label: str, values: Mapping[str, float]) -> dict[Labels, float]:
    return {((label, name),): value for name, value in values.items()}


def _gauge(name: str, meaning: str, values: Mapping[Labels, float]) -> GaugeMetricFamily:
    names = [label for label, _ in next(iter(values), ())]
    family = GaugeMetricFamily(_PREFIX + name, meaning, labels=names)
    for labels, value in values.items():
        family.add_metric([text for _, text in labels], value)
    return family


def _meaning(name: str) -> str:
    return _MEANINGS.get(name, name.replace("_", " ").capitalize() + ".")
