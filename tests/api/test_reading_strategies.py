"""Programs read versions of the plan, what differs between them, and nothing of another organization."""

from __future__ import annotations

from program import Program, key_of

from aipromote.db.database import Database
from aipromote.documents.content import PieceSource
from aipromote.documents.passages import PassageKind
from aipromote.documents.strategy import StrategyDocument
from factories import organizations, strategy


async def test_versions_and_their_differences_are_read(program: Program, database: Database) -> None:
    startup = await organizations.organization(database)
    await strategy.active(database, startup)
    values = strategy.document().model_dump()
    values["content_pillars"][0]["share"], values["content_pillars"][1]["share"] = 40, 40
    await strategy.proposed(database, startup, plan=StrategyDocument.model_validate(values))
    program.key = await key_of(database, startup)
    status, found = await program.get("/strategies")
    assert status == 200
    assert [(one["version"], one["status"]) for one in found["data"]] == [(2, "PROPOSED"), (1, "ACTIVE")]
    _, whole = await program.get("/strategies/2")
    assert StrategyDocument.model_validate(whole["plan"]).content_pillars[0].share == 40
    _, told = await program.get("/strategies/2/diff", against=1)
    assert [(one["path"], one["before"], one["after"]) for one in told["changes"]] == [
        ("content_pillars[Bread].share", 50, 40),
        ("content_pillars[Bakers].share", 30, 40),
    ]
    (group,) = told["groups"]
    assert {one["group"] for one in told["changes"]} == {group["key"]}
    assert group["why"] == ["The shares of the pillars have to add up to 100 %."]
    assert await program.get("/replan") == (200, {"data": []})


async def test_a_version_that_is_not_there_is_not_found(program: Program, database: Database) -> None:
    startup, other = await organizations.organization(database), await organizations.organization(database)
    await strategy.active(database, other)
    program.key = await key_of(database, startup)
    for path in ("/strategies/1", "/strategies/1/diff?against=1"):
        status, told = await program.get(path)
        assert (status, told["error"]["what"]) == (404, "There is no version 1 of the strategy.")
    assert await program.get("/strategies") == (200, {"data": []})
    status, _ = await program.get("/strategies/99999999999999999999")
    assert status < 500


async def test_a_version_tells_what_it_was_written_from(program: Program, database: Database) -> None:
    startup = await organizations.organization(database)
    source = PieceSource(kind=PassageKind.FILE, source="deck.pdf, page 2", quote="Loaves rest.")
    for sources in (None, [source]):
        await strategy.proposed(database, startup, sources=sources)
    program.key = await key_of(database, startup)
    told = [(await program.get(f"/strategies/{version}"))[1]["sources"] for version in (1, 2)]
    assert told == [None, [{"kind": "file", "source": "deck.pdf, page 2", "quote": "Loaves rest.", "reference": None}]]
