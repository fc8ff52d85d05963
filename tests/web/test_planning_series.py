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
from aipromote.documents.vocabulary import Platform
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


async def test_parts_change_places_and_days_and_what_is_missing_is_said(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    far = clock.now().date() + timedelta(days=60)
    form = FORM | {"template": "question-of-the-week", "start": str(far), "weekday": str(far.weekday())}
    await browser.open("/content/series")
    planned = await browser.send("/content/series", form | {"confirmed": "true"})
    page = planned.url.removeprefix(browser.address)
    assert "2 parts are not written yet." in planned.words
    assert "No LinkedIn account is connected" in planned.words
    first, second = "Good bread is gone by noon", "Nobody says what is in the dough"
    assert planned.words.index(first) < planned.words.index(second)
    moved = await browser.send(f"{page}/parts/1/place", {"to": "later"})
    assert moved.words.index(second) < moved.words.index(first)
    assert (await browser.send(f"{page}/parts/2/place", {"to": "later"})).status == 404
    seen = await browser.send(f"{page}/parts/1/day", {"day": str(far + timedelta(days=1))})
    assert "Part 1 is on" in seen.words
    assert f'value="{far + timedelta(days=1)}"' in seen.text
    for day, why in ((far + timedelta(days=7), "comes before it"), (clock.now().date() - timedelta(days=1), "passed")):
        assert why in (await browser.send(f"{page}/parts/1/day", {"day": str(day)})).words
    assert "Write the day as" in (await browser.send(f"{page}/parts/1/day", {"day": "soon"})).words
    assert "Parts of" in (await browser.open("/content/series")).text
    await browser.send(f"{page}/cancel")
    assert "stay as they are" in (await browser.send(f"{page}/parts/1/place", {"to": "later"})).words


async def test_a_written_part_keeps_its_place_and_takes_its_text_to_another_day(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    await browser.open("/content/series")
    form = FORM | {"template": "question-of-the-week", "confirmed": "true"}
    planned = await browser.send("/content/series", form)
    page = planned.url.removeprefix(browser.address)
    assert "2 parts wait for your review." in planned.words
    assert "keeps its place" in (await browser.send(f"{page}/parts/1/place", {"to": "later"})).words
    day = START + timedelta(days=2)
    assert "Part 1 is on" in (await browser.send(f"{page}/parts/1/day", {"day": str(day)})).words
    key = seeded.startup.id
    async with database.transaction(key) as session:
        found = await queries.pieces(session, organization_id=key, platform=Platform.LINKEDIN)
    assert day in {piece.planned_for for piece in found}


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
