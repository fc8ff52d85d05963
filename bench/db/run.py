"""How the database's work grows with its rows: `.venv/bin/python bench/db/run.py`.

Starts a PostgreSQL of its own, fills two databases (`--small` and `--large` posts; the first startup is the same in
both, to the letter), and asks both the same questions through the product's own code, in interleaved rounds. Printed
are medians in milliseconds, their ratio, the goal and the verdict. Ratios travel between machines; milliseconds do not.

    --data FOLDER   keep the databases there, and use them again (otherwise they are deleted)
    --server URL    use this server's superuser; its databases bench_small and bench_large are made and dropped
    --as-is         measure what an interrupted filling left, without going on with it
    --only WORDS    of the cases, those whose name has these words (or these,or these)
    --explain       print the plans of what missed its goal (of everything with --explain=all)
    --once          ask everything once: to see that it works
    --json          machine-readable

Ten million posts need about 30 GB, and an hour to fill on two cores. Crash safety (fsync) is off: what is measured
reads, or is undone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import shutil
import sys
import tempfile
from pathlib import Path

import psutil
from cases import all_cases
from explaining import explain
from instance import drop, server, side
from measuring import Case, measure, table


def arguments() -> argparse.Namespace:
    """From the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=10_000_000)
    parser.add_argument("--snapshots", type=int, default=10_000_000, help="of the large one")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--server")
    parser.add_argument("--as-is", action="store_true")
    parser.add_argument("--explain", nargs="?", const="missed", choices=("missed", "all"))
    parser.add_argument("--only", default="")
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


async def compare(url: str, folder: Path, given: argparse.Namespace) -> tuple[list[Case], dict[str, object]]:
    """Measure everything; the cases, and what there was to measure."""
    snapshots = min(given.snapshots, given.large)
    async with (
        side(url, "small", posts=given.small, snapshots=given.small) as small,
        side(url, "large", posts=given.large, snapshots=snapshots, as_is=given.as_is) as large,
    ):
        cases = [case for case in all_cases(small, large) if any(words in case.name for words in given.only.split(","))]
        await measure(cases, rounds=given.rounds, once=given.once)
        if given.explain:
            wanted = [case for case in cases if given.explain == "all" or case.verdict == "MISSED"]
            print(await explain(wanted, small, large, log=folder / "home" / "logs" / "postgres.log"), file=sys.stderr)
        rows = {one.name: await one.counted() for one in (small, large)}
    return cases, rows


def main() -> None:
    given = arguments()
    folder = given.data or Path(tempfile.mkdtemp(prefix="aipromote-bench-", dir="/var/tmp"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    try:
        with server(folder, given=given.server) as url:
            cases, rows = asyncio.run(compare(url, folder, given))
            if given.server is not None:
                asyncio.run(drop(url))
    finally:
        if given.data is None:
            shutil.rmtree(folder, ignore_errors=True)
    machine = f"{psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GB, {platform.platform()}"
    if given.json:
        facts = {"machine": machine, "rows": rows, "rounds": given.rounds, "cases": [case.as_dict() for case in cases]}
        print(json.dumps(facts, indent=2))
        return
    print(f"{machine}; fsync off; medians of {given.rounds} interleaved rounds, warm")
    for name, counted in rows.items():
        print(f"  {name}: {counted}")
    print(table(cases))


if __name__ == "__main__":
    main()
