"""The new schema under the release before, and migrations taken back and applied again under real rows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url

from aipromote import schema
from aipromote.cli.db import upgrading
from aipromote.db import migrate, roles
from aipromote.db.database import Database, create_engine
from aipromote.simulation.seed import plant

PROJECT = Path(__file__).parents[2]
PREVIOUS = (PROJECT / "tests" / "data" / "previous_release").read_text().strip()
"""A tag or commit: the release whose code must run on the schema that this one makes."""
KEEPS_DATA = "0005"
"""The first revision whose tables hold every row of the sample."""
OLD_FLOWS = (
    "tests/simulation/test_planting.py::test_every_model_has_rows_and_a_second_planting_changes_nothing",
    "tests/publishing/test_sending.py::test_the_same_posts_in_concurrent_batches_are_sent_once",
    "tests/db/test_tenancy.py",
)
NEW_SCHEMA = """
import os, subprocess, sys
from aipromote.db import migrate
UP = "import asyncio, sys; from aipromote.db import migrate; asyncio.run(migrate.upgrade(sys.argv[1]))"
async def upgrade(url, revision="head"):
    subprocess.run([sys.executable, "-c", UP, url], env={**os.environ, "PYTHONPATH": os.environ["NEW_SRC"]}, check=True)
migrate.upgrade = upgrade
"""


@pytest.fixture
def previous(tmp_path: Path) -> Path:
    """The tree of the previous release."""
    made = subprocess.run(["git", "archive", PREVIOUS], cwd=PROJECT, capture_output=True, check=False)
    if made.returncode:
        pytest.skip(f"the history has no {PREVIOUS} (a shallow clone?), so its code cannot be run")
    tree = tmp_path / "previous"
    tree.mkdir()
    subprocess.run(["tar", "-x"], input=made.stdout, cwd=tree, check=True)
    (tree / "tests" / "new_schema.py").write_text(NEW_SCHEMA)
    return tree


def test_the_code_of_the_previous_release_works_on_the_schema_of_this_one(previous: Path) -> None:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AIPROMOTE_", "PYTEST_"))}
    paths = os.pathsep.join(str(previous / name) for name in ("src", "tests"))
    told = subprocess.run(
        [sys.executable, "-m", "pytest", *OLD_FLOWS, "-p", "new_schema", "-p", "no:cacheprovider"],
        env={**plain, "PYTHONPATH": paths, "NEW_SRC": str(PROJECT / "src")},
        cwd=previous,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-6000:] + told.stderr[-2000:]


@pytest.fixture
async def round_trip_url(owner_url: str, owner: asyncpg.Connection) -> AsyncIterator[str]:
    name = f"{make_url(owner_url).database}_round"
    await owner.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await owner.execute(f"CREATE DATABASE {name}")
    yield make_url(owner_url).set(database=name).render_as_string(hide_password=False)
    await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def columns(url: str) -> dict[str, list[str]]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        "SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attname) AS columns FROM pg_class c "
        "JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relnamespace = 'public'::regnamespace "
        "AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped "
        "AND c.relname <> 'alembic_version' GROUP BY 1"
    )
    await connection.close()
    return {row["name"]: row["columns"] for row in rows}


async def keep_a_copy(url: str, tables: dict[str, list[str]]) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE SCHEMA kept")
    for table, names in tables.items():  # as text, so that the copy holds on to no type
        listed = ", ".join(f"{name}::text AS {name}" for name in names)
        await connection.execute(f"CREATE TABLE kept.{table} AS SELECT {listed} FROM public.{table}")
    await connection.close()


async def fingerprints(url: str, tables: dict[str, list[str]], *, of: str = "public") -> dict[str, str]:
    """By table: how many rows there are, and a hash over all of them in these columns."""
    connection = await asyncpg.connect(url)
    found = {}
    for table, names in tables.items():
        listed = ", ".join(f"{name}::text" for name in names)
        found[table] = await connection.fetchval(
            f"SELECT count(*) || ':' || md5(coalesce(string_agg(line, E'\\n' ORDER BY line COLLATE \"C\"), '')) "
            f"FROM (SELECT ROW({listed})::text AS line FROM {of}.{table}) lines"
        )
    await connection.close()
    return found


async def vouch(url: str) -> None:
    """As 0037 does on the way up: who has a password from before is taken to have that e-mail."""
    connection = await asyncpg.connect(url)
    await connection.execute("UPDATE users SET verified = true WHERE password_hash IS NOT NULL")
    await connection.close()


async def test_rows_survive_every_step_down_and_up_again(round_trip_url: str) -> None:
    url = make_url(round_trip_url)
    await migrate.upgrade(round_trip_url)
    login = url.set(username=roles.login_name(url.database or ""), password=roles.password())
    database = Database(create_engine(login.render_as_string(hide_password=False)))
    planted = await plant(database)
    assert all(planted.rows.values())
    await vouch(round_trip_url)
    at_head = await columns(round_trip_url)
    await keep_a_copy(round_trip_url, at_head)
    steps = sorted(path.name[:4] for path in (migrate.FOLDER / "versions").glob("[0-9]*_*.py"))
    for step in reversed([step for step in steps if KEEPS_DATA <= step < steps[-1]]):
        assert (await migrate.downgrade(round_trip_url, step)).current == step
    at_bottom = await columns(round_trip_url)
    # A backfill on the way up stamps the rows that it changes: that is what the stamp says.
    lasting = {
        table: [name for name in names if name in at_head[table] and name != "updated_at"]
        for table, names in at_bottom.items()
        if table in at_head
    }
    assert set(schema.FIFTEEN) <= set(lasting)
    before = await fingerprints(round_trip_url, lasting, of="kept")
    assert sum(not found.startswith("0:") for found in before.values()) >= len(schema.FIFTEEN)
    assert await fingerprints(round_trip_url, lasting) == before
    for step in (step for step in steps if KEEPS_DATA < step < steps[-1]):
        assert (await migrate.upgrade(round_trip_url, step)).current == step
        assert await fingerprints(round_trip_url, lasting) == before, step
    done = await upgrading.upgrade(round_trip_url, database=database)  # as the commands do it
    await database.close()
    assert await fingerprints(round_trip_url, lasting) == before, "the last step"
    assert await migrate.differences(round_trip_url, schema.metadata) == []
    assert done.counted > 0
    numbers = {
        table: [name for name in at_head[table] if name not in {"created_at", "updated_at"}]
        for table in ("analytics_latest", "analytics_daily")
    }
    assert await fingerprints(round_trip_url, numbers) == await fingerprints(round_trip_url, numbers, of="kept")
