"""What breaks off on the way: nothing of it is left, and the next one is not in its way."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from aipromote.assets import storage
from aipromote.backup import emptying, restoring, tables
from aipromote.backup.errors import BackupFailed
from aipromote.cli import faults
from aipromote.db import roles
from aipromote.db.database import Database
from backup.conftest import PASSPHRASE, Full, Place, at, leftovers, restore


async def test_a_restore_that_breaks_off_is_taken_back_whole(
    full: Full, empty: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await full.take()
    (empty.home / "assets").write_text("a file where the folder has to be")
    with at(empty, monkeypatch), pytest.raises(restoring.RestoreFailed):
        await restore(full, empty)
    (empty.home / "assets").unlink()
    assert await leftovers(empty) == (0, [])
    with at(empty, monkeypatch):
        assert (await restore(full, empty)).held == 1


async def reached(owner: asyncpg.Connection, place: Place, *, program: str) -> None:
    """Wait until this program works on the database there."""
    name = make_url(place.url).database
    working = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND application_name = $2"
    while not await owner.fetchval(working, name, program):  # noqa: ASYNC110 -- another process does it
        await asyncio.sleep(0.005)


async def test_a_restore_that_is_interrupted_is_taken_back_and_nothing_comes_after_it(
    full: Full, empty: Place, monkeypatch: pytest.MonkeyPatch, owner: asyncpg.Connection
) -> None:
    await full.take()
    with at(empty, monkeypatch):
        restoring_ = asyncio.create_task(restore(full, empty))
        await reached(owner, empty, program="aipromote backup")
        restoring_.cancel()
        with pytest.raises(asyncio.CancelledError):
            await restoring_
    assert not await owner.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = $1", make_url(empty.url).database
    )
    assert await leftovers(empty) == (0, [])
    assert await owner.fetchval("SELECT has_database_privilege('public', $1, 'CONNECT')", make_url(empty.url).database)


async def test_after_a_restore_that_was_killed_another_one_starts_again_and_opens_the_database(
    full: Full, empty: Place, monkeypatch: pytest.MonkeyPatch, owner: asyncpg.Connection
) -> None:
    await full.take()
    connection = await tables.connect(empty.url)
    await emptying.close(connection)  # and what it had restored by then:
    await connection.execute("CREATE TABLE users (id int); INSERT INTO users VALUES (1)")
    await connection.close()
    name = make_url(empty.url).database
    assert not await owner.fetchval("SELECT has_database_privilege('public', $1, 'CONNECT')", name)
    await roles.ensure(empty.url)
    with at(empty, monkeypatch):
        product = Database.from_settings("tests")
        with pytest.raises(DBAPIError) as refused:
            async with product.transaction() as session:
                await session.execute(text("SELECT 1"))
        await product.close()
        assert "Run `aipromote db restore` again" in (faults.told(refused.value) or "")
        assert (await restore(full, empty)).held == 1
    assert await owner.fetchval("SELECT has_database_privilege('public', $1, 'CONNECT')", name)


async def test_a_verify_drops_what_a_killed_one_left(full: Full, owner: asyncpg.Connection) -> None:
    await full.take()
    number = await owner.fetchval("SELECT oid FROM pg_database WHERE datname = $1", make_url(full.url).database)
    await owner.execute(f"CREATE DATABASE aipromote_verify_{number}_dead TEMPLATE template0")
    await restoring.verify(full.url, full.file, secret=PASSPHRASE, programs=full.programs)
    assert not await owner.fetchval("SELECT count(*) FROM pg_database WHERE datname LIKE 'aipromote_verify_%'")


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """What a full disk does: writing beyond this fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_full_disk_is_one_clear_error_and_leaves_no_part_of_a_file(full: Full) -> None:
    with files_of_at_most(1_500_000), pytest.raises(BackupFailed, match="could not be written"):
        await full.take()
    assert not list(full.file.parent.glob("*backup*"))


async def test_a_backup_never_replaces_a_file(full: Full) -> None:
    full.file.write_text("mine")
    with pytest.raises(BackupFailed, match="exists already"):
        await full.take()
    assert full.file.read_text() == "mine"


async def test_a_lost_file_stops_a_backup_unless_it_is_left_out(full: Full) -> None:
    [file] = [path for path in storage.folder().rglob("*") if path.is_file()]
    file.unlink()
    with pytest.raises(BackupFailed, match="no file any more"):
        await full.take()
    assert not full.file.exists()
    taken = await full.take(skip_missing=True)
    assert len(taken.manifest.missing) == 1
    assert (await restoring.verify(full.url, full.file, secret=PASSPHRASE, programs=full.programs)).files == {}
