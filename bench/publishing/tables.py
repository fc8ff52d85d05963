"""What was measured, for people and for programs: medians of all rounds, and ratios of the same round's figures."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from measuring import Lateness, Throughput
from processes import NODE

NAMES = {"ours": "AIPromote's own worker", **NODE}
YARDSTICK = "prisma"
FASTER = {0: 5.0, 30: 2.5}
"""Goals by latency in ms: at least so many times the yardstick's posts per second."""
MOST_CPU, MOST_MB, MOST_LATE = 0.5, 130.0, 1.0
_WIDTHS = (8, 9, 10, 12, 9, 8, 8, 6, 7)


@dataclass
class Results:
    """All rounds of all variants."""

    throughput: dict[tuple[str, int, int], list[Throughput]] = field(default_factory=dict)
    """By variant, latency in ms, and number of workers."""
    lateness: dict[str, list[Lateness]] = field(default_factory=dict)
    """By variant."""


def ratio(over: Sequence[Any], base: Sequence[Any], of: Callable[[Any], float]) -> float:
    """The median of the rounds' own ratios: a busy moment of the machine hits both sides of a round."""
    return statistics.median(of(one) / of(other) for one, other in zip(over, base, strict=True))


def median(rounds: Sequence[Any], of: Callable[[Any], float]) -> float:
    """Of one figure over all rounds."""
    return statistics.median(of(one) for one in rounds)


def speed(one: Throughput) -> float:
    """Posts per second."""
    return one.posts_per_second


def rows(results: Results) -> list[dict[str, Any]]:
    """One for each variant, latency and number of workers, with its ratios to the yardstick and to one worker."""
    found = []
    for (variant, latency, workers), rounds in sorted(results.throughput.items(), key=_order):
        row: dict[str, Any] = {"variant": variant, "latency_ms": latency, "workers": workers}
        row["posts_per_second"] = round(median(rounds, speed), 1)
        for column, base in (("times_prisma", (YARDSTICK, latency, 1)), ("times_one_worker", (variant, latency, 1))):
            known = results.throughput.get(base)
            row[column] = round(ratio(rounds, known, speed), 2) if known else None
        for name in ("worker", "postgres", "valkey", "network"):
            row[f"{name}_cpu_per_1000"] = round(median(rounds, lambda one, name=name: getattr(one.cpu, name)), 3)
        row["peak_mb"] = round(median(rounds, lambda one: one.peak_mb))
        row["lost"], row["twice"] = sum(one.lost for one in rounds), sum(one.twice for one in rounds)
        found.append(row)
    return found


def verdicts(results: Results) -> list[dict[str, Any]]:
    """The goals: what was found, what was wanted, and whether that is so."""
    found = []
    for row in rows(results):
        if row["variant"] != "ours" or row["workers"] != 1:
            continue
        at, goal = f"{row['latency_ms']} ms", FASTER.get(row["latency_ms"])
        if goal and row["times_prisma"]:
            found.append(_verdict(f"times the Prisma stack's speed, {at}", row["times_prisma"], goal, least=True))
        found.append(_verdict(f"CPU s per 1,000 posts, {at}", row["worker_cpu_per_1000"], MOST_CPU))
        found.append(_verdict(f"peak memory in MB, {at}", row["peak_mb"], MOST_MB))
    if {"ours", YARDSTICK} <= results.lateness.keys():
        own, other = results.lateness["ours"], results.lateness[YARDSTICK]
        for name in ("p50", "p99"):
            times = ratio(own, other, lambda one, name=name: getattr(one, name))
            found.append(_verdict(f"lateness {name} over delayed jobs'", round(times, 2), MOST_LATE))
    return found


def text(results: Results) -> str:
    """For people."""
    heads = ("latency", "posts/s", "x Prisma", "CPU s/1000", "peak MB", "PG CPU", "Valkey", "lost", "twice")
    lines = ["".join([" " * 38, *(f"{head:>{width}}" for head, width in zip(heads, _WIDTHS, strict=True))])]
    for row in rows(results):
        workers = f", {row['workers']} processes" if row["workers"] > 1 else ""
        cells = (
            f"{row['latency_ms']} ms",
            f"{row['posts_per_second']:.0f}",
            f"{row['times_prisma']:.2f}" if row["times_prisma"] else "",
            f"{row['worker_cpu_per_1000']:.2f}",
            f"{row['peak_mb']:.0f}",
            f"{row['postgres_cpu_per_1000']:.2f}",
            f"{row['valkey_cpu_per_1000']:.2f}",
            f"{row['lost']}",
            f"{row['twice']}",
        )
        name = f"{NAMES[row['variant']] + workers:38}"
        lines.append("".join([name, *(f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))]))
    for variant, rounds in results.lateness.items():
        p50, p99 = (median(rounds, lambda one, name=name: getattr(one, name)) * 1000 for name in ("p50", "p99"))
        lost, twice = sum(one.lost for one in rounds), sum(one.twice for one in rounds)
        lines.append(f"{NAMES[variant]:38}lateness p50 {p50:.0f} ms, p99 {p99:.0f} ms; lost {lost}, twice {twice}")
    lines += [
        f"  {one['what']:46}{one['found']:>8}  goal {one['goal']:<10}{one['verdict']}" for one in verdicts(results)
    ]
    return "\n".join(lines)


def as_dict(results: Results, *, machine: str, without_node: str) -> dict[str, Any]:
    """For programs."""
    lateness = {variant: [vars(one) for one in rounds] for variant, rounds in results.lateness.items()}
    facts: dict[str, Any] = {"machine": machine, "without_node": without_node, "throughput": rows(results)}
    return facts | {"lateness": lateness, "verdicts": verdicts(results)}


def _verdict(what: str, found: float, goal: float, *, least: bool = False) -> dict[str, Any]:
    is_met = found >= goal if least else found <= goal
    wanted = f"{'≥' if least else '≤'} {goal:g}"
    return {"what": what, "found": found, "goal": wanted, "verdict": "ok" if is_met else "MISSED"}


def _order(item: tuple[tuple[str, int, int], Any]) -> tuple[int, int, int]:
    variant, latency, workers = item[0]
    return latency, [*NODE, "ours"].index(variant), workers
