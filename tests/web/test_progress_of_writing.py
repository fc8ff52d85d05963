"""While a strategy is written: what the page says, how it leads on, how it is stopped; and a brief as a file."""

from __future__ import annotations

import re
from uuid import UUID

import chromium
import pytest
import seeds
from playwright.async_api import Page
from site_client import Browser, Seen

from aipromote.ai import actions as requests
from aipromote.ai.jobs import RequestPointer
from aipromote.db.database import Database
from aipromote.strategy.handlers import generate_strategy
from aipromote.web.intake import example

EMAIL = "ada@example.org"


@pytest.fixture
async def asked(browser: Browser, database: Database) -> Seen:
    """The page of progress, right after a brief was handed in."""
    await seeds.person(database, email=EMAIL)
    await browser.sign_in(EMAIL, seeds.PASSWORD)
    await browser.open("/start")
    return await browser.send("/start", {"text": example()})


def _keys(browser: Browser, seen: Seen) -> tuple[UUID, UUID]:
    named = next(one.value for one in browser.http.cookie_jar if one.key == "aipromote_organization")
    return UUID(named), UUID(seen.url.rsplit("/", 1)[1])


async def _write(browser: Browser, database: Database, seen: Seen) -> None:
    organization_id, request_id = _keys(browser, seen)
    pointer = RequestPointer(organization_id=organization_id, request_id=request_id, attempts=0)
    await generate_strategy(pointer, database=database, http=None)


async def test_the_page_follows_and_leads_on_by_itself(
    chromium_page: Page, browser: Browser, database: Database, asked: Seen
) -> None:
    path = asked.url.removeprefix(browser.address)
    await chromium.sign_in(chromium_page, EMAIL, seeds.PASSWORD)
    await chromium_page.goto(path)
    assert "Waiting for a worker to take it" in await chromium_page.locator("#progress").inner_text()
    await _write(browser, database, asked)
    await chromium_page.wait_for_url("**/strategy")
    again = await browser.open(path, headers={"HX-Request": "true"}, follow=False)
    assert (again.status, again.headers["hx-redirect"]) == (200, "/strategy")
    assert (await browser.open(path)).url.endswith("/strategy"), "without a script, too"


async def test_writing_a_strategy_is_stopped_and_begun_again(browser: Browser, asked: Seen) -> None:
    assert 'hx-trigger="every 2s"' in asked.text
    stopped = await browser.send(f"{asked.url.removeprefix(browser.address)}/cancel")
    assert "Stopped by Ada" in stopped.words
    assert "nothing was changed" in stopped.words
    assert "hx-trigger" not in re.search(r'<section[^>]*id="progress"[^>]*>', stopped.text).group()
    again = await browser.send("/strategy/propose")
    assert "/progress/" in again.url
    assert again.url != asked.url


async def test_a_failure_says_what_to_do(browser: Browser, database: Database, asked: Seen) -> None:
    organization_id, request_id = _keys(browser, asked)
    mine = {"organization_id": organization_id, "request_id": request_id}
    async with database.transaction(organization_id) as session:
        taken = await requests.claim(session, **mine, seconds=60)
        assert taken is not None
        await requests.fail(session, **mine, attempt=taken.attempts, message="The model did not answer.")
    seen = await browser.open(asked.url.removeprefix(browser.address))
    assert "The model did not answer." in seen.words
    assert "Try again first" in seen.words
    assert 'action="/strategy/propose"' in seen.text


async def test_a_file_is_looked_through_page_by_page_and_taken_along_as_it_is(
    browser: Browser, database: Database
) -> None:
    await seeds.person(database, email=EMAIL)
    await browser.sign_in(EMAIL, seeds.PASSWORD)
    await browser.open("/start")
    assert (await browser.open("/start/example.yaml")).text == example()
    await browser.open("/start")
    seen = await browser.send("/start", {"text": example(), "then": "look"})
    assert 'name="name" value="Tallyroom"' in seen.text
    draft = re.search(r"/start/[0-9a-f-]{36}", seen.url).group()
    taken = await browser.open(f"{draft}/brief.yaml")
    assert "attachment" in taken.headers["content-disposition"]
    again = await browser.send("/start", {"csrf": browser.token, "text": taken.text})
    assert "/progress/" in again.url


async def test_the_first_page_opens_with_a_draft_that_has_no_answers(browser: Browser, database: Database) -> None:
    await seeds.person(database, email=EMAIL)
    await browser.sign_in(EMAIL, seeds.PASSWORD)
    await browser.open("/start")
    await browser.send("/start/new")
    seen = await browser.open("/start")
    assert (seen.status, "A draft without a name" in seen.words) == (200, True)
