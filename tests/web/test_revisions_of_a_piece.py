"""The texts that a piece had: compared word by word, and taken up again."""

from __future__ import annotations

import pytest
import seeds
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from site_client import Browser

from aipromote.db.database import Database
from aipromote.web.differences import between


@pytest.fixture
async def page(browser: Browser, database: Database) -> str:
    """Of a piece with two revisions."""
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    address = f"/pieces/{made.piece.id}"
    await browser.open(address)
    await browser.send(address, {"body": "Rye <i>lasts</i> for a week.", "based_on": 1})
    return address


async def test_two_revisions_are_compared_word_by_word(browser: Browser, page: str) -> None:
    seen = await browser.open(f"{page}/revisions")
    assert "From revision 1 to revision 2" in seen.words
    assert "[removed: keeps ]" in seen.words.replace("keeps]", "keeps ]")
    assert "<i>lasts" not in seen.text
    assert "Only in revision 2" in seen.words or "only in revision 2" in seen.words


async def test_an_older_revision_is_taken_up_as_a_new_one(browser: Browser, page: str) -> None:
    await browser.open(f"{page}/revisions")
    seen = await browser.send(f"{page}/revisions/1/restore", {"based_on": 2})
    assert "The text of revision 1 stands there again." in seen.words
    assert "as revision 3" in seen.words
    stale = await browser.send(f"{page}/revisions/2/restore", {"based_on": 2})
    assert "Nothing was changed." in stale.words
    assert (await browser.send(f"{page}/revisions/9/restore", {"based_on": 3})).status == 404


async def test_an_unsaved_text_is_compared_without_being_stored(browser: Browser, page: str) -> None:
    seen = await browser.send(f"{page}/compare", {"body": "Rye <i>stays</i> for a week."})
    assert "[added: stays" in seen.words
    assert "as revision 2" in (await browser.open(page)).words


async def test_a_page_that_waited_learns_what_is_saved_and_gets_a_fresh_token(browser: Browser, page: str) -> None:
    seen = await browser.open(f"{page}/state")
    assert '"revision":2' in seen.text
    assert '"by":"Ada Brot"' in seen.text
    assert '"editable":true' in seen.text


async def test_a_text_of_any_script_is_saved_however_large_a_form_makes_it(browser: Browser, page: str) -> None:
    text = "👩‍👩‍👧 שלום e\u0301 " * 8000
    seen = await browser.send(page, {"body": text[:100_000].strip(), "based_on": 2})
    assert "Saved." in seen.words
    seen = await browser.send(page, {"body": text[:100_001] + "x", "based_on": 3})
    assert seen.status == 422
    assert "100,000 are kept at most" in seen.words
    assert text[:1000] in seen.text  # nothing of it is lost


async def test_a_title_that_is_too_long_for_the_network_is_refused_with_both_kept(browser: Browser, page: str) -> None:
    seen = await browser.send(page, {"body": "Another text.", "title": "x" * 501, "based_on": 2})
    assert seen.status == 422
    assert "The title has 501 characters" in seen.words
    assert "Another text." in seen.text
    assert "x" * 501 in seen.text


@given(st.text(alphabet="ab c\n日本é<&", max_size=60), st.text(alphabet="ab c\n日本é<&", max_size=60))
def test_a_difference_has_both_texts_whole(old: str, new: str) -> None:
    told = str(between(old, new)).replace('<span class="hidden-words">[removed: </span>', "")
    told = told.replace('<span class="hidden-words">[added: </span>', "").replace(
        '<span class="hidden-words">]</span>', ""
    )
    parts = (
        told.replace("<del>", "\0d")
        .replace("</del>", "\0.")
        .replace("<ins>", "\0i")
        .replace("</ins>", "\0.")
        .split("\0")
    )
    plain = [("." if number == 0 else part[:1], part if number == 0 else part[1:]) for number, part in enumerate(parts)]
    assert Markup("".join(text for kind, text in plain if kind != "i")).unescape() == old
    assert Markup("".join(text for kind, text in plain if kind != "d")).unescape() == new
