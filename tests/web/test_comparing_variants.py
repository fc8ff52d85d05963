"""Variants on their page: asked for, compared, chosen."""

from __future__ import annotations

import re

import pytest
import seeds
from site_client import Browser

from aipromote.ai import queries as requests
from aipromote.ai.jobs import RequestPointer
from aipromote.ai.offline.writing import OfflineWriter
from aipromote.ai.states import RequestKind
from aipromote.content import queries
from aipromote.content.generation import write_pieces
from aipromote.db.database import Database


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def written(browser: Browser, database: Database, made: seeds.Seeded) -> str:
    """The address of the page, with variants on it."""
    page = f"/pieces/{made.piece.id}"
    await browser.open(page)
    seen = await browser.send(f"{page}/variants", {"count": "2"})
    assert "Waiting for a worker" in seen.words
    mine = {"organization_id": made.organization_id}
    async with database.transaction(made.organization_id) as session:
        asked = await requests.latest(session, **mine, kind=RequestKind.CONTENT)
    assert asked is not None
    await write_pieces(
        RequestPointer(**mine, request_id=asked.id, attempts=0), database=database, writer=OfflineWriter()
    )
    seen = await browser.open(f"/progress/{asked.id}")
    assert seen.url.endswith(f"{page}/variants")
    return f"{page}/variants"


async def test_a_variant_is_chosen_on_the_page(browser: Browser, database: Database, seeded: seeds.Seeded) -> None:
    page = await written(browser, database, seeded)
    seen = await browser.open(page)
    assert "Variant 1" in seen.words
    assert "written by offline-writer" in seen.words
    assert "your own text is not reworded" in seen.words
    address = re.findall(r'action="(/pieces/[^"]+/choose)"', seen.text)[0]
    seen = await browser.send(address, {"based_on": "1"})
    assert "Chosen. It is a new revision" in seen.words
    mine = {"organization_id": seeded.organization_id, "piece_id": seeded.piece.id}
    async with database.transaction(seeded.organization_id) as session:
        piece = await queries.piece(session, **mine)
        chosen, *_ = await queries.variants(session, **mine)
    assert (piece.revision, piece.body) == (2, chosen.body)


async def test_a_choice_on_a_stale_page_loses_nothing(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    page = await written(browser, database, seeded)
    seen = await browser.open(page)
    address = re.findall(r'action="(/pieces/[^"]+/choose)"', seen.text)[0]
    await browser.send(f"/pieces/{seeded.piece.id}", {"body": "Somebody was faster.", "based_on": 1})
    seen = await browser.send(address, {"based_on": "1"})
    assert "changed meanwhile" in seen.words
    assert "Somebody was faster." in seen.words
    assert "Variant 1" in seen.words
    seen = await browser.send(address.replace("choose", "dismiss"))
    assert "Dismissed." in seen.words
