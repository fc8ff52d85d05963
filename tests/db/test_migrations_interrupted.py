"""Migrations that are killed, locked out, or wrong: what is left, what is said, and what the next run does."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url

from aipromote.db import migrate
from aipromote.db.migrator import MigrationFailed

RUN = """
import asyncio, sys
from pathlib import Path
from aipromote.db import migrate
asyncio.run(migrate.upgrade(sys.argv[1], folder=Path(sys.argv[2]), on_event=lambda told: print(told, flush=True)))
print("done")
"""
FIRST = [
    'op.execute("CREATE TABLE parcels (id int PRIMARY KEY, size int)")',
    'op.execute("INSERT INTO parcels SELECT n, n FROM generate_series(1, 50) n")',
]
CONCURRENTLY = [
    'op.execute("CREATE TABLE IF NOT EXISTS colours (name text)")',
    "with op.get_context().autocommit_block():",
    '    op.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_parcels_size ON parcels (size)")',
]


class Steps:
    """A folder of migrations of the test's own, and the database that they are for."""

    def __init__(self, folder: Path, url: str, *connections: asyncpg.Connection) -> None:
        self.folder, self.url = folder, url
        self.database, self._watcher = connections  # inside a transaction, pg_stat_activity does not change
        (folder / "versions").mkdir(parents=True)
        shutil.copy(migrate.FOLDER / "env.py", folder / "env.py")
        self.add("0001", FIRST)

    def add(self, revision: str, lines: list[str]) -> None:
        before = f'"{int(revision) - 1:04}"' if revision != "0001" else "None"
        body = "\n".join(f"    {line}" for line in lines)
        (self.folder / "versions" / f"{revision}_step.py").write_text(
            f'from alembic import op\n\nrevision = "{revision}"\ndown_revision = {before}\n\n\n'
            f"def upgrade():\n{body}\n\n\ndef downgrade():\n    pass\n",
            encoding="utf-8",
        )

    async def upgrade(self, heard: list[str] | None = None) -> migrate.Status:
        return await migrate.upgrade(self.url, folder=self.folder, on_event=(heard if heard is not None else []).append)

    def process(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", RUN, self.url, str(self.folder)], stdout=subprocess.PIPE, text=True
        )

    async def until(self, query: str) -> None:
        while not await self._watcher.fetchval(query):  # noqa: ASYNC110 -- only the server can tell
            await asyncio.sleep(0.02)


@pytest.fixture
async def steps(owner_url: str, owner: asyncpg.Connection, tmp_path: Path) -> AsyncIterator[Steps]:
    name = f"{make_url(owner_url).database}_steps"
    await owner.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await owner.execute(f"CREATE DATABASE {name}")
    url = make_url(owner_url).set(database=name).render_as_string(hide_password=False)
    connection, watcher = await asyncpg.connect(url), await asyncpg.connect(url)
    yield Steps(tmp_path / "migrations", url, connection, watcher)
    await connection.close()
    await watcher.close()
    await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")


IS_STUCK = """
    SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
                   AND application_name = 'aipromote migrations' AND wait_event_type = 'Lock')
"""


async def test_a_migrator_that_is_killed_leaves_nothing_and_the_next_run_is_clean(steps: Steps) -> None:
    await steps.upgrade()
    steps.add("0002", ['op.execute("CREATE TABLE half (n int)")', 'op.execute("SELECT pg_advisory_xact_lock(77)")'])
    await steps.database.execute("SELECT pg_advisory_lock(77)")
    victim = steps.process()
    await steps.until(IS_STUCK)
    victim.kill()
    victim.communicate()
    await steps.until(IS_STUCK.replace("SELECT EXISTS", "SELECT NOT EXISTS"))  # the server has noticed
    assert (await migrate.status(steps.url, folder=steps.folder)).current == "0001"
    assert await steps.database.fetchval("SELECT to_regclass('half')") is None
    await steps.database.execute("SELECT pg_advisory_unlock(77)")
    assert (await steps.upgrade()).current == "0002"


async def test_an_index_whose_building_was_killed_is_built_by_the_next_run(steps: Steps) -> None:
    await steps.upgrade()
    steps.add("0002", CONCURRENTLY)
    transaction = steps.database.transaction()
    await transaction.start()
    await steps.database.execute("UPDATE parcels SET size = size")
    victim = steps.process()
    await steps.until(IS_STUCK)
    victim.kill()
    victim.communicate()
    await steps.until(IS_STUCK.replace("SELECT EXISTS", "SELECT NOT EXISTS"))
    await transaction.commit()
    is_valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_parcels_size'::regclass"
    assert await steps.database.fetchval(is_valid) is False
    heard: list[str] = []
    assert (await steps.upgrade(heard)).current == "0002"
    assert heard == ["Building again: ix_parcels_size on parcels, left unfinished."]
    assert await steps.database.fetchval(is_valid) is True


async def test_two_migrators_take_turns_and_the_second_says_what_it_waits_for(steps: Steps) -> None:
    await steps.upgrade()
    steps.add("0002", CONCURRENTLY)  # which would wait for a second migrator that waits inside a statement
    transaction = steps.database.transaction()
    await transaction.start()
    await steps.database.execute("UPDATE parcels SET size = size")
    one = steps.process()
    await steps.until(IS_STUCK)
    other = steps.process()
    assert other.stdout is not None
    said = await asyncio.to_thread(other.stdout.readline)
    assert said.startswith("Another migrator is at work on this database (server process ")
    await transaction.commit()
    assert [(await asyncio.to_thread(each.communicate))[0].endswith("done\n") for each in (one, other)] == [True, True]
    assert (await migrate.status(steps.url, folder=steps.folder)).current == "0002"


async def test_a_migration_that_does_not_get_its_lock_tries_again_after_a_pause(steps: Steps) -> None:
    await steps.upgrade()
    steps.add("0002", ['op.execute("ALTER TABLE parcels ADD COLUMN colour text")'])
    transaction = steps.database.transaction()
    await transaction.start()
    await steps.database.execute("LOCK TABLE parcels IN ACCESS SHARE MODE")
    heard: list[str] = []
    running = asyncio.create_task(steps.upgrade(heard))
    while not heard:  # noqa: ASYNC110 -- filled by the other task
        await asyncio.sleep(0.05)
    await transaction.commit()
    assert (await running).current == "0002"
    assert heard == ["A migration could not get a lock in time; trying again in 1 s (attempt 2 of 5)."]


async def test_a_failed_migration_says_which_statement_failed_and_that_nothing_of_it_was_applied(steps: Steps) -> None:
    steps.add(
        "0002", ['op.execute("CREATE TABLE half (n int)")', 'op.execute("ALTER TABLE parcels ADD COLUMN size int")']
    )
    with pytest.raises(MigrationFailed) as failed:
        await steps.upgrade()
    assert str(failed.value).splitlines() == [
        'Migration 0002 failed: column "size" of relation "parcels" already exists.',
        "The statement: ALTER TABLE parcels ADD COLUMN size int",
        "Nothing of this migration is applied.",
        "The schema is at 0001. Mend the cause and run `aipromote db migrate` again.",
    ]
    assert await steps.database.fetchval("SELECT to_regclass('half')") is None


async def test_a_migration_that_failed_after_a_commit_says_exactly_what_is_applied(steps: Steps) -> None:
    steps.add("0002", [*CONCURRENTLY, 'op.execute("SELECT 1 / 0")'])
    with pytest.raises(MigrationFailed) as failed:
        await steps.upgrade()
    assert str(failed.value).splitlines() == [
        "Migration 0002 failed: division by zero.",
        "The statement: SELECT 1 / 0",
        "Of this migration these statements are applied, and can be repeated:",
        "  CREATE TABLE IF NOT EXISTS colours (name text)",
        "  CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_parcels_size ON parcels (size)",
        "The schema is at 0001. Mend the cause and run `aipromote db migrate` again.",
    ]
    steps.add("0002", CONCURRENTLY)
    assert (await steps.upgrade()).current == "0002"


async def test_a_unique_index_that_cannot_be_built_names_its_cause_before_anything_is_applied(steps: Steps) -> None:
    await steps.upgrade()
    await steps.database.execute("UPDATE parcels SET size = 1")
    with pytest.raises(asyncpg.UniqueViolationError):
        await steps.database.execute("CREATE UNIQUE INDEX CONCURRENTLY uq_parcels_size ON parcels (size)")
    steps.add("0002", ['op.execute("CREATE TABLE other (n int)")'])
    with pytest.raises(MigrationFailed, match="The index uq_parcels_size on parcels") as failed:
        await steps.upgrade()
    assert "No migration was applied" in str(failed.value)
    await steps.database.execute("DROP INDEX uq_parcels_size")
    assert (await steps.upgrade()).current == "0002"
