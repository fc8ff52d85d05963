"""What a command says when a server refuses it: one message, and the way out."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import asyncpg
import pytest
from sqlalchemy import make_url, text

from aipromote.cli import faults
from aipromote.db.database import Database
from aipromote.embedded.ports import free_port


async def test_a_schema_that_waits_for_its_migrations_is_told_from_a_fault_of_ours(
    database: Database, owner: asyncpg.Connection
) -> None:
    for statement in ("SELECT * FROM doors.of_a_later_release()", "SELECT 1 FROM table_of_a_later_release"):
        with pytest.raises(Exception, match="does not exist") as absent:
            async with database.transaction() as session:
                await session.execute(text(statement))
        assert "of_a_later_release" in str(faults.told(absent.value))
        assert "aipromote db migrate" in str(faults.told(absent.value))
    with pytest.raises(asyncpg.DivisionByZeroError) as ours:
        await owner.execute("SELECT 1 / 0")
    assert faults.told(ours.value) is None


async def test_a_login_that_is_refused_names_no_password(owner_url: str) -> None:
    url = make_url(owner_url).set(password="not the password")
    with pytest.raises(asyncpg.InvalidPasswordError) as refused:
        await asyncpg.connect(url.render_as_string(hide_password=False))
    message = str(faults.told(refused.value))
    assert "DATABASE_URL" in message
    assert "not the password" not in message


def test_a_start_says_that_the_server_is_away_and_nothing_else() -> None:
    url = f"postgresql://somebody:secret@127.0.0.1:{free_port()}/nothing"
    done = subprocess.run(
        [sys.executable, "-m", "aipromote.cli.prepare"],
        env=os.environ | {"DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    message = json.loads(done.stdout)["refused"]
    assert message.startswith("A server does not answer")
    assert "secret" not in message
