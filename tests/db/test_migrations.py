"""Migrations, up and down, on a database of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import make_url

from aipromote import schema
from aipromote.db import migrate, revision
from aipromote.db.database import Database


@pytest.fixture
async def empty_url(owner_url: str, owner: asyncpg.Connection) -> AsyncIterator[str]:
    name = f"{make_url(owner_url).database}_empty"
    await owner.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await owner.execute(f"CREATE DATABASE {name}")
    yield make_url(owner_url).set(database=name).render_as_string(hide_password=False)
    await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def test_up_down_and_up_again_leaves_the_schema_of_the_models(empty_url: str) -> None:
    before = await migrate.status(empty_url)
    assert before.current is None
    assert before.pending
    assert (await migrate.upgrade(empty_url)).is_current
    await migrate.downgrade(empty_url, "base")
    connection = await asyncpg.connect(empty_url)
    left = await connection.fetch(
        "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname IN ('public', 'doors') AND relkind IN ('r', 'p') AND relname <> 'alembic_version'"
    )
    assert left == []
    enums = "SELECT count(*) FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'"
    assert await connection.fetchval(enums) == 0
    await connection.close()
    assert (await migrate.upgrade(empty_url)).is_current
    assert await migrate.differences(empty_url, schema.metadata) == []


async def test_a_second_upgrade_changes_nothing(owner_url: str) -> None:
    first = await migrate.status(owner_url)
    assert first.is_current
    assert await migrate.upgrade(owner_url) == first


async def test_the_application_can_tell_that_its_schema_is_current(database: Database) -> None:
    async with database.transaction() as session:
        assert await revision.current(session) == revision.head()
