"""What a founder does first: hand in a brief, read the strategy, decide on it."""

from __future__ import annotations

import aiohttp
import seeds
from site_client import Browser
from sqlalchemy import select

from aipromote.accounts import queries as accounts
from aipromote.ai.models import GenerationRequest
from aipromote.ai.states import RequestKind
from aipromote.assets.models import Asset
from aipromote.db.database import Database
from aipromote.organizations import queries as organizations
from aipromote.strategy.states import StrategyStatus
from aipromote.web.intake import example
from factories import strategy as plans
from factories.organizations import Startup

_WRONG = "name: Acme\ndescription: Nails.\nstage: sed\ngoals:\n  platforms: [x, linkdin]\n"


async def newcomer(browser: Browser, database: Database) -> None:
    await seeds.person(database, email="ada@example.org")
    seen = await browser.sign_in("ada@example.org", seeds.PASSWORD)
    assert seen.url.endswith("/start")


async def test_the_example_brief_starts_a_strategy(browser: Browser, database: Database) -> None:
    await newcomer(browser, database)
    seen = await browser.send("/start", {"text": example()})
    assert "/progress/" in seen.url
    assert 'http-equiv="refresh"' in seen.text
    async with database.transaction() as session:
        user = await accounts.user_of(session, token=_cookie(browser, "aipromote_session"))
        (place,) = await organizations.memberships_of(session, user_id=user.id)
    assert place.name == "Tallyroom"
    async with database.transaction(place.organization_id) as session:
        asked = (await session.scalars(select(GenerationRequest))).one()
        assert (asked.kind, asked.asked_by) == (RequestKind.STRATEGY, user.id)
        assert (await session.scalars(select(Asset))).one().original_name == "brief.yaml"


async def test_a_wrong_brief_shows_each_line_and_keeps_the_text(browser: Browser, database: Database) -> None:
    await newcomer(browser, database)
    seen = await browser.send("/start", {"text": _WRONG})
    assert seen.status == 422
    assert "2 places in brief.yaml to correct" in seen.words
    assert "Line 3 stage found 'sed'" in seen.words
    assert "Line 5 goals.platforms[2] found 'linkdin'" in seen.words
    assert "platforms: [x, linkdin]" in seen.text


async def test_a_brief_may_be_a_file_and_one_that_is_no_text_is_refused(browser: Browser, database: Database) -> None:
    await newcomer(browser, database)
    form = aiohttp.FormData({"csrf": browser.token, "text": "ignored"})
    form.add_field("file", b"name: Acme\ndescription: \xff\xfe\n", filename="acme.yaml")
    async with browser.http.post(browser.address + "/start", data=form) as answer:
        text = await answer.text()
    assert answer.status == 422
    assert "is not UTF-8 text" in text
    form = aiohttp.FormData({"csrf": browser.token, "text": "ignored"})
    form.add_field("file", b"name: Acme\ndescription: Nails.\n", filename="acme.yaml")
    async with browser.http.post(browser.address + "/start", data=form) as answer:
        assert "/progress/" in str(answer.url)


async def test_an_accepted_proposal_becomes_the_plan_and_posts_are_asked_for(
    browser: Browser, database: Database
) -> None:
    made = await seeds.startup(database)
    proposal = await plans.proposed(database, Startup(made.startup.organization, made.startup.owner))
    await browser.sign_in(made.email, seeds.PASSWORD)
    assert "Bread that remembers." in (await browser.open("/strategy")).words
    seen = await browser.send(f"/strategy/{proposal.id}/accept")
    assert "/progress/" in seen.url
    async with database.transaction(made.organization_id) as session:
        row = await session.get(type(proposal), (made.organization_id, proposal.id))
        assert row.status is StrategyStatus.ACTIVE
        asked = (await session.scalars(select(GenerationRequest))).one()
        assert asked.kind is RequestKind.CONTENT


async def test_a_rejected_proposal_leaves_the_plan_as_it_was(browser: Browser, database: Database) -> None:
    made = await seeds.startup(database)
    proposal = await plans.proposed(database, made.startup)
    await browser.sign_in(made.email, seeds.PASSWORD)
    await browser.open("/strategy")
    seen = await browser.send(f"/strategy/{proposal.id}/reject")
    assert "The proposal is rejected." in seen.words
    assert "The proposal is rejected." not in (await browser.open("/strategy")).words


def _cookie(browser: Browser, name: str) -> str:
    return next(cookie.value for cookie in browser.http.cookie_jar if cookie.key == name)
