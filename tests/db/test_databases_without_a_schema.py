"""What commands say on a database that nobody has set up, or that another release has made."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url

from aipromote.db import revision

COMMAND = str(Path(sys.executable).with_name("aipromote"))
SOME_ID = "0192aaaa-0000-7000-8000-000000000000"
COMMANDS = (
    ("ai", "usage"),
    ("facts", "list"),
    ("check", "Rye keeps for a week."),
    ("content", "list", "--organization", "Kornblume"),
    ("export", "Kornblume", "--to", "never-made"),
    ("incidents",),
    ("keys", "list", "--person", "ada@kornblume.example"),
    ("posts", "why", SOME_ID),
    ("strategy", "list", "--person", "ada@kornblume.example"),
)


@pytest.fixture
async def bare_url(owner_url: str, owner: asyncpg.Connection) -> AsyncIterator[str]:
    name = f"{make_url(owner_url).database}_bare"
    await owner.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await owner.execute(f"CREATE DATABASE {name}")
    yield make_url(owner_url).set(database=name).render_as_string(hide_password=False)
    await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run(*arguments: str, database_url: str, redis_url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    key = base64.b64encode(bytes(32)).decode()
    told = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "AIPROMOTE_HOME": str(folder / "home"),
        "AIPROMOTE_SECRET_KEY": "k" * 40,
        "AIPROMOTE_ENCRYPTION_KEYS": f"1:{key}",
    }
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AIPROMOTE_")}
    return subprocess.run(
        [COMMAND, *arguments], env=clean | told, cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
def test_on_an_empty_database_a_command_says_what_to_do(
    bare_url: str, redis_server_url: str, tmp_path: Path, command: tuple[str, ...]
) -> None:
    done = run(*command, database_url=bare_url, redis_url=redis_server_url, folder=tmp_path)
    assert done.returncode == 1, done.stdout
    assert done.stderr.startswith("aipromote: This database is empty"), done.stderr
    assert "`aipromote up`" in done.stderr
    assert "`aipromote db migrate`" in done.stderr
    assert "relation" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("there", "said"), [("0001", "`aipromote db migrate`"), ("9999", "a newer release of AIPromote")]
)
async def test_a_schema_of_another_release_is_named(
    bare_url: str, redis_server_url: str, tmp_path: Path, there: str, said: str
) -> None:
    connection = await asyncpg.connect(bare_url)
    await connection.execute(f"CREATE TABLE alembic_version AS SELECT '{there}' AS version_num")
    await connection.close()
    done = run("facts", "list", database_url=bare_url, redis_url=redis_server_url, folder=tmp_path)
    assert done.returncode == 1
    assert said in done.stderr
    assert there in done.stderr
    assert revision.head() in done.stderr
