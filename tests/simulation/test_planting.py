"""Planting: once, whole or not at all."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from aipromote import schema
from aipromote.db.database import Database
from aipromote.simulation.sample import people
from aipromote.simulation.seed import SeedResult, plant


async def _all_rows(owner: asyncpg.Connection) -> dict[str, int]:
    return {name: await owner.fetchval(f"SELECT count(*) FROM {name}") for name in schema.metadata.tables}


async def test_every_model_has_rows_and_a_second_planting_changes_nothing(
    database: Database, owner: asyncpg.Connection
) -> None:
    first = await plant(database)
    assert set(first.rows) == set(schema.FIFTEEN)
    assert all(first.rows.values()), first.rows
    assert first.rows["users"] == 2
    before = await owner.fetch("SELECT * FROM scheduled_posts ORDER BY id"), await _all_rows(owner)
    assert await plant(database) == SeedResult({}, first.rows)
    assert before == (await owner.fetch("SELECT * FROM scheduled_posts ORDER BY id"), await _all_rows(owner))


async def test_a_failure_at_the_end_leaves_nothing(database: Database, owner: asyncpg.Connection) -> None:
    await owner.execute("ALTER TABLE usage ADD CONSTRAINT refuse_all CHECK (posts_generated < 0) NOT VALID")
    try:
        with pytest.raises(IntegrityError, match="refuse_all"):
            await plant(database)
    finally:
        await owner.execute("ALTER TABLE usage DROP CONSTRAINT refuse_all")
    assert set((await _all_rows(owner)).values()) == {0}


async def test_of_two_at_once_one_plants_and_the_other_finds_it(database: Database) -> None:
    results = await asyncio.gather(plant(database), plant(database))
    assert sorted(len(result.passwords) for result in results) == [0, 2]
    assert results[0].rows == results[1].rows


async def test_deleting_the_owner_takes_the_whole_startup_along(database: Database, owner: asyncpg.Connection) -> None:
    await plant(database)
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM users WHERE email = :email"), {"email": people.OWNER})
    left = {name: count for name, count in (await _all_rows(owner)).items() if count}
    assert left == {"users": 1}
    replanted = await plant(database)
    assert set(replanted.passwords) == {people.OWNER}
