"""The series planner: dates are shown before anything is planned; a series rests, goes on and ends from its page."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from datetime import timedelta

import pytest
import seeds
from site_client import Browser

from aipromote import clock
from aipromote.content import queries
from aipromote.db.database import Database
from aipromote.documents.brief import Brief
from aipromote.organizations.actions import change_brief
from factories import organizations, strategy

START = clock.now().date() + timedelta(days=2)
FORM = {"platform": "LINKEDIN", "start": str(START), "weekday": str(START.weekday()), "parts": "2"}


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    brief = made.startup.organization.brief.model_dump(mode="json")
    brief["icp"]["pain_points"] = ["Good bread is gone by noon", "Nobody says what is in the dough"]
    async with database.transaction(made.startup.id) as session:
        await change_brief(
            session, made.startup.owner, organization_id=made.startup.id, brief=Brief.model_validate(brief)
        )
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def test_a_series_is_shown_planned_paused_and_cancelled(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    opened = await browser.open("/content/series")
    assert "needs facts about customers, with a source" in opened.words
    form = FORM | {"template": "question-of-the-week"}
    shown = await browser.send("/content/series", form)
    assert "Good bread is gone by noon" in shown.words
    assert "Plan these 2 parts" in shown.words
    async with database.transaction(seeded.startup.id) as session:
        before = len(await queries.series(session, organization_id=seeded.startup.id))
    planned = await browser.send("/content/series", form | {"confirmed": "true"})
    assert "Planned." in planned.words
    assert re.search(r"/content/series/[0-9a-f-]{36}$", planned.url)
    async with database.transaction(seeded.startup.id) as session:
        every = await queries.series(session, organization_id=seeded.startup.id)
    assert len(every) == before + 1
    address = f"/content/series/{every[-1].id}"
    assert "Paused. No more parts are written." in (await browser.send(f"{address}/pause", {})).words
    assert "It goes on." in (await browser.send(f"{address}/resume", {})).words
    assert "Cancelled" in (await browser.send(f"{address}/cancel", {})).words
    assert "Question of the week" in (await browser.open("/content/series")).words


async def test_what_makes_no_series_is_said_and_what_was_chosen_stays(browser: Browser, seeded: seeds.Seeded) -> None:
    await browser.open("/content/series")
    seen = await browser.send("/content/series", FORM | {"template": "question-of-the-week", "start": "2020-01-01"})
    assert "begins today or later" in seen.words
    assert 'value="2020-01-01"' in seen.text
    assert "gives too little" in (await browser.send("/content/series", FORM | {"template": "customer-stories"})).words


async def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = "import sys; from aipromote.cli import main; sys.argv = ['aipromote', *sys.argv[1:]]; main()"
    command = [sys.executable, "-c", script, *arguments]
    return await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, check=False, env=os.environ.copy()
    )


async def test_a_series_is_planned_by_command(database: Database) -> None:
    pains = {"icp": {"pain_points": ["Good bread is gone by noon", "Nobody says what is in the dough"]}}
    startup = await organizations.organization(database, **pains)
    await strategy.active(database, startup)
    which = ("--organization", str(startup.id))
    listed = json.loads((await _run("series", "templates", *which, "--json")).stdout)
    assert {one["template"]: one["is_possible"] for one in listed}["customer-stories"] is False
    order = ("series", "plan", "question-of-the-week", "--platform", "x", "--start", str(START), "--on", "mon", *which)
    assert "Nothing is planned yet" in (await _run(*order)).stdout
    made = json.loads((await _run(*order, "--yes", "--json")).stdout)
    shown = json.loads((await _run("series", "show", made["id"], *which, "--json")).stdout)
    assert [part["number"] for part in shown["parts"]] == [1, 2]
    for verb in ("pause", "resume", "cancel"):
        assert (await _run("series", verb, made["id"], *which)).returncode == 0
    refused = await _run("series", "resume", made["id"], *which)
    assert (refused.returncode, "cancelled" in refused.stderr) == (1, True)
