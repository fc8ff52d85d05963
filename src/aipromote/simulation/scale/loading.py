"""Putting the startups in, some in each transaction: one that was made is whole, and one that was not left no trace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from time import perf_counter
from typing import Any

import asyncpg
from sqlalchemy import make_url

from aipromote.analytics.jobs import SLOTS
from aipromote.errors import Conflict
from aipromote.simulation.scale import startups, statements, words
from aipromote.simulation.scale.shape import AHEAD, Shape, Startup, batches, pieces_of
from aipromote.simulation.scale.startups import Template

LOADED = (
    *startups.TABLES, "content_pieces", "content_revisions", "approvals", "scheduled_posts", "publish_attempts",
    "analytics", "analytics_latest", "analytics_daily", "analytics_calendars", "usage", "weekly_summaries",
)  # fmt: skip
"""The tables that get rows."""

_LOCK = 7_305_114_883
BATCH = 20_000
"""Posts of one transaction, unless a single startup has more; and of one round of statements, whoever has them."""
_ALL = 2**31 - 1
"""More pieces than a startup has."""
_KEPT_WHOLE = timedelta(seconds=max(SLOTS)) + timedelta(days=8)
"""Younger posts have a snapshot for every slot that has come: nothing is left to collect."""

OnProgress = Callable[[int], None]
"""Called with how many posts were put in just now (they are not committed yet)."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """`made` startups now, `found` that were there already; `rows` by table that were added; seconds it took."""

    made: int
    found: int
    rows: dict[str, int]
    seconds: float


async def load(
    url: str,
    shape: Shape,
    *,
    workers: int = 2,
    most: int = BATCH,
    on_progress: OnProgress = lambda _posts: None,
) -> Loaded:
    """Make the startups that are not there yet, on so many connections as the owner (`url`); then ANALYZE.

    A transaction makes startups with at most so many posts together, or one startup with more.
    Row-level security and COPY do not go together, so the application's own role could not do this. Raises Conflict
    while somebody else is loading, SetupError where the example brief is missing.
    """
    begun = perf_counter()
    async with _connected(url) as connection:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            raise Conflict("Somebody else is loading data into this database. Wait until that is done, or end it.")
        missing = await _missing(connection, shape)
        await _make_partitions(connection, shape)
        template = await startups.template(shape)
        waiting = batches(missing, most=most)[::-1]
        rows = await _load_all(url, template, waiting, workers=workers, on_progress=on_progress)
        if missing:
            await connection.execute("ANALYZE")
    found = len(shape.sizes) - len(missing)
    return Loaded(len(missing), found, rows, perf_counter() - begun)


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Any]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(
        plain, timeout=10, server_settings={"application_name": "aipromote db seed --scale", "timezone": "UTC"}
    )
    try:
        yield connection
    finally:
        await connection.close()


async def _missing(connection: Any, shape: Shape) -> list[Startup]:
    """The largest first, so that the last worker is not left alone with it."""
    wanted = shape.startups()
    keys = [startup.key() for startup in wanted]
    found = {row["id"] for row in await connection.fetch("SELECT id FROM organizations WHERE id = ANY ($1)", keys)}
    return sorted((startup for startup in wanted if startup.key() not in found), key=lambda one: -one.posts)


async def _make_partitions(connection: Any, shape: Shape) -> None:
    """For every month that snapshots fall into: ahead of the loading, since it locks the table."""
    month = shape.begun.date().replace(day=1)
    while month <= shape.now.date():
        await connection.execute("SELECT doors.make_partition($1)", month)
        month = _following(month)


def _following(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


async def _load_all(
    url: str, template: Template, waiting: list[list[Startup]], *, workers: int, on_progress: OnProgress
) -> dict[str, int]:
    rows = dict.fromkeys(LOADED, 0)

    async def work() -> None:
        async with _connected(url) as connection:
            await _prepare(connection, template.shape)
            while waiting:
                batch = waiting.pop()
                async with connection.transaction():
                    added = await _load_batch(connection, template, batch, on_progress=on_progress)
                for table, count in added.items():
                    rows[table] += count

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(workers, len(waiting))):
                group.create_task(work())
    except ExceptionGroup as failures:  # the others were cancelled for the first one's sake
        raise failures.exceptions[0] from None
    return rows


async def _prepare(connection: Any, shape: Shape) -> None:
    await connection.execute(statements.PREPARE)
    phrases = enumerate(words.phrases(shape.seed))
    await connection.copy_records_to_table("scale_phrases", records=list(phrases), columns=["no", "words"])
    await connection.execute("ANALYZE scale_phrases")


async def _load_batch(
    connection: Any, template: Template, batch: Sequence[Startup], *, on_progress: OnProgress
) -> dict[str, int]:
    """All rows of these startups. Returns how many, by table."""
    added = {}
    for table, rows_of in startups.TABLES.items():
        rows = [row for startup in batch for row in rows_of(template, startup)]
        added[table] = await _copy(connection, table, [row | {"created_at": template.begun} for row in rows])
    await connection.execute(statements.CLEAR_STARTUPS)
    await _copy(connection, "scale_startups", [_summary(template, startup) for startup in batch])
    await connection.execute("ANALYZE scale_startups")
    added["analytics_calendars"] = _count(await connection.execute(statements.HOLD_CALENDARS))
    pieces = max(startup.pieces for startup in batch)
    step = BATCH if len(batch) == 1 else pieces
    for first in range(0, pieces, step):
        for table, count in (await _load_round(connection, template, (first, first + step))).items():
            added[table] = added.get(table, 0) + count
            if table == "scheduled_posts":
                on_progress(count)
    return added | await _sum_up(connection, template)


async def _copy(connection: Any, table: str, rows: list[dict[str, Any]]) -> int:
    columns = list(rows[0])
    await connection.copy_records_to_table(table, records=[tuple(row.values()) for row in rows], columns=columns)
    return len(rows)


def _summary(template: Template, startup: Startup) -> dict[str, Any]:
    """What the statements need to know of a startup."""
    return {
        "number": startup.number,
        "organization_id": startup.key(),
        "owner_id": startup.key("owner"),
        "strategy_id": startup.key("strategy"),
        "series_id": startup.key("series"),
        "accounts": startups.account_keys(startup),
        "pillars": startups.pillar_keys(startup),
        "platforms": template.platforms,
        "time_zone": template.brief["time_zone"],
        "posts": startup.posts,
        "pieces": startup.pieces,
    }


async def _load_round(connection: Any, template: Template, numbers: tuple[int, int]) -> dict[str, int]:
    """The pieces with these numbers [first, last) of each startup, and all that hangs on them."""
    shape, now = template.shape, template.shape.now
    await connection.execute(statements.CLEAR_PIECES)
    recent = _ALL if shape.recent is None else pieces_of(shape.recent)
    spread = (shape.past, AHEAD, words.syllables(), recent, shape.reach)
    await connection.execute(statements.PIECES, *numbers, shape.seed, now, *spread)
    await connection.execute("ANALYZE scale_pieces")
    await connection.execute(statements.POSTS)
    await connection.execute("ANALYZE scale_posts")
    kept = _kept_slots(shape)
    made = (
        ("content_pieces", statements.INSERT_PIECES, (template.writer,)),
        ("content_revisions", statements.INSERT_REVISIONS, (template.writer,)),
        ("approvals", statements.INSERT_APPROVALS, ()),
        ("scheduled_posts", statements.INSERT_POSTS, (now, list(SLOTS))),
        ("publish_attempts", statements.INSERT_ATTEMPTS, ()),
        ("analytics", statements.INSERT_SNAPSHOTS, (now, list(SLOTS), _KEPT_WHOLE, kept)),
        ("analytics_latest", statements.INSERT_NEWEST, ()),
        ("analytics_daily", statements.INSERT_GAINS, ()),
    )
    return {table: _count(await connection.execute(sql, *values)) for table, sql, values in made}


def _kept_slots(shape: Shape) -> float:
    """How many snapshots a post has, on average, that is too old to owe one: at least the last, at most all."""
    published, present = (0.935 * posts for posts in shape.published)
    young = present * (_KEPT_WHOLE / shape.past)
    ages = [timedelta(seconds=slot) for slot in SLOTS]
    of_young = young * sum(1 - age / _KEPT_WHOLE for age in ages)
    return min(len(SLOTS), max(1.0, (shape.snapshots - of_young) / max(1.0, published - young)))


async def _sum_up(connection: Any, template: Template) -> dict[str, int]:
    """What is counted from the rows: series, accounts, usage, weeks."""
    await connection.execute(statements.COUNT_SERIES)
    await connection.execute(statements.COUNT_ACCOUNTS)
    usage = await connection.execute(statements.INSERT_USAGE, template.begun)
    weeks = await connection.execute(statements.INSERT_SUMMARIES, template.shape.now)
    return {"usage": _count(usage), "weekly_summaries": _count(weeks)}


def _count(command: str) -> int:
    """From the server's answer, such as `INSERT 0 17`."""
    return int(command.rsplit(" ", 1)[1])
