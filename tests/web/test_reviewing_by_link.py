"""The page of a reviewer without an account, through a real browser-like client."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
import seeds
from site_client import Browser
from sqlalchemy import update

from aipromote import settings
from aipromote.content import queries as content
from aipromote.content.models import ContentPiece
from aipromote.content.review import queries as review
from aipromote.content.states import ContentStatus
from aipromote.db.database import Database
from aipromote.documents.content import MediaRef


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


async def test_opening_a_link_any_number_of_times_decides_nothing(
    browser: Browser, second_browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    address = await link_to(browser, seeded.piece.id)
    for method in ("GET", "HEAD"):
        for path in (address, f"{address}/pieces/{seeded.piece.id}/approve"):
            async with second_browser.http.request(method, second_browser.address + path) as answer:
                assert answer.status in {200, 405}
    async with database.transaction(seeded.organization_id) as session:
        mine = {"organization_id": seeded.organization_id}
        assert await content.decisions(session, **mine, piece_id=seeded.piece.id) == []
        [link] = await review.links(session, **mine)
        assert link.row.last_used_at is None


async def test_a_text_that_changed_after_it_was_shown_has_to_be_read_again(
    browser: Browser, second_browser: Browser, seeded: seeds.Seeded
) -> None:
    address = await link_to(browser, seeded.piece.id)
    await second_browser.open(address)
    await browser.open(f"/pieces/{seeded.piece.id}")
    await browser.send(f"/pieces/{seeded.piece.id}", {"body": "Rye keeps for a day.", "based_on": 1})
    seen = await second_browser.send(f"{address}/pieces/{seeded.piece.id}/approve", {"revision": 1})
    assert "Please read it again" in seen.words
    assert "Rye keeps for a day." in seen.words
    seen = await second_browser.send(f"{address}/pieces/{seeded.piece.id}/ask-changes", {"revision": 1, "note": "No."})
    assert (seen.status, "No." in seen.text) == (409, True)  # what was written is still there


async def test_a_reviewer_comments_and_asks_for_changes_and_members_read_it(
    browser: Browser, second_browser: Browser, seeded: seeds.Seeded
) -> None:
    address = await link_to(browser, seeded.piece.id)
    await second_browser.open(address)
    place = f"{address}/pieces/{seeded.piece.id}"
    said = "<script>alert(1)</script> 👩‍👩‍👧‍👦 " + "å" * 900
    seen = await second_browser.send(f"{place}/comment", {"revision": 1, "said": said, "quote": "keeps</b> for"})
    assert "Your comment was handed on" in seen.words
    seen = await second_browser.send(f"{place}/comment", {"revision": 1, "said": "Kept words.", "quote": "cake"})
    assert (seen.status, "does not stand in the text" in seen.words, "Kept words." in seen.text) == (422, True, True)
    seen = await second_browser.send(f"{place}/ask-changes", {"revision": 1, "note": "Name the baker."})
    assert "Sent back" in seen.words
    seen = await browser.open(f"/pieces/{seeded.piece.id}")
    assert "<script>alert" not in seen.text
    assert "Lea Ofen (by link of Ada Brot)" in seen.words
    assert "Name the baker." in seen.words
    seen = await browser.open("/review-links")
    assert "1 change asked for" in seen.words.replace("changes", "change")


async def test_a_link_that_was_revoked_is_dead_at_once_for_pages_forms_and_pictures(
    browser: Browser, second_browser: Browser, seeded: seeds.Seeded
) -> None:
    address = await link_to(browser, seeded.piece.id)
    await second_browser.open(address)
    listed = await browser.open("/review-links")
    [key] = re.findall(r"/review-links/([0-9a-f-]{36})/revoke", listed.text)
    await browser.send(f"/review-links/{key}/revoke")
    for seen in (
        await second_browser.open(address),
        await second_browser.send(f"{address}/pieces/{seeded.piece.id}/approve", {"revision": 1}),
        await second_browser.open(f"{address}/pieces/{seeded.piece.id}/pictures/{seeded.piece.id}"),
    ):
        assert seen.status == 404
        assert seen.headers["referrer-policy"] == "no-referrer"
        assert "Rye" not in seen.text


async def test_a_link_to_comment_shows_no_other_piece_and_takes_no_decision(
    browser: Browser, second_browser: Browser, seeded: seeds.Seeded
) -> None:
    address = await link_to(browser, seeded.piece.id, may_approve="false")
    seen = await second_browser.open(address)
    assert "Approve this post" not in seen.words
    assert "Bread is out" not in seen.words
    place = f"{address}/pieces/{seeded.piece.id}"
    seen = await second_browser.send(f"{place}/approve", {"revision": 1})
    assert "This link is for comments" in seen.words
    assert (await second_browser.send(f"{place}/ask-changes", {"revision": 1, "note": "No."})).status == 403
    other = f"{address}/pieces/{seeded.failed.content_piece_id}"
    assert (await second_browser.send(f"{other}/comment", {"revision": 1, "said": "Hm."})).status == 404


async def test_forms_of_a_page_without_referrer_are_taken_and_those_of_other_sites_are_not(
    browser: Browser, second_browser: Browser, seeded: seeds.Seeded
) -> None:
    address = await link_to(browser, seeded.piece.id)
    await second_browser.open(address)
    place = f"{address}/pieces/{seeded.piece.id}/comment"
    said = {"revision": 1, "said": "Hm."}
    nothing = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}  # what browsers send from a page without referrer
    assert (await second_browser.send(place, said, headers=nothing)).status == 200
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null", "Sec-Fetch-Site": "cross-site"}):
        assert (await second_browser.send(place, said, headers=headers)).status == 403
    assert (await second_browser.send(place, {**said, "csrf": "made-up"}, headers=nothing)).status == 403


async def test_an_address_that_tries_many_links_has_to_wait(browser: Browser, seeded: seeds.Seeded) -> None:
    seen = [(await browser.open(f"/review/{'x' * 60}{number:04}")).status for number in range(22)]
    assert (seen[0], seen[-1]) == (404, 429)


async def test_behind_a_proxy_that_is_trusted_each_client_has_tries_of_its_own(
    browser: Browser, seeded: seeds.Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert seeded.piece
    monkeypatch.setenv("AIPROMOTE_TRUSTED_PROXIES", "127.0.0.1, ::1")
    settings.get.cache_clear()
    try:
        for path, least in (("/review/" + "x" * 60, 21), ("/calendar/feed/none.ics", 121)):
            for client, expected in (("203.0.113.7", 429), ("203.0.113.8", 404)):
                headers = {"X-Forwarded-For": client}
                for _ in range(least if expected == 429 else 1):
                    async with browser.http.get(browser.address + path, headers=headers) as answer:
                        status = answer.status
                assert (path, client, status) == (path, client, expected)
    finally:
        monkeypatch.undo()
        settings.get.cache_clear()


async def test_one_person_causes_no_more_letters_to_reviewers_than_are_allowed(
    browser: Browser, seeded: seeds.Seeded
) -> None:
    await browser.open(f"/review-links/new?piece={seeded.piece.id}")
    form = {"reviewer": "Lea", "days": "7", "chosen": str(seeded.piece.id), "piece": str(seeded.piece.id)}
    for _ in range(30):
        await browser.send("/review-links/new", {**form, "email": "no address"})
    seen = await browser.send("/review-links/new", {**form, "email": "lea@x.example"})
    assert (seen.status, "tried too often" in seen.words, "lea@x.example" in seen.text) == (429, True, True)
    assert (await browser.send("/review-links/new", form)).status == 200  # one to copy sends nothing


async def test_the_week_says_what_is_approved_with_its_comments_and_what_backs_it(
    browser: Browser, seeded: seeds.Seeded
) -> None:
    await browser.open(f"/pieces/{seeded.piece.id}")
    await browser.send(f"/pieces/{seeded.piece.id}/comments", {"revision": 1, "said": "Really?"})
    day = seeded.piece.planned_for
    seen = await browser.open(f"/calendar/approve?week={day}")
    assert "Approve 1 post" in seen.words
    assert "1 comment is open" in seen.words
    assert 'class="preview"' in seen.text


async def test_every_field_that_is_sent_stands_on_the_pages_where_it_is_approved(
    browser: Browser, second_browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    parts = ["Rye keeps for a week.", "Wheat does not."]
    sent = {
        "title": "Buy <i>two</i> loaves",
        "parts": parts,
        "media_refs": [MediaRef(asset_id=uuid4(), alt_text="A loaf")],
    }
    async with database.transaction(seeded.organization_id) as session:
        await session.execute(update(ContentPiece).where(ContentPiece.id == seeded.piece.id).values(**sent))
    address = await link_to(browser, seeded.piece.id)
    for seen in (
        await second_browser.open(address),
        await browser.open(f"/calendar/approve?week={seeded.piece.planned_for}"),
    ):
        assert "Buy &lt;i&gt;two&lt;/i&gt; loaves" in seen.text
        assert [words for words in (*parts, "A loaf") if words not in seen.words] == []
