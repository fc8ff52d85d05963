"""Rewriting on the page: a preview first, then one click; nothing is lost by somebody who was faster."""

from __future__ import annotations

import html
import re
from uuid import UUID

import pytest
import seeds
from site_client import Browser, Seen

from ai.model_server import Filled, serving
from aipromote import settings
from aipromote.content import likeness, queries
from aipromote.content.models import ContentPiece
from aipromote.db.database import Database
from aipromote.documents.vocabulary import ContentType, Platform

TEXT = (
    "Rye keeps for a week. It is the grain that does it. The dough rests for two nights before it is baked, and "
    "nobody hurries it along the way.\n\nA slice on the seventh day tastes like one on the second, which is why we "
    "bake each loaf large enough for a family.\n\nThe crust helps as well, of course. What do you look for in a loaf?"
)


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    await browser.open(f"/pieces/{made.piece.id}")
    await browser.send(f"/pieces/{made.piece.id}", {"body": TEXT, "based_on": 1})
    return made


async def piece_of(database: Database, made: seeds.Seeded, key: UUID | None = None) -> ContentPiece:
    async with database.transaction(made.organization_id) as session:
        mine = {"organization_id": made.organization_id, "piece_id": key or made.piece.id}
        return await queries.piece(session, **mine)


def offered(seen: Seen) -> dict[str, str]:
    """The fields of the form that takes the proposal."""
    form = next(one for one in seen.text.split("<form")[1:] if 'type="hidden" name="body"' in one)
    return {
        name: html.unescape(value)
        for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
        if name != "csrf"
    }


async def test_a_shorter_text_is_shown_first_and_taken_with_one_click(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    page = f"/pieces/{seeded.piece.id}"
    seen = await browser.send(f"{page}/rewrite", {"task": "shorter", "percent": "50", "based_on": 2, "body": TEXT})
    assert "Nothing is stored yet. Rewritten by rules, without a model." in seen.words
    assert (await piece_of(database, seeded)).body == TEXT
    taken = offered(seen)
    seen = await browser.send(page, taken)
    assert "Saved." in seen.words
    piece = await piece_of(database, seeded)
    assert (piece.revision, len(piece.body) <= len(TEXT) / 2) == (3, True)
    assert piece.body.startswith("Rye keeps for a week.")


async def test_a_stale_proposal_is_told_and_both_texts_are_kept(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    page = f"/pieces/{seeded.piece.id}"
    seen = await browser.send(f"{page}/rewrite", {"task": "hook", "based_on": 2, "body": TEXT})
    taken = offered(seen)
    assert taken["body"].startswith("What do you look for in a loaf?")
    await browser.send(page, {"body": "Somebody was faster.", "based_on": 2})
    seen = await browser.send(page, taken)
    assert seen.status == 409
    assert "Somebody was faster." in seen.words
    assert "What do you look for in a loaf? Rye keeps" in seen.words


async def test_a_text_becomes_a_thread_and_one_text_again(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    page = f"/pieces/{seeded.piece.id}"
    seen = await browser.send(f"{page}/rewrite", {"task": "thread", "numbered": "yes", "based_on": 2, "body": TEXT})
    assert "1 of 2" in seen.words
    await browser.send(page, offered(seen))
    piece = await piece_of(database, seeded)
    assert (piece.type, len(piece.parts), piece.parts[0][-4:]) == (ContentType.THREAD, 2, " 1/2")
    seen = await browser.send(f"{page}/rewrite", {"task": "join", "based_on": 3, "body": piece.body})
    await browser.send(page, offered(seen))
    piece = await piece_of(database, seeded)
    assert (piece.type, piece.parts) == (ContentType.POST, [])
    assert "".join(piece.body.split()) == "".join(TEXT.split())


async def test_a_post_for_another_network_is_a_piece_of_its_own_that_is_linked(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    page = f"/pieces/{seeded.piece.id}"
    seen = await browser.send(f"{page}/rewrite", {"task": "adapt", "platform": "LINKEDIN", "based_on": 2, "body": TEXT})
    assert "For LinkedIn" in seen.words
    seen = await browser.send(f"{page}/adapt", offered(seen))
    assert "A post for LinkedIn, which waits for a review." in seen.words
    assert "one was made of the other, which is no repetition" in seen.words
    made = await piece_of(database, seeded, UUID(seen.url.rsplit("/", 1)[-1]))
    assert (made.platform, made.planned_for) == (Platform.LINKEDIN, seeded.piece.planned_for)
    async with database.transaction(seeded.organization_id) as session:
        (twin,) = await likeness.alike_to(session, made)
    assert (twin.piece_id, twin.is_adaptation) == (seeded.piece.id, True)


async def test_only_a_passage_is_rewritten_and_what_cannot_be_is_said(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    page = f"/pieces/{seeded.piece.id}"
    wish = {"task": "shorter", "based_on": 2, "body": TEXT}
    passage = "Rye keeps for a week. It is the grain that does it."
    seen = await browser.send(f"{page}/rewrite", wish | {"selection": passage})
    assert offered(seen)["body"] == TEXT.replace(" It is the grain that does it.", "")
    seen = await browser.send(f"{page}/rewrite", wish | {"selection": "Wheat does not."})
    assert "does not stand in the text" in seen.words
    seen = await browser.send(f"{page}/rewrite", wish | {"body": "One sentence."})
    assert "no sentence that could be left out" in seen.words
    assert ">One sentence.</textarea>" in seen.text, "what was not saved is not lost"
    seen = await browser.send(f"{page}/rewrite", wish | {"task": "thread", "body": passage})
    assert "fits into one X post; there is nothing to split" in seen.words
    assert (await piece_of(database, seeded)).revision == 2


async def test_a_model_rewrites_where_one_is_set_up_and_what_it_brings_in_is_refused(
    browser: Browser, database: Database, seeded: seeds.Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving() as server:
        for name, value in server.settings("openai:gpt-5", ai_retries=0).items():
            monkeypatch.setenv(f"AIPROMOTE_{name.upper()}", str(value))
        settings.get.cache_clear()
        try:
            page, wish = f"/pieces/{seeded.piece.id}", {"task": "shorter", "based_on": 2, "body": TEXT}
            server.will(Filled({"text": "Rye keeps for a week, thanks to <b>the grain</b>."}))
            seen = await browser.send(f"{page}/rewrite", wish)
            assert "Nothing is stored yet. Rewritten by openai:gpt-5." in seen.words
            assert "&lt;b&gt;the grain&lt;/b&gt;" in seen.text, "what a model writes is never markup"
            server.will(Filled({"text": "Rye keeps for 9 weeks."}))
            seen = await browser.send(f"{page}/rewrite", wish)
            assert "This was done by rules, since no language model did it" in seen.words
            assert "is a claim (number) that no fact backs" in seen.words
            assert "9 weeks" not in offered(seen)["body"]
        finally:
            monkeypatch.undo()
            settings.get.cache_clear()
