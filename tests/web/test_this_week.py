"""This week says what to do next, from the first day to a scheduled week, and what happened with a comparison."""

from __future__ import annotations

from datetime import timedelta

import pytest
import seeds
from site_client import Browser
from sqlalchemy import update
from web_server import Site

from aipromote import clock
from aipromote.accounts import actions as accounts
from aipromote.accounts.queries import actor_of
from aipromote.channels.models import SocialAccount
from aipromote.content import actions as content
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.organizations import actions as organizations
from factories import analytics
from factories import strategy as plans
from factories.organizations import Startup, brief


async def test_each_step_to_the_first_week_is_said_with_one_button(browser: Browser, database: Database) -> None:
    async with database.transaction() as session:
        owner = actor_of(
            await accounts.create_user(session, email="ada@kornblume.example", password=seeds.PASSWORD, name="Ada")
        )
    async with database.transaction() as session:
        made = Startup(await organizations.create(session, owner, brief=brief(name="Kornblume")), owner)
    await browser.sign_in("ada@kornblume.example", seeds.PASSWORD)
    seen = await browser.open("/this-week")
    assert "First steps" in seen.words
    assert "Go to the strategy" in seen.words
    assert "Posts are written once a strategy is accepted." in seen.words

    await plans.active(database, made)
    seen = await browser.open("/this-week")
    assert "Go to the strategy" not in seen.words
    assert 'class="button primary" href="/channels"' in seen.text

    async with database.transaction(made.id) as session:
        await analytics.account(session, made.id, platform=Platform.TWITTER, handle="@kornblume")
    assert 'class="button primary" href="/content">Have them written' in (await browser.open("/this-week")).text

    await browser.open("/content")
    await browser.send("/content/generate", {"weeks": "2"})
    seen = await browser.open("/this-week")
    assert "Posts are being written." in seen.words
    assert 'hx-get="/this-week?watched=' in seen.text
    assert "Have them written" not in seen.words

    async with database.transaction(made.id) as session:
        piece = await content.new_piece(
            session,
            owner,
            organization_id=made.id,
            platform=Platform.TWITTER,
            body="Rye keeps for a week.",
            planned_for=clock.now().date() + timedelta(days=2),
        )
    seen = await browser.open("/this-week")
    assert "1 post is written and waits for you." in seen.words
    assert "Read and approve" in seen.words

    fields = {"week": str(piece.planned_for), "piece": f"{piece.id}:1"}
    assert "1 post is scheduled." in (await browser.send("/calendar/approve", fields)).words
    seen = await browser.open("/this-week")
    assert "First steps" not in seen.words
    assert "1 post in the next 7 days" in seen.words


async def test_what_went_out_is_compared_with_the_week_before(browser: Browser, database: Database) -> None:
    made = await seeds.startup(database)
    async with database.transaction(made.organization_id) as session:
        account = await session.get(SocialAccount, (made.organization_id, made.published.social_account_id))
        assert account is not None
        for days in (9, 10):
            await analytics.post(session, account, at=clock.now() - timedelta(days=days), text=f"Old {days}")
    await browser.sign_in(made.email, seeds.PASSWORD)
    seen = await browser.open("/this-week")
    assert "1 post went out in the last 7 days, and 2 in the 7 days before." in seen.words
    assert 'href="/results"' in seen.text


async def test_an_account_that_was_turned_away_asks_to_be_connected_again(
    site: Site, browser: Browser, database: Database
) -> None:
    made = await seeds.startup(database)
    async with database.transaction(made.organization_id) as session:
        gone = update(SocialAccount).values(
            is_active=False, access_token_sealed=None, refresh_token_sealed=None, error_message="X refused the key."
        )
        await session.execute(gone)
    await browser.sign_in(made.email, seeds.PASSWORD)
    with site.statements() as asked:
        seen = await browser.open("/this-week")
    assert len(asked) <= 12
    assert "Turned away" in seen.words
    assert "X refused the key." in seen.words
    assert "Connect again" in seen.words


@pytest.mark.parametrize("path", ["/this-week", "/content", "/content/series"])
async def test_a_page_about_the_week_stays_within_its_statements(
    site: Site, browser: Browser, database: Database, path: str
) -> None:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    with site.statements() as asked:
        assert (await browser.open(path)).status == 200
    assert len(asked) <= 12, asked
