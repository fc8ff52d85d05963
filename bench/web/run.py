"""How long pages take that stand on few posts and on many: `.venv/bin/python bench/web/run.py`.

Starts PostgreSQL, Valkey and a web process of its own, fills one database with an organization of `--small` posts and
one of `--large`, and opens the same pages in both, signed in, over HTTP on a loopback port, in interleaved rounds.
Printed are medians, the median of the rounds' ratios, and how many statements each page sends. `long` has the small
one's present and three years of history behind it: its pages show as much, so they should take as long. Ratios travel
between machines; milliseconds do not.

    --busy          a third organization, of as many posts in every week of three years, and more on its pages
    --data FOLDER   keep the database there, and use it again (otherwise it is deleted)
    --only WORDS    of the pages, those whose name has these words (or these,or these)
    --explain       print the plans of what missed its goal, as the server ran them
    --json          machine-readable
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import psutil
from pages import Case, cases_of, measure, table
from scene import Scene, fill, scene, signed_in
from statements import count


def arguments() -> argparse.Namespace:
    """From the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--small", type=int, default=100)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


async def compare(place: Scene, given: argparse.Namespace) -> list[Case]:
    """Measure everything."""
    made = await fill(place.url, small=given.small, large=given.large, busy=given.busy)
    place.serve()
    async with AsyncExitStack() as stack:
        people = {one.name: await stack.enter_async_context(signed_in(place, one.owner)) for one in made}
        cases = await cases_of(place.url, place.address, people, made)
        cases = [case for case in cases if any(words in case.name for words in given.only.split(","))]
        await measure(place.address, people, cases, rounds=given.rounds)
        plans = await count(place, people, cases)
        if given.explain:
            print(plans, file=sys.stderr)
    return cases


def main() -> None:
    given = arguments()
    with scene(given.data) as place:
        cases = asyncio.run(compare(place, given))
    machine = f"{psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}"
    if given.json:
        facts = {"machine": machine, "rounds": given.rounds, "cases": [case.as_dict() for case in cases]}
        print(json.dumps(facts, indent=2))
        return
    print(f"{machine}; fsync off; {given.small:,} and {given.large:,} posts; {given.rounds} interleaved rounds, warm")
    print(table(cases))


if __name__ == "__main__":
    main()
