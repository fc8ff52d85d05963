"""Row-level security and indexes on enums."""

from __future__ import annotations

import asyncpg
from sqlalchemy import make_url, text

from aipromote import clock
from aipromote.db import leakproof
from aipromote.db.database import Database
from aipromote.simulation.scale.loading import load
from aipromote.simulation.scale.shape import Shape, Startup

PLAN = text("EXPLAIN SELECT * FROM content_pieces WHERE organization_id = :mine AND status = 'FAILED'")
FORGET = "ALTER FUNCTION pg_catalog.enum_eq(anyenum, anyenum) NOT LEAKPROOF"


async def _condition(database: Database, startup: Startup) -> str:
    """What the application's role asks the index for."""
    async with database.transaction(startup.key()) as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await session.scalars(PLAN, {"mine": startup.key()})
        return " ".join(line for line in plan if "Index Cond" in line)


async def test_the_application_finds_a_status_by_the_index_although_a_policy_holds(
    database: Database, owner: asyncpg.Connection, owner_url: str
) -> None:
    shape = Shape([600, 600], 600, clock.now())
    await load(owner_url, shape)
    startup = shape.startups()[0]
    assert "status" in await _condition(database, startup)
    await owner.execute(FORGET)
    try:
        assert "status" not in await _condition(database, startup)
    finally:
        assert await leakproof.ensure(owner_url)
    assert "status" in await _condition(database, startup)


async def test_an_owner_who_is_no_superuser_goes_on_without(owner: asyncpg.Connection, owner_url: str) -> None:
    await owner.execute(FORGET)
    await owner.execute("CREATE ROLE plain_owner LOGIN PASSWORD 'plain'")
    try:
        url = make_url(owner_url).set(username="plain_owner", password="plain")
        assert not await leakproof.ensure(url.render_as_string(hide_password=False))
    finally:
        await owner.execute("DROP ROLE plain_owner")
        assert await leakproof.ensure(owner_url)
