"""The page of the strategy names what a version was written from, as text."""

from __future__ import annotations

import seeds
from site_client import Browser
from sqlalchemy import update

from aipromote.db.database import Database
from aipromote.documents.content import PieceSource
from aipromote.documents.passages import PassageKind
from aipromote.strategy.models import AIStrategy


async def test_a_version_shows_what_it_was_written_from(browser: Browser, database: Database) -> None:
    seeded = await seeds.startup(database)
    await browser.sign_in(seeded.email, seeds.PASSWORD)
    page = f"/strategy?version={seeded.strategy.version}"
    assert "Written from" not in (await browser.open(page)).words
    earlier = seeded.published.content_piece_id
    sources = [
        PieceSource(kind=PassageKind.FILE, source="<b>deck.pdf</b>, page 2", quote="<script>alert(1)</script> Loaves."),
        PieceSource(
            kind=PassageKind.POST, source="X post of 2 November 2026", quote="Bread is out.", reference=earlier
        ),
    ]
    async with database.transaction(seeded.organization_id) as session:
        await session.execute(update(AIStrategy).where(AIStrategy.id == seeded.strategy.id).values(sources=sources))
    seen = await browser.open(page)
    assert "Written from" in seen.words
    assert "&lt;b&gt;deck.pdf&lt;/b&gt;, page 2" in seen.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Loaves." in seen.text
    assert "<script>alert(1)" not in seen.text
    assert f'<a href="/pieces/{earlier}">X post of 2 November 2026</a>' in seen.text
