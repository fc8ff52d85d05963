"""An operator keeps facts and checks texts on the command line, against a real database."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

from aipromote.brand import actions
from aipromote.db.database import Database
from factories import organizations


def _run(*arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    script = "import sys; from aipromote.cli import main; sys.argv = ['aipromote', *sys.argv[1:]]; main()"
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, input=given, env=os.environ.copy())


async def run(*arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(_run, *arguments, given=given)


async def test_a_fact_is_added_used_expired_and_removed(database: Database, tmp_path: Path) -> None:
    startup = await organizations.organization(database)
    async with database.transaction(startup.id) as session:
        brief = startup.organization.brief
        await actions.adopt_brief(session, startup.owner, organization_id=startup.id, brief=brief)
    which, text = ("--organization", str(startup.id)), "1,234 ovens bake with us."
    blocked = await run("check", text, "--platform", "linkedin", *which)
    assert blocked.returncode == 1
    assert "blocks" in blocked.stdout, blocked.stderr
    added = await run("facts", "add", "1,234 ovens are registered", "--source", "Register", "--kind", "metric", *which)
    fact_id = added.stdout.removeprefix("Recorded: ").strip()
    written = tmp_path / "post.txt"
    written.write_text(text)
    passed = await run("check", str(written), "--platform", "X", *which)
    assert passed.returncode == 0, passed.stdout
    assert "backed by: 1,234 ovens are registered" in " ".join(passed.stdout.split())
    assert (await run("facts", "expire", fact_id, *which)).returncode == 0
    told = json.loads((await run("check", "-", *which, "--json", given=text)).stdout)
    assert "expired on" in told["findings"][0]["reason"]
    assert told["claims"][0]["fact_id"] is None
    (shown,) = [
        fact for fact in json.loads((await run("facts", "list", *which, "--json")).stdout) if fact["id"] == fact_id
    ]
    assert shown["state"] == "expired"
    assert (await run("facts", "remove", fact_id, *which)).returncode == 0
    again = await run("facts", "remove", fact_id, *which)
    assert (again.returncode, again.stdout) == (1, "")
    assert "There is no such fact." in again.stderr


async def test_what_is_not_understood_is_said_and_nothing_is_done(database: Database) -> None:
    assert "no platform gazette" in (await run("check", "Hello", "--platform", "gazette")).stderr
    assert "There is no organization 'Nobody'" in (await run("facts", "list", "--organization", "Nobody")).stderr
    refused = await run("facts", "add", "x", "--source", "y", "--expires", "soon", "--organization", "Nobody")
    assert "is not a day" in refused.stderr
