"""Fifty people at once, in twenty organizations: `.venv/bin/python bench/web/people.py`.

Starts PostgreSQL, Valkey and one web process of its own, with the product's own settings. Everybody signs in and clicks
through pages and forms as fast as they are answered: opens, writes, saves, comments, approves, moves. Afterwards each
thing that somebody was told is done is looked for in the database. Printed are requests in a second, the median and the
95th of a hundred in milliseconds, database connections at most, answers that failed and writes that are lost; the
command fails when there is one of these. It ends after so many requests or seconds, whichever comes first.

    --people N --organizations N --requests N --seconds N
    --json          machine-readable
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from contextlib import AsyncExitStack, suppress
from typing import Any
from uuid import UUID

import psutil
from clicking import Person, Tally, Told
from company import found
from scene import Scene, connected, scene, signed_in

from aipromote.db import migrate
from aipromote.db.database import Database

_CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'aipromote web'"


def arguments() -> argparse.Namespace:
    """From the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--organizations", type=int, default=20)
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--seconds", type=float, default=240)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


async def crowd(place: Scene, given: argparse.Namespace) -> dict[str, Any]:
    """Let them click; the facts."""
    await migrate.upgrade(place.url)
    database = Database.from_settings("bench", pool_size=2)
    members = await found(database, organizations_wanted=given.organizations, people=given.people)
    await database.close()
    place.serve()
    tally, most = Tally(), 0
    async with AsyncExitStack() as stack:
        browsers = [await stack.enter_async_context(signed_in(place, member.user_id)) for member in members]
        begun = time.monotonic()
        until = begun + given.seconds
        looking = asyncio.create_task(_most_connections(place.url))
        people = [
            Person(member, http, place.address, tally, most=given.requests, until=until)
            for member, http in zip(members, browsers, strict=True)
        ]
        async with asyncio.TaskGroup() as group:
            for person in people:
                group.create_task(person.click())
        seconds = time.monotonic() - begun
        looking.cancel()
        most = await looking
    took = sorted(tally.seconds)
    return {
        "people": given.people,
        "requests": len(took),
        "requests_per_second": round(len(took) / seconds, 1),
        "median_ms": round(statistics.median(took) * 1000, 1),
        "p95_ms": round(took[int(len(took) * 0.95)] * 1000, 1),
        "slowest_ms": round(took[-1] * 1000, 1),
        "connections": most,
        "writes": tally.told.writes,
        "failures": tally.failures,
        "lost": await lost(place.url, tally.told),
    }


async def lost(url: str, told: Told) -> list[str]:
    """What people were told is done and is not there, or is there twice."""
    missing = []
    async with connected(url) as connection:
        for piece, body in told.texts.items():
            kept = await connection.fetchval("SELECT body FROM content_pieces WHERE id = $1", UUID(piece))
            bodies = "SELECT count(*) FROM content_revisions WHERE piece_id = $1"
            if (kept, await connection.fetchval(bodies, UUID(piece))) != (body, told.revisions[piece]):
                missing.append(f"text of {piece}")
        for piece, said in told.comments:
            same = "SELECT count(*) FROM piece_comments WHERE piece_id = $1 AND said = $2"
            if await connection.fetchval(same, UUID(piece), said) != 1:
                missing.append(f"comment on {piece}")
        for piece in told.approved:
            posts = "SELECT count(*) FROM scheduled_posts WHERE content_piece_id = $1 AND status = 'SCHEDULED'"
            decided = "SELECT count(*) FROM approvals WHERE piece_id = $1 AND decision = 'APPROVED'"
            if [await connection.fetchval(sql, UUID(piece)) for sql in (posts, decided)] != [1, 1]:
                missing.append(f"approval of {piece}")
        for post, local in told.moved.items():
            if await connection.fetchval("SELECT local_time FROM scheduled_posts WHERE id = $1", UUID(post)) != local:
                missing.append(f"time of {post}")
    return missing


async def _most_connections(url: str) -> int:
    """How many connections the web process had at once at most, looked at ten times a second until cancelled."""
    most = 0
    with suppress(asyncio.CancelledError):
        async with connected(url) as connection:
            while True:
                most = max(most, await connection.fetchval(_CONNECTIONS))
                await asyncio.sleep(0.1)
    return most


def main() -> None:
    given = arguments()
    with scene() as place:
        facts = asyncio.run(crowd(place, given))
    machine = f"{psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}; fsync off; one web process"
    if given.json:
        print(json.dumps({"machine": machine, **facts}, indent=2))
    else:
        print(machine)
        for name, value in facts.items():
            print(f"  {name.replace('_', ' '):22}{len(value) if isinstance(value, list) else value}")
        for line in [*facts["failures"][:10], *facts["lost"][:10]]:
            print(f"  ! {line}")
    sys.exit(bool(facts["failures"] or facts["lost"]))


if __name__ == "__main__":
    main()
