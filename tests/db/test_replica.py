"""Reading from a streaming replica, tried with a real one of the test's own server."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import make_url, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.db import health, roles
from aipromote.db.database import Database, create_engine
from aipromote.db.replica import Replica
from aipromote.embedded import account
from aipromote.organizations.models import Organization
from factories import organizations
from servers import open_folder

SMALL = "-c shared_buffers=16MB -c max_connections=200 -c fsync=off -c listen_addresses=127.0.0.1"


@dataclass
class Standby:
    """A second server that repeats what the first one writes."""

    programs: Path
    folder: Path
    port: int
    owner_url: str

    def run(self, program: str, *arguments: str, **environment: str) -> None:
        subprocess.run(
            [str(self.programs / program), *arguments],
            env={"LC_ALL": "C", "PATH": os.defpath, **environment},
            cwd="/",
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **account.for_servers().popen(),
        )

    def copy(self) -> None:
        primary = make_url(self.owner_url)
        at = ["-h", "127.0.0.1", "-p", str(primary.port), "-U", str(primary.username)]
        options = ["-D", str(self.folder / "data"), "-X", "stream", "-c", "fast", "-R", "--no-sync", *at]
        self.run("pg_basebackup", *options, PGPASSWORD=str(primary.password))

    def start(self) -> None:
        options = f"-p {self.port} {SMALL} -c unix_socket_directories={self.folder}"
        self.run(
            "pg_ctl", "-D", str(self.folder / "data"), "-w", "-l", str(self.folder / "log"), "-o", options, "start"
        )

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    async def owner(self) -> asyncpg.Connection:
        return await asyncpg.connect(make_url(self.owner_url).set(port=self.port).render_as_string(hide_password=False))


@pytest.fixture(scope="module")
def standby(owner_url: str) -> Iterator[Standby]:
    """Copied and started once for all tests of this file; the last of them ends it."""
    folder = open_folder()
    account.for_servers().give(folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = Standby(Path(asyncio.run(_programs(owner_url))), folder, port, owner_url)
    made.copy()
    made.start()
    yield made
    if (folder / "data" / "postmaster.pid").exists():
        made.stop()
    shutil.rmtree(folder)


async def _programs(owner_url: str) -> str:
    owner = await asyncpg.connect(owner_url)
    try:
        return str(await owner.fetchval("SELECT setting FROM pg_config WHERE name = 'BINDIR'"))
    finally:
        await owner.close()


@pytest.fixture
async def reading(standby: Standby, database: Database) -> AsyncIterator[Database]:
    """The application's database with that replica, which may be two seconds behind."""
    url = make_url(roles.application_url()).set(port=standby.port).render_as_string(hide_password=False)
    replica = Replica(create_engine(url), 2.0)
    yield Database(database.engine, replica=replica)
    await replica.engine.dispose()


async def is_replica(session: AsyncSession) -> bool:
    return bool(await session.scalar(text("SELECT pg_is_in_recovery()")))


async def caught_up(standby: Standby, owner: asyncpg.Connection) -> None:
    """Until all that was written is on the replica too."""
    there = await standby.owner()
    try:
        written = await owner.fetchval("SELECT pg_current_wal_lsn()::text")
        for _ in range(500):
            if await there.fetchval("SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn", written):
                return
            await asyncio.sleep(0.02)
        pytest.fail("the replica does not follow")
    finally:
        await there.close()


async def falls_back(reading: Database) -> None:
    """Until reading goes to the primary."""
    for _ in range(500):
        async with reading.reading() as session:
            if not await is_replica(session):
                return
        await asyncio.sleep(0.02)
    pytest.fail("the replica was read all the time")


async def test_reading_goes_to_the_replica_and_sees_one_tenant_there_too(
    standby: Standby, reading: Database, owner: asyncpg.Connection
) -> None:
    first, second = [await organizations.organization(reading, name=name) for name in ("First", "Second")]
    await caught_up(standby, owner)
    for startup in (first, second):
        async with reading.reading(startup.id) as session:
            assert await is_replica(session)
            assert (await session.scalars(select(Organization.name))).all() == [startup.organization.name]
    async with reading.reading() as session:
        assert (await session.scalars(select(Organization))).all() == []
    assert (await health.measure(reading)).problems == []


async def test_the_replica_is_not_written(reading: Database, owner: asyncpg.Connection, standby: Standby) -> None:
    await caught_up(standby, owner)
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
    standby: Standby, reading: Database, owner: asyncpg.Connection
) -> None:
    assert reading.replica is not None
    reading.replica.most_seconds = 0.3
    there = await standby.owner()
    await caught_up(standby, owner)
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
    await caught_up(standby, owner)
    assert await reading.replica.lag() == 0


async def test_a_replica_that_lost_its_primary_does_not_pass_for_current(
    standby: Standby, reading: Database, owner: asyncpg.Connection
) -> None:
    assert reading.replica is not None
    reading.replica.most_seconds = 0.3
    there = await standby.owner()
    told = await there.fetchval("SHOW primary_conninfo")
    await caught_up(standby, owner)
    await there.execute("ALTER SYSTEM SET primary_conninfo = ''")
    await there.execute("SELECT pg_reload_conf()")
    try:
        await falls_back(reading)
        assert (await reading.replica.lag() or 0) > 0.3
    finally:
        await there.execute("ALTER SYSTEM SET primary_conninfo = '{}'".format(told.replace("'", "''")))
        await there.execute("SELECT pg_reload_conf()")
        await there.close()


async def test_a_replica_that_dies_is_not_missed(
    reading: Database, standby: Standby, owner: asyncpg.Connection
) -> None:
    await caught_up(standby, owner)
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
