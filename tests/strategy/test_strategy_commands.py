"""What the commands do: the same verbs as behind the pages, in the name of a person."""

from __future__ import annotations

import asyncio
import json

import pytest
from typer.testing import CliRunner

from aipromote.accounts import actions as accounts
from aipromote.accounts.queries import actor_of
from aipromote.cli.root import app
from aipromote.db.database import Database
from aipromote.documents.content import PieceSource
from aipromote.documents.passages import PassageKind
from aipromote.documents.strategy import StrategyDocument
from aipromote.errors import Conflict, InvalidInput
from aipromote.organizations import actions as organizations_actions
from factories import strategy
from factories.organizations import Startup, brief

EMAIL = "ada@kornblume.example"


async def _startup(database: Database) -> Startup:
    async with database.transaction() as session:
        owner = actor_of(await accounts.create_user(session, email=EMAIL, password="a long enough one", name="Ada"))
    async with database.transaction() as session:
        made = Startup(await organizations_actions.create(session, owner, brief=brief()), owner)
    await strategy.active(database, made)
    return made


async def _run(*arguments: str) -> str:
    """What a command prints, in a thread: it has a loop of its own. Raises what it raises."""
    result = await asyncio.to_thread(CliRunner().invoke, app, ["strategy", *arguments, "--person", EMAIL])
    if result.exception is not None:
        raise result.exception
    return result.stdout


async def test_versions_are_edited_compared_taken_in_part_and_gone_back_to(database: Database) -> None:
    await _startup(database)
    said = await _run("edit", "1", "--set", "content_pillars[Bread].share=60", "--set", "positioning.brief=a = b")
    assert "Saved as version 2. `aipromote strategy accept 2` makes it the plan." in said
    found = json.loads(await _run("diff", "1", "2", "--json"))
    assert [(one["path"], one["after"]) for one in found if one["section"] != "calendar_skeleton"] == [
        ("positioning.brief", "a = b"),
        ("content_pillars[Bread].share", 60),
        ("content_pillars[Bakers].share", 24),
        ("content_pillars[Grain].share", 16),
    ]
    words = await _run("diff", "1", "2")
    assert "Positioning: in a paragraph: Bread from old grains. → a = b" in words
    assert "together: The shares of the pillars have to add up to 100 %." in words
    assert "Version 3 is the plan now." in await _run("accept", "2", "--only", found[0]["group"])
    assert json.loads(await _run("show", "3", "--json"))["positioning"]["brief"] == "a = b"
    assert "50 %  Bread" in await _run("show", "3")
    assert "Version 1 is the plan now." in await _run("rollback", "1", "--reason", "It read better.")
    rows = json.loads(await _run("list", "--json"))
    assert [(one["version"], one["status"], one["from_version"]) for one in rows] == [
        (3, "ARCHIVED", 1),
        (2, "REJECTED", 1),
        (1, "ACTIVE", None),
    ]
    assert "Ada, from version 1" in await _run("list")
    assert "Every text has its place in the plan." in await _run("replan", "--preview")
    assert json.loads(await _run("replan", "--json")) == []


async def test_what_cannot_be_is_said(database: Database) -> None:
    await _startup(database)
    with pytest.raises(InvalidInput, match="is not PATH=VALUE"):
        await _run("edit", "1", "--set", "positioning.brief")
    with pytest.raises(InvalidInput, match="The shares add up to 110 %"):
        await _run("edit", "1", "--exact", "--set", "content_pillars[Bread].share=60")
    with pytest.raises(Conflict, match="cannot become rejected"):
        await _run("reject", "1")


async def test_what_a_version_was_written_from_is_said(database: Database) -> None:
    startup = await _startup(database)
    assert "Written from" not in await _run("show", "1")
    assert json.loads(await _run("show", "1", "--json"))["sources"] is None
    quote = "Loaves [red]rest[/red]\n\x1b[31mfor two days."
    await strategy.proposed(
        database, startup, sources=[PieceSource(kind=PassageKind.FILE, source="deck.pdf, page 2", quote=quote)]
    )
    said = await _run("show", "2")
    assert "Written from:\n  deck.pdf, page 2: “Loaves [red]rest[/red] [31mfor two days.”" in said
    assert "\x1b" not in said
    (source,) = json.loads(await _run("show", "2", "--json"))["sources"]
    assert (source["kind"], source["quote"]) == ("file", quote)


async def test_a_version_taken_in_part_keeps_the_sources_of_its_proposal(database: Database) -> None:
    startup = await _startup(database)
    values = strategy.document().model_dump()
    values["positioning"]["brief"], values["positioning"]["primary_message"] = "Bread.", "Rye."
    source = PieceSource(kind=PassageKind.FILE, source="deck.pdf, page 2", quote="Loaves rest.")
    plan = StrategyDocument.model_validate(values)
    await strategy.proposed(database, startup, plan=plan, sources=[source])
    first = json.loads(await _run("diff", "1", "2", "--json"))[0]
    assert "Version 3 is the plan now." in await _run("accept", "2", "--only", first["group"])
    assert json.loads(await _run("show", "3", "--json"))["sources"] == [source.model_dump(mode="json")]
