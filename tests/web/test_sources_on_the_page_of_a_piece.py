"""The page of a piece names what it was written from, as text."""

from __future__ import annotations

import seeds
from site_client import Browser
from sqlalchemy import update

from aipromote.content.models import ContentPiece
from aipromote.db.database import Database
from aipromote.documents.content import PieceSource
from aipromote.documents.passages import PassageKind


async def test_a_piece_shows_what_it_was_written_from(browser: Browser, database: Database) -> None:
    seeded = await seeds.startup(database)
    await browser.sign_in(seeded.email, seeds.PASSWORD)
    page = f"/pieces/{seeded.piece.id}"
    assert "Written from" not in (await browser.open(page)).words
    earlier = seeded.published.content_piece_id
    sources = [
        PieceSource(kind=PassageKind.FILE, source="deck.pdf, page 2", quote="<script>alert(1)</script> Loaves rest."),
        PieceSource(
            kind=PassageKind.POST, source="X post of 2 November 2026", quote="Bread is out.", reference=earlier
        ),
    ]
    async with database.transaction(seeded.organization_id) as session:
        await session.execute(
            update(ContentPiece)
            .where(ContentPiece.id == seeded.piece.id)
            .values(sources=sources, generated_by="openai:gpt-5")
        )
    seen = await browser.open(page)
    assert "Written from" in seen.words
    assert "deck.pdf, page 2" in seen.words
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Loaves rest." in seen.text
    assert "<script>alert(1)" not in seen.text
    assert f'<a href="/pieces/{earlier}">X post of 2 November 2026</a>' in seen.text
