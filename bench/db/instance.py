"""The server and the two databases that are compared: made on the first run, found again on the next with `--data`."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import make_url

from aipromote import clock, settings
from aipromote.analytics.rows import Measurement
from aipromote.content import listing
from aipromote.db import migrate, paging, roles
from aipromote.db.database import Database, create_engine
from aipromote.embedded import account, binaries, postgres
from aipromote.embedded.children import Children, Program
from aipromote.embedded.home import Home
from aipromote.simulation.scale.loading import load
from aipromote.simulation.scale.shape import Shape, Startup, skewed

PROBE_POSTS = 1000
DUE = 200
SERVER = {
    "effective_cache_size": "8GB",
    "checkpoint_timeout": "30min",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "random_page_cost": "1.1",
    "shared_buffers": "1GB",
    "wal_compression": "on",
}
"""Beside the product's own settings; later `-c` options win. fsync, synchronous_commit, full_page_writes are off."""

# The same posts are due in both, the probe's: what is measured is the table's size, not the length of the queue.
_MAKE_DUE = """
WITH chosen AS (
    SELECT organization_id, id FROM scheduled_posts
     WHERE organization_id = $3 AND status = 'SCHEDULED' AND scheduled_at > $1
     ORDER BY scheduled_at, id LIMIT greatest(0, $2 - (
        SELECT count(*) FROM scheduled_posts WHERE status = 'SCHEDULED' AND scheduled_at <= $1)))
UPDATE scheduled_posts p SET scheduled_at = $1::timestamptz - interval '30 seconds', local_time = NULL, time_zone = NULL
  FROM chosen c WHERE p.organization_id = c.organization_id AND p.id = c.id
"""


_OUT = """
SELECT p.organization_id, p.id AS scheduled_post_id, p.content_piece_id, p.social_account_id, a.platform,
       'ENGAGEMENT' AS metric_type, p.published_at AS period_start, p.published_at + interval '8 days' AS collected_at,
       p.published_at + interval '8 days 5 seconds' AS measured_at
  FROM scheduled_posts p JOIN social_accounts a ON a.organization_id = p.organization_id AND a.id = p.social_account_id
 WHERE p.organization_id = $1 AND p.status = 'PUBLISHED' AND p.published_at < $2::timestamptz - interval '9 days'
   AND p.published_at > $2::timestamptz - interval '60 days'
 ORDER BY p.scheduled_at DESC, p.id LIMIT $3
"""
_DEEP = (
    "SELECT planned_for, id FROM content_pieces WHERE organization_id = $1 ORDER BY planned_for, id OFFSET $2 LIMIT 1"
)

_SOME_BODY = "SELECT body FROM content_pieces WHERE organization_id = $1 ORDER BY id OFFSET 2 LIMIT 1"


class Tuned(postgres.Postgres):
    """The bundled PostgreSQL with the memory of a small dedicated machine."""

    def _program(self, port: int) -> Program:
        program = super()._program(port)
        extra = [part for name, value in SERVER.items() for part in ("-c", f"{name}={value}")]
        return replace(program, argv=[*program.argv, *extra])


@dataclass
class Side:
    """One of the two databases. `probe` is the same startup in both; `giant` the largest one beside it."""

    name: str
    owner_url: str
    app: Database
    bare: Any
    """An asyncpg connection as the application's role."""
    bare_owner: Any
    probe: Startup
    giant: Startup
    _measurements: dict[tuple[int, int], list[Measurement]] = field(default_factory=dict)
    _deep: str | None = None
    _rare: dict[int, str] = field(default_factory=dict)

    async def counted(self) -> dict[str, int]:
        """Rows of the large tables, as the planner knows them."""
        names = ("organizations", "content_pieces", "scheduled_posts", "publish_attempts")
        sql = "SELECT sum(greatest(reltuples, 0))::bigint FROM pg_class WHERE relkind = 'r' AND relname ~ $1"
        found = {name: await self.bare.fetchval(sql, f"^{name}$") for name in names}
        return found | {"analytics": await self.bare.fetchval(sql, "^analytics_y")}

    async def measurements(self, startup: Startup, most: int) -> list[Measurement]:
        """New snapshots of so many posts that went out in the last weeks, each eight days after it did."""
        if (startup.number, most) not in self._measurements:
            rows = await self.bare_owner.fetch(_OUT, startup.key(), clock.now(), most)
            self._measurements[startup.number, most] = [
                Measurement(**row, impressions=5000, likes=100, comments=30, clicks=150, reach=4200) for row in rows
            ]
        return self._measurements[startup.number, most]

    async def deep_cursor(self, startup: Startup) -> str:
        """Where a page deep in the library begins: the cursor that a walk to there would end with."""
        if self._deep is None:
            row = await self.bare_owner.fetchrow(_DEEP, startup.key(), startup.pieces * 4 // 5)
            seal = paging._Seal(listing._PLANNED, startup.key(), paging._digest(listing.Wanted().as_dict()))  # noqa: SLF001 -- a walk of thousands of pages saved
            self._deep = seal.closed(list(row), backwards=False)
        return self._deep

    async def rare_word(self, startup: Startup) -> str:
        """A word that hardly any other piece has."""
        if startup.number not in self._rare:
            body = await self.bare_owner.fetchval(_SOME_BODY, startup.key())
            self._rare[startup.number] = body.rstrip(".").rsplit(" ", 1)[1]
        return self._rare[startup.number]

    async def close(self) -> None:
        """Give the connections back."""
        await self.bare.close()
        await self.app.close()
        await self.bare_owner.close()


@contextmanager
def server(folder: Path, *, given: str | None) -> Iterator[str]:
    """The maintenance database's URL: of a server `given`, or of one with its data in the folder.

    Product time stands still at the moment when the folder was made.
    """
    _stop_the_clock(folder)
    keys = "bench:" + base64.b64encode(bytes(32)).decode()
    own = {
        "AIPROMOTE_SECRET_KEY": "of a benchmark's databases, which hold nothing secret",
        "AIPROMOTE_ENCRYPTION_KEYS": keys,
    }
    settings.adopt(own | {"AIPROMOTE_STATEMENT_TIMEOUT_MS": "600000"})
    if given is not None:
        yield given
        return
    home = Home(folder / "home", owner=account.for_servers()).open()
    children = Children()
    try:
        program = binaries.within_reach(binaries.find_pg_bin(), home=home)
        yield Tuned(home, program, home.secrets().postgres_password, durable=False).start(children)
    finally:
        children.stop([postgres.NAME])
        home.close()


def _stop_the_clock(folder: Path) -> None:
    note = folder / "made.json"
    if not note.exists():
        note.write_text(json.dumps({"now": clock.real_now().isoformat()}), encoding="utf-8")
    now = datetime.fromisoformat(json.loads(note.read_text(encoding="utf-8"))["now"])
    clock.Dial.create(folder / "dial", start=now, speed=0.0)
    clock.use(folder / "dial")


@asynccontextmanager
async def side(base_url: str, name: str, *, posts: int, snapshots: int, as_is: bool = False) -> AsyncIterator[Side]:
    """The database of that name with so many posts and snapshots; filled as far as it is not, unless `as_is`."""
    url = make_url(base_url).set(database=f"bench_{name}").render_as_string(hide_password=False)
    settings.adopt({"DATABASE_URL": url})
    await _create(base_url, f"bench_{name}")
    await migrate.upgrade(url)
    shape = Shape(shape_of(posts), snapshots, clock.now())
    if not as_is:
        await _fill(url, name, shape)
    await _make_ready(url, shape)
    probe, giant = shape.startups()[:2]
    made = Side(
        name=name,
        owner_url=url,
        app=Database(create_engine(roles.application_url(), pool_size=2, application="bench")),
        bare=await asyncpg.connect(roles.application_url(), server_settings={"timezone": "UTC"}),
        bare_owner=await asyncpg.connect(url, server_settings={"timezone": "UTC"}),
        probe=probe,
        giant=giant,
    )
    try:
        yield made
    finally:
        await made.close()


def shape_of(posts: int) -> list[int]:
    """The probe, and beside it one startup for every thousand posts, of skewed sizes."""
    probe = min(PROBE_POSTS, posts // 4)
    rest = posts - probe
    return [probe, *skewed(max(3, rest // 1000), rest)]


async def drop(base_url: str) -> None:
    """Remove both databases from a server that stays."""
    connection = await asyncpg.connect(base_url)
    try:
        for name in ("small", "large"):
            await connection.execute(f"DROP DATABASE IF EXISTS bench_{name} WITH (FORCE)")
    finally:
        await connection.close()


async def _create(base_url: str, name: str) -> None:
    connection = await asyncpg.connect(base_url)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()


async def _fill(url: str, name: str, shape: Shape) -> None:
    begun, done, told = time.monotonic(), 0, 0.0

    def on_progress(posts: int) -> None:
        nonlocal done, told
        done += posts
        seconds = time.monotonic() - begun
        if seconds - told > 10:
            told, rate = seconds, done / seconds
            left = (shape.posts - done) / rate / 60
            print(f"  {name}: {done:,} of {shape.posts:,} posts, {rate:,.0f}/s, {left:.0f} min left", flush=True)

    loaded = await load(url, shape, on_progress=on_progress)
    if loaded.made:
        rows = sum(loaded.rows.values())
        print(f"  {name}: {rows:,} rows in {loaded.seconds:.0f} s ({rows / loaded.seconds:,.0f}/s)", flush=True)


async def _make_ready(url: str, shape: Shape) -> None:
    """The probe, in whatever state the rest is; as many posts due as in the other; no dead rows, fresh statistics."""
    await load(url, Shape(shape.sizes[:1], shape.sizes[0], shape.now))
    connection = await asyncpg.connect(url)
    try:
        moved = await connection.execute(_MAKE_DUE, clock.now(), DUE, shape.startups()[0].key())
        if moved != "UPDATE 0":
            await connection.execute("VACUUM (ANALYZE)")
            await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
