"""The page of a reviewer without an account, through a real browser-like client."""

from __future__ import annotations

import re

import pytest
import seeds
from site_client import Browser

from aipromote.content import queries as content
from aipromote.content.review import queries as review
from aipromote.content.states import ContentStatus
from aipromote.db.database import Database


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    """Somebody signed in, with a piece that waits for review."""
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def link_to(browser: Browser, piece_id: object, **values: object) -> str:
    """Make a link through the page, and take its address from the answer."""
    await browser.open(f"/review-links/new?piece={piece_id}")
    form = {"reviewer": "Lea Ofen", "days": "7", "may_approve": "true", "chosen": str(piece_id), "piece": str(piece_id)}
    seen = await browser.send("/review-links/new", {**form, **values})
    assert seen.status == 200, seen.words
    [address] = re.findall(r"<code class=\"whole\">([^<]+)</code>", seen.text)
    return "/review/" + address.rpartition("/review/")[2]


async def test_a_reviewer_without_an_account_approves_what_was_shown_and_it_gets_a_time(
    browser: Browser, second_browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    address = await link_to(browser, seeded.piece.id)
    seen = await second_browser.open(address)
    assert seen.status == 200
    assert "Rye &lt;b&gt;keeps" in seen.text
    assert (seen.headers["referrer-policy"], seen.headers["x-robots-tag"]) == ("no-referrer", "noindex, nofollow")
    done = await second_browser.send(f"{address}/pieces/{seeded.piece.id}/approve", {"revision": 1})
    assert "Approved" in done.words
    async with database.transaction(seeded.organization_id) as session:
        mine = {"organization_id": seeded.organization_id}
        [approval] = await content.decisions(session, **mine, piece_id=seeded.piece.id)
        assert approval.decided_by == "Lea Ofen (by link of Ada Brot)"
        assert approval.user_id == seeded.startup.owner.user_id
        [link] = await review.links(session, **mine)
        assert approval.review_link_id == link.row.id
        assert (link.approved, link.pieces) == (1, 1)
        piece = await content.piece(session, **mine, piece_id=seeded.piece.id)
        assert piece.status is ContentStatus.SCHEDULED
