"""Reading from a streaming replica, tried with a real one of the test's own server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.db import health, roles
from aipromote.db.database import Database, create_engine
from aipromote.db.replica import Replica
from aipromote.organizations.models import Organization
from factories import organizations
from standbys import Standby, standing


@pytest.fixture(scope="module")
def standby(owner_url: str) -> Iterator[Standby]:
    """One for all tests of this file; the last of them ends it."""
    with standing(owner_url) as made:
        yield made


@pytest.fixture
async def reading(standby: Standby, database: Database) -> AsyncIterator[Database]:
    """The application's database with that replica, which may be two seconds behind."""
    replica = standby.reader(2.0)
    yield Database(database.engine, replica=replica)
    await replica.engine.dispose()


async def is_replica(session: AsyncSession) -> bool:
    return bool(await session.scalar(text("SELECT pg_is_in_recovery()")))


async def falls_back(reading: Database) -> None:
    """Until reading goes to the primary."""
    for _ in range(500):
        async with reading.reading() as session:
            if not await is_replica(session):
                return
        await asyncio.sleep(0.02)
    pytest.fail("the replica was read all the time")


async def follows_again(replica: Replica) -> None:
    """Until nothing is left to replay; the server writes for itself, too, and is behind for as long as that takes."""
    for _ in range(1500):
        if await replica.lag() == 0:
            return
        await asyncio.sleep(0.02)
    pytest.fail("the replica stayed behind")


async def test_reading_goes_to_the_replica_and_sees_one_tenant_there_too(standby: Standby, reading: Database) -> None:
    first, second = [await organizations.organization(reading, name=name) for name in ("First", "Second")]
    await standby.caught_up()
    for startup in (first, second):
        async with reading.reading(startup.id) as session:
            assert await is_replica(session)
            assert (await session.scalars(select(Organization.name))).all() == [startup.organization.name]
    async with reading.reading() as session:
        assert (await session.scalars(select(Organization))).all() == []
    assert (await health.measure(reading)).problems == []


async def test_the_replica_is_not_written(reading: Database, standby: Standby) -> None:
    await standby.caught_up()
    async with reading.reading() as session:
        assert await is_replica(session)
        with pytest.raises(DBAPIError, match="read-only transaction"):
            await session.execute(text("UPDATE users SET name = 'gone'"))


async def test_a_transaction_stays_on_the_primary(reading: Database) -> None:
    async with reading.transaction() as session:
        assert not await is_replica(session)
    async with reading.transaction(read_only=True) as session:
        assert not await is_replica(session)


async def written(database: Database, name: str) -> UUID:
    return (await organizations.organization(database, name=name)).id


async def test_a_replica_that_falls_behind_is_not_read_until_it_follows_again(
    standby: Standby, reading: Database
) -> None:
    assert reading.replica is not None
    reading.replica.most_seconds = 0.3
    there = await standby.owner()
    await standby.caught_up()
    await there.execute("SELECT pg_wal_replay_pause()")
    try:
        key = await written(reading, "Unheard of")
        await falls_back(reading)
        async with reading.reading(key) as session:
            assert (await session.scalars(select(Organization.name))).all() == ["Unheard of"]
        assert "behind" in str((await health.measure(reading)).problems)
    finally:
        await there.execute("SELECT pg_wal_replay_resume()")
        await there.close()
    await follows_again(reading.replica)


async def test_a_replica_that_lost_its_primary_does_not_pass_for_current(standby: Standby, reading: Database) -> None:
    assert reading.replica is not None
    reading.replica.most_seconds = 0.3
    there = await standby.owner()
    told = await there.fetchval("SHOW primary_conninfo")
    await standby.caught_up()
    await there.execute("ALTER SYSTEM SET primary_conninfo = ''")
    await there.execute("SELECT pg_reload_conf()")
    try:
        await falls_back(reading)
        assert (await reading.replica.lag() or 0) > 0.3
    finally:
        await there.execute("ALTER SYSTEM SET primary_conninfo = '{}'".format(told.replace("'", "''")))
        await there.execute("SELECT pg_reload_conf()")
        await there.close()


async def test_a_replica_that_dies_is_not_missed(reading: Database, standby: Standby) -> None:
    await standby.caught_up()
    async with reading.reading() as session:
        assert await is_replica(session)
    standby.stop()
    for _ in range(3):
        async with reading.reading() as session:
            assert not await is_replica(session)
    found = await health.measure(reading)
    assert found.problems == ["The replica does not answer, or is none. Pages read from the primary."]


async def test_a_server_that_is_no_replica_is_not_taken_for_one(database: Database) -> None:
    """Whoever names the primary as its replica, or reads a replica that was made the primary."""
    mistaken = Database(database.engine, replica=Replica(create_engine(roles.application_url()), 2.0))
    assert mistaken.replica is not None
    async with mistaken.reading() as session:
        assert not await is_replica(session)
        assert mistaken.replica.engine.pool.checkedout() == 0  # type: ignore[attr-defined] -- a queue pool
    await mistaken.replica.engine.dispose()
