"""A post written from nothing or from a template, and what ends it."""

from __future__ import annotations

import html
import re
from datetime import date
from uuid import UUID

import pytest
import seeds
from site_client import Browser, Seen

from aipromote.content import queries
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.db.database import Database
from aipromote.documents.vocabulary import ContentType, Platform


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    await browser.open("/content/new")
    return made


async def piece_at(database: Database, made: seeds.Seeded, seen: Seen) -> ContentPiece:
    async with database.transaction(made.organization_id) as session:
        key = UUID(seen.url.rsplit("/", 1)[-1])
        return await queries.piece(session, organization_id=made.organization_id, piece_id=key)


def text_of(seen: Seen) -> str:
    found = re.search(r'<textarea name="body"[^>]*>(.*?)</textarea>', seen.text, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


async def test_a_person_writes_a_post_from_nothing(browser: Browser, database: Database, seeded: seeds.Seeded) -> None:
    assert "New post" in (await browser.open("/content")).words
    async with database.transaction(seeded.organization_id) as session:
        pillar, *_ = await queries.pillars(session, organization_id=seeded.organization_id) or [None]
    form = {"platform": "BLUESKY", "body": "We bake at night.", "planned_for": "2026-12-01"}
    seen = await browser.send("/content/new", form | ({"pillar": str(pillar.id)} if pillar else {}))
    assert "It waits for a review." in seen.words
    piece = await piece_at(database, seeded, seen)
    assert (piece.platform, piece.status, piece.planned_for) == (
        Platform.BLUESKY,
        ContentStatus.PENDING_REVIEW,
        date(2026, 12, 1),
    )
    assert piece.generated_by is None


async def test_what_is_wrong_is_said_and_the_text_is_not_lost(browser: Browser, seeded: seeds.Seeded) -> None:
    for form, words in (
        ({"planned_for": "someday"}, "That is no day"),
        ({"pillar": str(seeded.piece.id)}, "There is no such pillar"),
        ({"body": "  "}, "There is no text"),
    ):
        seen = await browser.send("/content/new", {"platform": "SLACK", "body": "Kept words.", **form})
        assert (seen.status, words in seen.words) == (422, True)
        assert "Kept words." in seen.text or "body" in form


async def test_a_template_is_filled_and_an_open_place_blocks(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    seen = await browser.send(
        "/content/templates", {"name": "Proof", "body": "{{product}} in a number: {{ fact }}. See {{link}}"}
    )
    assert "Kept: Proof." in seen.words
    address = re.search(r'href="(/content/new\?template=[^"]+)"', seen.text)
    assert address is not None
    seen = await browser.open(address[1] + "&fact=We+baked+12,000+loaves+in+2025")
    assert text_of(seen) == "Kornblume in a number: We baked 12,000 loaves in 2025. See {{link}}"
    seen = await browser.send("/content/new", {"platform": "LINKEDIN", "body": text_of(seen)})
    assert "Still to be filled: {{link}}." in seen.words
    assert "looks like a place that was not filled in" in seen.words
    piece = await piece_at(database, seeded, seen)
    seen = await browser.send(f"/pieces/{piece.id}/approve", {"revision": 1})
    assert "Not approved." in seen.words


async def test_a_place_that_nobody_can_fill_and_an_empty_template_are_refused(
    browser: Browser, seeded: seeds.Seeded
) -> None:
    seen = await browser.send("/content/templates", {"name": "Odd", "body": "{{moon}}"})
    assert (seen.status, "There is no place {{moon}}" in seen.words) == (422, True)
    assert (await browser.send("/content/templates", {"name": " ", "body": "x"})).status == 422
    assert (await browser.send("/content/templates", {"name": "x", "body": "x", "platform": "PAPER"})).status == 422


async def test_a_template_of_that_name_is_changed_and_can_be_removed(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    for body in ("First.", "Second."):
        seen = await browser.send("/content/templates", {"name": "Note", "body": body})
    assert "First." not in seen.words
    address = re.search(r'action="(/content/templates/[^"]+/remove)"', seen.text)
    assert address is not None
    assert "Removed." in (await browser.send(address[1])).words
    assert (await browser.send(address[1])).status == 404
    async with database.transaction(seeded.organization_id) as session:
        assert await queries.templates(session, organization_id=seeded.organization_id) == []


async def test_a_signature_ends_a_post_where_there_is_room(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    await browser.send("/content/signatures", {"platform": "TWITTER", "words": "Kornblume, Hamburg"})
    form = {"platform": "TWITTER", "body": "We bake at night.", "sign": "yes"}
    piece = await piece_at(database, seeded, await browser.send("/content/new", form))
    assert piece.body == "We bake at night.\n\nKornblume, Hamburg"
    piece = await piece_at(database, seeded, await browser.send("/content/new", form | {"body": "b" * 270}))
    assert piece.body == "b" * 270, "no room"
    piece = await piece_at(database, seeded, await browser.send("/content/new", form | {"platform": "BLUESKY"}))
    assert piece.body == "We bake at night.", "another network's"
    assert "Removed" in (await browser.send("/content/signatures", {"platform": "TWITTER", "words": " "})).words


async def test_a_thread_is_written_with_blank_lines(browser: Browser, database: Database, seeded: seeds.Seeded) -> None:
    form = {"platform": "TWITTER", "body": "One.\r\n\r\nTwo.", "thread": "yes", "sign": "yes"}
    piece = await piece_at(database, seeded, await browser.send("/content/new", form))
    assert (piece.type, piece.parts) == (ContentType.THREAD, ["One.", "Two."])
