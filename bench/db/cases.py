"""What is measured. The product's own code is called: its queries, its doors, its statements."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

from instance import Side
from measuring import Act, Case
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock, schema
from aipromote.analytics import days
from aipromote.analytics import queries as analytics
from aipromote.analytics.actions import ingest
from aipromote.analytics.rows import STAGED as STAGED_COLUMNS
from aipromote.analytics.rows import staged
from aipromote.content import listing
from aipromote.content import queries as content
from aipromote.content.states import ContentStatus
from aipromote.db import doors
from aipromote.publishing import claims
from aipromote.publishing import queries as publishing
from aipromote.publishing.jobs import BATCH
from aipromote.publishing.pace import Pace
from aipromote.scheduling import queries as scheduling
from aipromote.simulation.scale.shape import Startup
from aipromote.simulation.scale.words import COMMON

assert schema.metadata  # every model is loaded

PAGE = 30
LOAD = 20_000
STAGED = 200
"""How many jobs the stager asks for."""
Ask = Callable[[AsyncSession, Side, Startup], Awaitable[object]]


def asked(side: Side, startup: Startup, ask: Ask) -> Act:
    """The question in a transaction of its own, as a request asks it; undone afterwards."""

    async def act() -> None:
        async with side.app.transaction(startup.key()) as session:
            await ask(session, side, startup)
            await session.rollback()

    return act


async def due(session: AsyncSession, _side: Side, _startup: Startup) -> None:
    """The stager's look for posts, through the door."""
    assert await publishing.pending_posts(session, limit=STAGED)


async def claim(session: AsyncSession, _side: Side, startup: Startup) -> None:
    """As the worker does it: the look, then one batch by compare-and-set, with all that is needed to send it."""
    posts = [key for job in await publishing.pending_posts(session, limit=STAGED) for key in job.pointer.posts]
    taken = await claims.claim(session, posts[:BATCH], worker="bench", pace=Pace())
    assert len(taken) == min(BATCH, len(posts)), startup


async def overdue(session: AsyncSession, _side: Side, _startup: Startup) -> None:
    """What health asks."""
    await doors.overdue(session, at=clock.now())


async def captures(session: AsyncSession, _side: Side, _startup: Startup) -> None:
    """The stager's look for posts to measure."""
    await analytics.pending_captures(session, limit=STAGED)


async def summaries(session: AsyncSession, _side: Side, _startup: Startup) -> None:
    """The stager's look for weeks to sum up."""
    await session.execute(text("SELECT * FROM doors.owed_summaries(:at, :most)"), {"at": clock.now(), "most": STAGED})


async def placements(session: AsyncSession, _side: Side, _startup: Startup) -> None:
    """The stager's look for pieces without a time."""
    await scheduling.pending_placements(session, limit=STAGED)


async def calendar(session: AsyncSession, _side: Side, startup: Startup) -> None:
    """A month of posts and their pieces: as many days as have as many posts as the probe's month."""
    days = 30 * min(1.0, 1000 / startup.posts)
    start = clock.now() - timedelta(days=20)
    mine = {"organization_id": startup.key()}
    posts = await publishing.posts_between(session, **mine, start=start, end=start + timedelta(days=days))
    assert posts
    await content.pieces_by_id(session, **mine, piece_ids={post.content_piece_id for post in posts})


async def posts_only(session: AsyncSession, _side: Side, startup: Startup) -> None:
    """The posts of twenty days."""
    start = clock.now() - timedelta(days=20)
    await publishing.posts_between(session, organization_id=startup.key(), start=start, end=clock.now())


async def library(session: AsyncSession, _side: Side, startup: Startup) -> None:
    """The first page of one state."""
    wanted = listing.Wanted(status=ContentStatus.PUBLISHED)
    assert (await listing.planned(session, organization_id=startup.key(), wanted=wanted, limit=PAGE)).rows


async def library_of_pillar(session: AsyncSession, _side: Side, startup: Startup) -> None:
    """The first page of one state about one pillar."""
    wanted = listing.Wanted(status=ContentStatus.PUBLISHED, pillar_id=startup.key("pillar 1"))
    assert (await listing.planned(session, organization_id=startup.key(), wanted=wanted, limit=PAGE)).rows


async def library_of_few(session: AsyncSession, _side: Side, startup: Startup) -> None:
    """The first page of a state that few pieces are in."""
    wanted = listing.Wanted(status=ContentStatus.FAILED)
    await listing.planned(session, organization_id=startup.key(), wanted=wanted, limit=5)


def searched(words: str) -> Ask:
    """The first page of what has these words; `RARE` stands for a word of one piece."""

    async def ask(session: AsyncSession, side: Side, startup: Startup) -> None:
        rare = await side.rare_word(startup)
        wanted = words.replace("RARE", rare).replace("BEGUN", rare[:-2])
        found = await listing.search(session, organization_id=startup.key(), words=wanted, limit=PAGE)
        assert found.rows, wanted

    return ask


async def latest(session: AsyncSession, _side: Side, startup: Startup) -> None:
    """The newest numbers of a page of posts."""
    ids = await _published_page(session, startup)
    await analytics.latest(session, organization_id=startup.key(), post_ids=ids)


async def gains(session: AsyncSession, _side: Side, startup: Startup) -> None:
    """The gains of each day of a month: of a large startup, of as many days as have as many posts as the probe."""
    today = clock.now().date()
    month = max(1, round(30 * min(1.0, 1000 / startup.posts)))
    await days.daily(session, organization_id=startup.key(), start=today - timedelta(days=month), end=today)


async def collected(session: AsyncSession, side: Side, startup: Startup) -> None:
    """Thirty snapshots come in, and the newest and the days are counted."""
    rows = await side.measurements(startup, 30)
    assert (await ingest(session, rows=rows)).inserted == len(rows)


async def _published_page(session: AsyncSession, startup: Startup) -> list[UUID]:
    rows = await session.scalars(
        text(
            "SELECT id FROM scheduled_posts WHERE organization_id = :organization AND status = 'PUBLISHED'"
            " AND scheduled_at < :at ORDER BY scheduled_at DESC, id DESC LIMIT :page"
        ),
        {"organization": startup.key(), "at": clock.now() - timedelta(days=1), "page": PAGE},
    )
    return list(rows)


BARE_POSTS = """
SELECT * FROM scheduled_posts WHERE organization_id = $1 AND scheduled_at >= $2 AND scheduled_at < $3
 ORDER BY scheduled_at, id
"""


BARE_LIBRARY = """
SELECT * FROM content_pieces WHERE organization_id = $1 AND status = 'PUBLISHED' ORDER BY planned_for, id LIMIT 31
"""
BARE_NUMBERS = """
SELECT a.* FROM scheduled_posts p JOIN analytics a ON a.organization_id = p.organization_id
   AND a.scheduled_post_id = p.id AND a.metric_type = 'ENGAGEMENT'
   AND a.collected_at BETWEEN p.published_at AND p.published_at + interval '7 days'
 WHERE p.organization_id = $1 AND p.scheduled_at >= $2 AND p.scheduled_at < $3 AND p.status = 'PUBLISHED'
"""


def bare(side: Side, sql: str, *, as_owner: bool = False) -> Act:
    """A statement by the driver alone, in a transaction that names its tenant, as the product's do."""
    key = side.probe.key()
    values = [key, clock.now() - timedelta(days=20), clock.now()][: 3 if "$3" in sql else 1]

    async def act() -> None:
        connection = side.bare_owner if as_owner else side.bare
        async with connection.transaction():
            await connection.execute("SELECT set_config('aipromote.organizations', $1, true)", f"{{{key}}}")
            await connection.fetch(sql, *values)

    return act


def growth(small: Side, large: Side) -> list[Case]:
    """The same startup among few rows and among many; and the largest startup of the large one."""
    same, giant = "same startup, more rows beside it", "small startup : largest one"
    pairs: list[tuple[str, Ask, float | None, str]] = [
        ("due posts, the stager's look", due, 1.3, same),
        ("claim of 50 due posts", claim, 1.3, same),
        ("calendar month", calendar, 1.5, same),
        ("library, one state", library, 1.5, same),
        ("library, state and pillar", library_of_pillar, 1.5, same),
        ("search, a rare word", searched("RARE "), 1.5, same),
        ("search, a word's beginning", searched("BEGUN"), 1.5, same),
        ("search, a common word", searched(f"{COMMON} "), 1.5, same),
        ("newest numbers of 30 posts", latest, 1.5, same),
        ("thirty snapshots come in", collected, 1.5, same),
        ("gains by day, a month", gains, 1.5, same),
        ("what is overdue, for health", overdue, None, same),
        ("captures, the stager's look", captures, None, same),
        ("weeks owed, the stager's look", summaries, None, same),
        ("placements, the stager's look", placements, None, same),
    ]
    cases = [
        Case(name, asked(small, small.probe, ask), asked(large, large.probe, ask), what, goal)
        for name, ask, goal, what in pairs
    ]
    for name, ask, goal in (
        ("calendar, as many posts", calendar, 1.5),
        ("library, one state", library, 1.5),
        ("library, state and pillar", library_of_pillar, 1.5),
        ("library, a rare state", library_of_few, 1.5),
        ("search, a rare word", searched("RARE "), 1.5),
        ("search, a common word", searched(f"{COMMON} "), None),
        ("newest numbers of 30 posts", latest, 1.5),
        ("thirty snapshots come in", collected, 1.5),
    ):
        cases.append(Case(name, asked(small, small.probe, ask), asked(large, large.giant, ask), giant, goal))
    return cases


def security(side: Side) -> list[Case]:
    """The same statements as the owner, for whom no policy holds, and as the application role."""
    what = f"owner : application role, {side.name}"
    return [
        Case(f"row-level security, {name}", bare(side, sql, as_owner=True), bare(side, sql), what, 1.15, times=30)
        for name, sql in (("posts", BARE_POSTS), ("library", BARE_LIBRARY), ("numbers", BARE_NUMBERS))
    ]


def mapper(side: Side) -> list[Case]:
    """What the object-relational mapper costs over the driver, for the same rows."""
    over = asked(side, side.probe, posts_only)
    return [Case("mapper, posts of twenty days", bare(side, BARE_POSTS), over, f"bare driver : mapper, {side.name}")]


def depth(side: Side) -> list[Case]:
    """The library of the largest startup: its first page, and one after four fifths of all pieces."""

    async def deep(session: AsyncSession, side: Side, startup: Startup) -> None:
        cursor = await side.deep_cursor(startup)
        found = await listing.planned(session, organization_id=startup.key(), cursor=cursor, limit=PAGE)
        assert found.rows

    async def first(session: AsyncSession, _side: Side, startup: Startup) -> None:
        assert (await listing.planned(session, organization_id=startup.key(), limit=PAGE)).rows

    what = f"first page : page {side.giant.pieces * 4 // 5 // PAGE:,}"
    return [Case("library, deep page", asked(side, side.giant, first), asked(side, side.giant, deep), what, 1.2)]


def loading(side: Side) -> list[Case]:
    """Many snapshots of the largest startup: COPY into the table, and the product's way, which also counts them."""

    async def copied() -> float:
        records = list(staged(await side.measurements(side.giant, LOAD)))
        names = [name for name in STAGED_COLUMNS if name != "position"]
        places = [list(STAGED_COLUMNS).index(name) for name in names]
        rows = [(*(row[place] for place in places), row[8]) for row in records]
        transaction = side.bare_owner.transaction()
        await transaction.start()
        begun = time.perf_counter()
        await side.bare_owner.copy_records_to_table("analytics", records=rows, columns=[*names, "period_end"])
        seconds = time.perf_counter() - begun
        await transaction.rollback()
        return seconds

    async def ingested(*, count: bool) -> float:
        rows = await side.measurements(side.giant, LOAD)
        async with side.app.transaction(side.giant.key()) as session:
            begun = time.perf_counter()
            done = await ingest(session, rows=rows, count=count)
            seconds = time.perf_counter() - begun
            assert done.inserted == len(rows)
            await session.rollback()
        return seconds

    load = partial(ingested, count=False)
    what = f"COPY : ingest, {LOAD:,} snapshots at most"
    return [
        Case("speed of a load of snapshots", copied, load, what, 0.5, least=True, times=1),
        Case("a load, its days counted", copied, partial(ingested, count=True), what, least=True, times=1),
    ]


def all_cases(small: Side, large: Side) -> list[Case]:
    """Everything, in the order of the table."""
    return [
        *growth(small, large), *depth(large), *loading(large), *security(small), *security(large), *mapper(large),
    ]  # fmt: skip
