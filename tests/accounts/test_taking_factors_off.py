"""`aipromote accounts reset-factors`, as an operator runs it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import asyncpg

from aipromote.accounts.actions import finish_sign_in
from aipromote.accounts.factors import queries, recovery
from aipromote.accounts.factors.models import Passkey
from aipromote.db.database import Database
from factories.organizations import organization


async def _reset(email: str, home: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "aipromote"), "accounts", "reset-factors", email]
    environment = {**os.environ, "AIPROMOTE_HOME": str(home)}
    return await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, check=False
    )


async def test_a_locked_out_person_needs_the_password_alone_again_and_the_log_says_so(
    database: Database, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    startup = await organization(database)
    user_id = startup.owner.user_id
    assert user_id is not None
    email = await owner.fetchval("SELECT email FROM users WHERE id = $1", user_id)
    async with database.transaction() as session:
        session.add(Passkey(user_id=user_id, name="Lost telephone", credential=b"1", public_key=b"1"))
        await recovery.renew(session, user_id=user_id)
        assert (await finish_sign_in(session, user_id=user_id)).is_pending
    done = await _reset(email.upper(), tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Lost telephone" in done.stdout
    async with database.transaction() as session:
        assert await queries.standing(session, user_id=user_id) == queries.Standing(None, (), 0)
        assert not (await finish_sign_in(session, user_id=user_id)).is_pending
    told = await owner.fetchrow("SELECT * FROM audit_log WHERE action = 'user.factors_reset'")
    assert (told["organization_id"], told["subject_id"], told["actor_name"]) == (startup.id, user_id, "AIPromote")
    assert '"passkeys": 1' in told["detail"]
    again = await _reset(email, tmp_path)
    assert (again.returncode, "Nothing was changed" in again.stdout) == (0, True)
    assert await owner.fetchval("SELECT count(*) FROM audit_log WHERE action = 'user.factors_reset'") == 1


async def test_nobody_of_that_name_is_said_so(database: Database, tmp_path: Path) -> None:
    done = await _reset("nobody@example.org", tmp_path)
    assert done.returncode != 0
    assert "Nobody here has the e-mail" in done.stderr
