"""The publishing pipeline against the usual Node stack: `.venv/bin/python bench/publishing/run.py`.

Work: a due row is claimed, sent over HTTP, and recorded with its attempt. All variants have the same PostgreSQL and
Valkey, as `aipromote up` runs them, the same rows, and the same network (network.py). Ours is the product's own worker
process, with approvals, brand rules, plan, gaps between posts of an account and all other checks; the others are in
bench/peers. Every run gets a fresh copy of the database; the network's ledger tells whether a post was lost or came
twice. Printed are medians of interleaved rounds. Ratios travel between machines; posts per second do not.

    --posts, --organizations   how much work (10,000 posts of 200 organizations)
    --latency-ms 0,30          how long the network takes to answer
    --workers 1,2,4            how many processes of ours to try
    --only WORDS               of: ours, prisma, plain, batched, workers, lateness (several with commas)
    --platform NAME            what the accounts stand in for (TWITTER: its posts keep a gap of 3 s)
    --no-fsync                 without crash safety, to see what the disk costs
    --statements               tell what each run asked of the database
    --json                     machine-readable
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys

import processes
import psutil
import scene
import tables
from measuring import Bench
from tables import Results

from aipromote.documents.vocabulary import Platform

SECTIONS = ("ours", *processes.NODE, "workers", "lateness")
PER_SECOND = 50.0


def numbers(text: str) -> list[int]:
    """From `1,2,4`."""
    return [int(part) for part in text.split(",")]


def arguments() -> argparse.Namespace:
    """From the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--organizations", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency-ms", type=numbers, default=[0, 30])
    parser.add_argument("--workers", type=numbers, default=[1, 2, 4])
    parser.add_argument("--lateness-posts", type=int, default=1000, help=f"at {PER_SECOND:.0f} a second")
    parser.add_argument("--only", default=",".join(SECTIONS))
    parser.add_argument("--platform", type=Platform, default=Platform.TWITTER)
    parser.add_argument("--no-fsync", action="store_true")
    parser.add_argument("--statements", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


async def measure(bench: Bench, given: argparse.Namespace, variants: list[str]) -> Results:
    """Every round does everything once, in one order and then in the other."""
    only, results = given.only.split(","), Results()
    more = [count for count in given.workers if count > 1] if "workers" in only else []
    runs = [(variant, latency, 1) for latency in given.latency_ms for variant in variants if variant in only]
    runs += [("ours", latency, count) for latency in given.latency_ms for count in more]
    for number in range(given.rounds):
        for run in reversed(runs) if number % 2 else runs:
            variant, latency, count = run
            found = await bench.throughput(variant, latency_ms=latency, workers=count)
            results.throughput.setdefault(run, []).append(found)
            tell(
                f"round {number + 1}: {variant}, {latency} ms, {count} worker(s): {found.posts_per_second:.0f} posts/s"
            )
        for variant in [one for one in ("ours", "prisma") if one in variants and "lateness" in only]:
            late = await bench.lateness(variant, posts=min(given.lateness_posts, given.posts), per_second=PER_SECOND)
            results.lateness.setdefault(variant, []).append(late)
            tell(f"round {number + 1}: {variant}, lateness p50 {late.p50 * 1000:.0f} ms, p99 {late.p99 * 1000:.0f} ms")
    return results


def tell(line: str) -> None:
    """How far it is; the results stand on standard output."""
    print(line, file=sys.stderr, flush=True)


async def work(urls: tuple[str, str], given: argparse.Namespace, variants: list[str]) -> Results:
    how_much = {"posts": given.posts, "organizations": given.organizations}
    made = await scene.make(*urls, **how_much, platform=given.platform)
    async with processes.network() as network:
        return await measure(Bench(made, network, counts_statements=given.statements), given, variants)


def main() -> None:
    given = arguments()
    missing = processes.node_is_missing()
    if missing:
        tell(f"without the Node variants: {missing}")
    variants = ["ours"] if missing else ["ours", *processes.NODE]
    with scene.servers(durable=not given.no_fsync) as urls:
        results = asyncio.run(work(urls, given, variants))
    machine = f"{psutil.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {platform.platform()}"
    if given.json:
        print(json.dumps(tables.as_dict(results, machine=machine, without_node=missing), indent=2))
        return
    print(
        f"{machine}; fsync {'off' if given.no_fsync else 'on'}; {given.posts:,} posts of {given.organizations}"
        f" organizations on {given.platform.label}; medians of {given.rounds} interleaved rounds"
    )
    print(tables.text(results))


if __name__ == "__main__":
    main()
