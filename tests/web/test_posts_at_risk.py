"""What people, programs and operators see of a post that may not go out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import timedelta

import aiohttp
import pytest
import seeds
from site_client import Browser
from sqlalchemy import update

from aipromote import clock
from aipromote.channels.models import AccountLook, SocialAccount
from aipromote.channels.states import LookAnswer
from aipromote.content.models import ContentPiece
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.organizations import keys
from aipromote.organizations.states import Role
from aipromote.publishing.forecast.making import make
from aipromote.publishing.models import ScheduledPost
from aipromote.web import words
from factories import analytics
from factories import publishing as factory


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def _scheduled(database: Database, made: seeds.Seeded, **values: object) -> ScheduledPost:
    """A post of tomorrow, on an account that nobody asks about."""
    async with database.transaction(made.organization_id) as session:
        account = await analytics.account(session, made.organization_id, platform=Platform.TWITTER, handle="@bread")
        look = {"social_account_id": account.id, "asked_at": clock.now(), "answer": LookAnswer.OPEN}
        session.add(AccountLook(organization_id=made.organization_id, id=new_id(), **look))
    at = clock.now() + timedelta(hours=20)
    return await factory.post(database, made.startup, account, at=at, body="Bread on a bicycle.", **values)


async def _look(database: Database, post: ScheduledPost) -> None:
    async with aiohttp.ClientSession() as http:
        await make(database, http, [(post.organization_id, post.id)])


async def test_a_post_at_risk_is_said_on_every_page_that_shows_it_and_is_gone_after_the_repair(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    post = await _scheduled(database, seeded, approved=False)
    await _look(database, post)
    for path in ("/this-week", f"/posts/{post.id}"):
        seen = await browser.open(path)
        assert "At risk" in seen.words, path
        assert "Nobody has approved this text. Approve it." in seen.words, path
    assert "turns green by itself" in seen.words
    week = clock.now() + timedelta(hours=20)
    assert "At risk" in (await browser.open(f"/calendar?week={week:%Y-%m-%d}")).words
    async with database.transaction(seeded.organization_id) as session:
        session.add(factory.approval(seeded.startup, post.content_piece_id))
        mine = ContentPiece.id == post.content_piece_id
        await session.execute(update(ContentPiece).where(mine).values(status="APPROVED"))
    await _look(database, post)
    for path in ("/this-week", f"/calendar?week={week:%Y-%m-%d}"):
        seen = await browser.open(path)
        assert "At risk" not in seen.words, path
        assert "Will publish" in seen.words, path
    seen = await browser.open(f"/posts/{post.id}")
    assert re.search(r"Will be published Looked at [^.]*\(Berlin\), just now", seen.words)


async def test_a_network_that_could_not_be_asked_is_said_beside_the_forecast(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    post = await _scheduled(database, seeded)
    async with database.transaction(seeded.organization_id) as session:
        await session.execute(update(AccountLook).values(answer=LookAnswer.SILENT, reason="It <i>slept</i>."))
    await _look(database, post)
    seen = await browser.open(f"/posts/{post.id}")
    assert "Will be published" in seen.words
    assert "could not be asked whether it still lets @bread in: It <i>slept</i>." in seen.words


async def test_posts_with_the_same_reason_on_one_account_need_the_person_once(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    post = await _scheduled(database, seeded)
    async with database.transaction(seeded.organization_id) as session:
        account = await session.get(SocialAccount, (seeded.organization_id, post.social_account_id))
        assert account is not None
    others = [
        await factory.post(
            database,
            seeded.startup,
            account,
            at=clock.now() + timedelta(hours=9, minutes=one),
            body=f"Rye with {chr(96 + one)}.",
        )
        for one in range(1, 4)
    ]
    async with database.transaction(seeded.organization_id) as session:
        await session.execute(update(SocialAccount).values(is_active=False))
    for one in (post, *others):
        await _look(database, one)
    seen = await browser.open("/this-week")
    assert seen.words.count("The account @bread is not connected.") == 1
    assert "4 posts may not go out" in seen.words
    assert 'href="/channels">Connect again</a>' in seen.text


async def test_a_post_of_next_week_says_from_when_it_is_looked_at(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    post = await _scheduled(database, seeded)
    async with database.transaction(seeded.organization_id) as session:
        await session.execute(
            update(ScheduledPost)
            .where(ScheduledPost.id == post.id)
            .values(scheduled_at=clock.now() + timedelta(days=6))
        )
    assert "a day ahead" in (await browser.open(f"/posts/{post.id}")).words


async def test_the_page_of_a_post_tells_the_same_story_as_the_command(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    post = await _scheduled(database, seeded)
    code, told = _command("why", str(post.id), "--json", of="posts")
    assert code == 0, told
    story = json.loads(told)
    assert f"Planned for {words.at(post.scheduled_at, 'Europe/Berlin')}, in 20 hours." in story["details"]
    assert any(line.startswith("If it has not gone out by") for line in story["details"])
    seen = await browser.open(f"/posts/{post.id}")
    for line in (story["next"], *story["details"]):
        assert line in seen.words
    assert f"What has happened Scheduled {words.at(post.created_at, 'Europe/Berlin')}" in seen.words


async def test_programs_read_the_forecast_with_the_post(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    post = await _scheduled(database, seeded, approved=False)
    await _look(database, post)
    async with database.transaction(seeded.organization_id) as session:
        _, key = await keys.create(
            session, seeded.startup.owner, organization_id=seeded.organization_id, name="tests", role=Role.VIEWER
        )
    headers = {"Authorization": f"Bearer {key}"}
    async with browser.http.get(f"{browser.address}/api/v1/posts", headers=headers) as answer:
        rows = {row["id"]: row for row in (await answer.json())["data"]}
    forecast = rows[str(post.id)]["forecast"]
    assert forecast["state"] == "AT_RISK"
    assert [risk["kind"] for risk in forecast["risks"]] == ["unapproved"]
    assert rows[str(seeded.published.id)]["forecast"] is None


def _command(*arguments: str, of: str = "posts forecast") -> tuple[int, str]:
    script = "import sys; from aipromote.cli import main; sys.argv = ['aipromote', *sys.argv[1:]]; main()"
    command = [sys.executable, "-c", script, *of.split(), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


async def test_the_command_lists_what_is_at_risk_and_fails_while_something_is(
    database: Database, seeded: seeds.Seeded
) -> None:
    post = await _scheduled(database, seeded, approved=False)
    code, told = _command()
    assert (code, "1 not looked at yet" in told) == (0, True), told
    await _look(database, post)
    code, told = _command("--organization", "Kornblume", "--json")
    assert code == 1, told
    [one] = json.loads(told)["at_risk"]
    assert (one["post_id"], one["handle"]) == (str(post.id), "@bread")
    code, told = _command()
    assert code == 1
    assert "unapproved: Nobody has approved this text. Approve it." in told
    _, told = _command("--organization", "Nobody")
    assert "no organization of the name or id 'Nobody'" in told
