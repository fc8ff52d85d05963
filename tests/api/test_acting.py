"""What programs do with a key: variants, series and feeds; and what they may not."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import seeds
from program import Program, key_of

from aipromote import clock, settings
from aipromote.ai.jobs import RequestPointer
from aipromote.ai.offline.writing import OfflineWriter
from aipromote.api import routes
from aipromote.content import actions as content
from aipromote.content.generation import write_pieces
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.documents.brief import Brief
from aipromote.documents.vocabulary import Platform
from aipromote.organizations.actions import change_brief
from aipromote.organizations.states import Role
from factories.blogs import Blog, blogging, page_of

START = clock.now().date() + timedelta(days=2)
WISH = {
    "template": "question-of-the-week", "platform": "LINKEDIN", "start": str(START), "weekdays": [START.weekday()],
    "parts": 2,
}  # fmt: skip


@pytest.fixture
async def seeded(database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    brief = made.startup.organization.brief.model_dump(mode="json")
    brief["icp"]["pain_points"] = ["Good bread is gone by noon", "Nobody says what is in the dough"]
    async with database.transaction(made.startup.id) as session:
        await change_brief(
            session, made.startup.owner, organization_id=made.startup.id, brief=Brief.model_validate(brief)
        )
    return made


@pytest.fixture
async def editor(program: Program, database: Database, seeded: seeds.Seeded) -> Program:
    program.key = await key_of(database, seeded.startup, role=Role.EDITOR)
    return program


@pytest.fixture
async def blog(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Blog]:
    monkeypatch.setenv("AIPROMOTE_READING_LOOPBACK_UNSAFE", "true")
    settings.get.cache_clear()
    async with blogging({"/feed.xml": page_of("rss.xml")}) as found:
        yield found
    monkeypatch.undo()
    settings.get.cache_clear()


def addresses() -> list[tuple[str, str]]:
    """Method and path of everything that changes something."""
    found = []
    for module in routes.RESOURCES:
        for route in module.router.routes:
            path = re.sub(r"{\w+}", str(new_id()), route.path)
            found += [(method, path) for method in route.methods if method != "GET" and not path.endswith("/preview")]
    return found


async def test_variants_are_asked_for_read_chosen_and_dismissed(
    editor: Program, database: Database, seeded: seeds.Seeded
) -> None:
    path = f"/pieces/{seeded.piece.id}"
    status, asked = await editor.post(f"{path}/variants", {"count": 2})
    assert (status, asked["status"]) == (202, "PENDING")
    pointer = RequestPointer(organization_id=seeded.organization_id, request_id=UUID(asked["id"]), attempts=0)
    await write_pieces(pointer, database=database, writer=OfflineWriter())
    assert (await editor.get(f"/requests/{asked['id']}"))[1]["status"] == "DONE"
    _, found = await editor.get(f"{path}/variants")
    first, second = found["data"]
    assert first["body"] != second["body"]
    assert first["findings"] is not None
    status, piece = await editor.post(f"{path}/variants/{first['id']}/choose", {"based_on": 1})
    assert (status, piece["revision"], piece["body"]) == (200, 2, first["body"])
    assert (await editor.post(f"{path}/variants/{first['id']}/choose", {"based_on": 2}))[0] == 409
    assert (await editor.post(f"{path}/variants/{second['id']}/choose", {"based_on": 1}))[0] == 409
    assert (await editor.post(f"{path}/variants/{second['id']}/dismiss"))[1]["status"] == "DISMISSED"
    _, found = await editor.get(f"{path}/variants")
    assert [one["status"] for one in found["data"]] == ["CHOSEN", "DISMISSED"]
    assert {one["decided_by"] for one in found["data"]} == {"Ada Brot (Nightly export)"}
    assert (await editor.post(f"{path}/variants", {"count": 9}))[0] == 422
    other = f"/pieces/{seeded.published.content_piece_id}/variants/{second['id']}/dismiss"
    assert (await editor.post(other))[0] == 404


async def test_pieces_that_say_the_same_are_told_with_how_alike_they_are(
    editor: Program, database: Database, seeded: seeds.Seeded
) -> None:
    text = "Rye bread keeps for a week, because the acid of the sourdough holds what would spoil it."
    async with database.transaction(seeded.organization_id) as session:
        first, again = [
            await content.new_piece(
                session,
                seeded.startup.owner,
                organization_id=seeded.organization_id,
                platform=Platform.TWITTER,
                body=body,
            )
            for body in (text, f"{text} Try it.")
        ]
    _, found = await editor.get(f"/pieces/{again.id}/alike")
    (one,) = found["data"]
    assert (one["piece_id"], one["is_same_platform"]) == (str(first.id), True)
    assert 0.65 <= one["likeness"] <= 1
    _, pairs = await editor.get("/duplicates")
    assert [(pair["piece_id"], pair["repeats"]["piece_id"]) for pair in pairs["data"]] == [
        (str(again.id), str(first.id))
    ]


async def test_a_series_is_shown_planned_paused_and_cancelled(editor: Program) -> None:
    _, offered = await editor.get("/series/templates")
    assert {one["template"]: one["is_possible"] for one in offered["data"]}["question-of-the-week"]
    status, shown = await editor.post("/series/preview", WISH)
    assert (status, [part["lead"] for part in shown["parts"]][:1]) == (200, ["Good bread is gone by noon."])
    assert (await editor.get("/series"))[1]["data"] == []
    status, made = await editor.post("/series", WISH)
    assert (status, len(made["parts"]), made["status"]) == (201, 2, "ACTIVE")
    assert made["parts"][0]["piece_id"] is not None
    path = f"/series/{made['id']}"
    assert (await editor.post(f"{path}/pause"))[1]["series"]["status"] == "PAUSED"
    assert (await editor.post(f"{path}/resume"))[1]["series"]["status"] == "ACTIVE"
    assert (await editor.post(f"{path}/cancel"))[1] == {
        "series": (await editor.get("/series"))[1]["data"][0], "scheduled_piece_ids": []
    }  # fmt: skip
    assert (await editor.post(f"{path}/resume"))[0] == 409
    assert (await editor.get(path))[1]["status"] == "CANCELLED"
    status, refused = await editor.post("/series", WISH | {"weekdays": [7]})
    assert (status, refused["error"]["where"]) == (422, "weekdays.0")


async def test_a_feed_is_imported_followed_paused_and_forgotten(
    editor: Program, seeded: seeds.Seeded, blog: Blog
) -> None:
    wanted = {"address": f"{blog.address}/feed.xml", "platforms": ["TWITTER"]}
    status, came = await editor.post("/feeds/import", wanted)
    assert (status, len(came["piece_ids"])) == (201, 2), came
    status, followed = await editor.post("/feeds", wanted | {"every_hours": 24})
    assert (status, followed["imported"]["known"], followed["feed"]["every_hours"]) == (201, 2, 24)
    assert len((await editor.get("/articles"))[1]["data"]) == 2
    path = f"/feeds/{followed['feed']['id']}"
    assert (await editor.post(f"{path}/pause"))[1]["is_active"] is False
    assert (await editor.post(f"{path}/look"))[0] == 409
    assert (await editor.post(f"{path}/resume"))[1]["is_active"] is True
    assert (await editor.post(f"{path}/look"))[0] == 200
    assert await editor.get(path) == (200, (await editor.get("/feeds"))[1]["data"][0])
    assert await editor.send("DELETE", path) == (204, None)
    assert (await editor.get("/feeds"))[1] == {"data": []}
    assert (await editor.post("/feeds", wanted | {"address": "http://169.254.169.254/"}))[0] == 422


async def test_a_key_that_only_reads_changes_nothing(
    program: Program, database: Database, seeded: seeds.Seeded, forget_tries: Callable[[], None]
) -> None:
    assert len(addresses()) >= 10
    given = WISH | {"count": 2, "based_on": 1, "address": "https://a.example", "platforms": ["TWITTER"]}
    for method, path in addresses():
        forget_tries()  # there are more addresses than wrong keys that one program may show
        assert (await program.send(method, path, given))[0] == 401, path
    program.key = await key_of(database, seeded.startup, role=Role.APPROVER)
    for method, path in addresses():
        if "/comments" in path or path.startswith("/review-links"):
            continue  # what an approver's key may, too: see test_reviewing_by_program
        status, answer = await program.send(method, path, given)
        assert (path, status) == (path, 403)
        least = "admin" if path.startswith("/channels") else "editor"
        assert least in answer["error"]["what"]


async def test_what_belongs_to_another_organization_is_not_there(
    editor: Program, database: Database, seeded: seeds.Seeded
) -> None:
    _, made = await editor.post("/series", WISH)
    await seeds.feed_and_series(database, seeded)
    (feed,) = (await editor.get("/feeds"))[1]["data"]
    _, asked = await editor.post(f"/pieces/{seeded.piece.id}/variants", {"count": 2})
    other = await seeds.startup(database, email="eve@other.example", name="Other")
    editor.key = await key_of(database, other.startup, role=Role.OWNER)
    for path in ("/feeds", "/series", "/articles", "/duplicates"):
        assert (await editor.get(path))[1] == {"data": []}, path
    gone: list[tuple[str, str, Any]] = [
        ("GET", f"/feeds/{feed['id']}", None),
        ("GET", f"/series/{made['id']}", None),
        ("GET", f"/requests/{asked['id']}", None),
        ("GET", f"/pieces/{seeded.piece.id}/alike", None),
        ("GET", f"/pieces/{seeded.piece.id}/variants", None),
        ("POST", f"/pieces/{seeded.piece.id}/variants", {"count": 2}),
        ("DELETE", f"/feeds/{feed['id']}", None),
        *(("POST", f"/feeds/{feed['id']}/{verb}", None) for verb in ("pause", "resume", "look")),
        *(("POST", f"/series/{made['id']}/{verb}", None) for verb in ("pause", "resume", "cancel")),
    ]
    for method, path, given in gone:
        assert (path, (await editor.send(method, path, given))[0]) == (path, 404)


async def test_the_description_names_every_address_and_what_each_is_for(editor: Program) -> None:
    status, document = await editor.get("/openapi.json")
    assert (status, document["openapi"][:3]) == (200, "3.1")
    there = {path.removeprefix("/api/v1") for path in document["paths"]}
    assert there == {route.path for module in routes.RESOURCES for route in module.router.routes}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), (method, path)
            assert operation["responses"]["default"]["content"]["application/json"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_where_a_model_writes_a_series_is_left_to_a_worker(
    editor: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIPROMOTE_AI_MODELS", "openai:gpt-5")
    settings.get.cache_clear()
    try:
        status, made = await editor.post("/series", WISH)
        assert status == 201
        assert [part["piece_id"] for part in made["parts"]] == [None, None]
        await editor.post(f"/series/{made['id']}/pause")
        await editor.post(f"/series/{made['id']}/resume")
        _, after = await editor.get(f"/series/{made['id']}")
        assert [part["piece_id"] for part in after["parts"]] == [None, None]
    finally:
        monkeypatch.undo()
        settings.get.cache_clear()
