"""Programs, pages and commands tell what is known, with its sources; nothing of another organization."""

from __future__ import annotations

import json

import pytest
import seeds
from program import Program, key_of
from sqlalchemy import update

from aipromote import settings
from aipromote.api import knowledge
from aipromote.content.models import ContentPiece
from aipromote.db.database import Database
from aipromote.documents.content import PieceSource
from aipromote.documents.passages import PassageKind
from aipromote.http.attempts import Allowance
from brand.test_facts_by_command import run
from factories import organizations


async def test_passages_are_read_with_their_sources_and_results(program: Program, database: Database) -> None:
    seeded = await seeds.startup(database)
    program.key = await key_of(database, seeded.startup)
    status, found = await program.get("/knowledge", q="loaves of bread")
    assert status == 200
    by_kind = {row["kind"]: row for row in found["data"]}
    assert by_kind["fact"]["text"] == "We baked 12,000 loaves in 2025"
    assert by_kind["profile"]["source"] == "Brief: description"
    assert by_kind["post"]["reference"] == str(seeded.published.content_piece_id)
    assert by_kind["post"]["result"] == {
        "impressions": 900, "engagement": 31, "usual_impressions": 900.0, "usual_engagement": 31.0, "compared": 1,
        "ratio": None, "is_simulated": True,
    }  # fmt: skip
    assert by_kind["fact"]["result"] is None
    assert by_kind["fact"]["found_by"] == ["words"]
    assert len((await program.get("/knowledge", q="loaves of bread", limit=1))[1]["data"]) == 1
    assert (await program.get("/knowledge"))[0] == 422
    assert (await program.get("/knowledge", q="' OR 1=1 --\0"))[1] == {"data": [], "note": None}


async def test_beyond_its_allowance_a_key_is_answered_by_words_and_no_provider_is_asked(
    program: Program, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeded = await seeds.startup(database)
    program.key = await key_of(database, seeded.startup)
    monkeypatch.setattr(knowledge, "_BY_MEANING", Allowance(tries=1, seconds=3600))
    monkeypatch.setenv("AIPROMOTE_AI_EMBEDDING_MODEL", "openai:text-embedding-3-small")
    settings.get.cache_clear()
    try:
        _, first = await program.get("/knowledge", q="loaves of bread")
        _, second = await program.get("/knowledge", q="loaves of bread")
    finally:
        monkeypatch.undo()
        settings.get.cache_clear()
    assert "This key has asked by meaning" not in (first["note"] or "")
    assert second["note"].startswith("This key has asked by meaning")
    assert "fact" in {row["kind"] for row in second["data"]}


async def test_another_organization_is_told_nothing_of_it(program: Program, database: Database) -> None:
    await seeds.startup(database)
    other = await organizations.organization(database, name="Other", description="Screws, sorted.")
    program.key = await key_of(database, other)
    assert await program.get("/knowledge", q="loaves of bread") == (200, {"data": [], "note": None})


async def test_a_command_shows_passages_as_they_are(database: Database) -> None:
    startup = await organizations.organization(database, description="Kornblume bakes [red]loaves[/red] & more.")
    which = ("--organization", str(startup.id))
    shown = await run("knowledge", "search", "loaf loaves", *which)
    assert shown.returncode == 0, shown.stderr
    assert "[red]loaves[/red]" in shown.stdout
    assert "Brief: description" in " ".join(shown.stdout.split())
    (row,) = json.loads((await run("knowledge", "search", "loaves", *which, "--json")).stdout)
    assert (row["kind"], row["outcome"], row["expired"]) == ("profile", None, False)
    nothing = await run("knowledge", "search", "zeppelin", *which)
    assert nothing.stdout.startswith("Nothing is known about that.")


async def test_the_api_tells_what_a_piece_was_written_from(program: Program, database: Database) -> None:
    seeded = await seeds.startup(database)
    source = PieceSource(kind=PassageKind.FILE, source="deck.pdf, page 2", quote="Loaves rest.")
    async with database.transaction(seeded.organization_id) as session:
        await session.execute(update(ContentPiece).where(ContentPiece.id == seeded.piece.id).values(sources=[source]))
    program.key = await key_of(database, seeded.startup)
    _, told = await program.get(f"/pieces/{seeded.piece.id}")
    assert told["sources"] == [
        {"kind": "file", "source": "deck.pdf, page 2", "quote": "Loaves rest.", "reference": None}
    ]
