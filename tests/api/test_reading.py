"""What programs read, and what they are told when they may not."""

from __future__ import annotations

from datetime import timedelta

import pytest
import seeds
from program import Program, key_of
from web_server import Site

from aipromote import clock
from aipromote.content.models import ContentPiece
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.organizations import keys, queries
from aipromote.organizations.states import Role

PATHS = ("/organization", "/pieces", "/posts", "/metrics/daily", "/audit")


@pytest.fixture
async def seeded(database: Database) -> seeds.Seeded:
    return await seeds.startup(database)


@pytest.fixture
async def reader(program: Program, database: Database, seeded: seeds.Seeded) -> Program:
    program.key = await key_of(database, seeded.startup, role=Role.ADMIN)
    return program


async def test_every_resource_answers_an_administrators_key(reader: Program, seeded: seeds.Seeded) -> None:
    answers = {path: await reader.get(path) for path in PATHS}
    assert {status for status, _ in answers.values()} == {200}
    assert answers["/organization"][1]["id"] == str(seeded.organization_id)
    assert {row["id"] for row in answers["/posts"][1]["data"]} == {str(seeded.published.id), str(seeded.failed.id)}
    assert answers["/pieces"][1]["data"][0]["body"] == seeded.piece.body
    assert "key.created" in {row["action"] for row in answers["/audit"][1]["data"]}


async def test_nothing_is_answered_without_a_key(program: Program, seeded: seeds.Seeded) -> None:
    for path in PATHS:
        for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer "}, {"Cookie": "a=b"}):
            status, answer = await program.get(path, headers=headers)
            assert (status, answer["error"]["status"]) == (401, 401)
            assert "aipromote keys create" in answer["error"]["next"]


async def test_wrong_revoked_and_unknown_keys_look_alike(
    reader: Program, database: Database, seeded: seeds.Seeded
) -> None:
    right = reader.key
    async with database.transaction(seeded.organization_id) as session:
        (key,) = await queries.api_keys(session, organization_id=seeded.organization_id)
        await keys.revoke(session, seeded.startup.owner, organization_id=seeded.organization_id, key_id=key.id)
    seen = set()
    for wrong in (right, right[:-1], right.replace(right.split("_")[1], keys._spelled(new_id())), "nonsense"):
        reader.key = wrong
        status, answer = await reader.get("/organization")
        answer["error"].pop("request_id")
        seen.add((status, str(answer)))
    assert len(seen) == 1


async def test_who_tries_keys_has_to_wait_while_right_keys_are_let_in(reader: Program) -> None:
    right = reader.key
    reader.key = "aip_x_guess"
    statuses = [(await reader.get("/organization"))[0] for _ in range(22)]
    assert statuses == [401] * 20 + [429] * 2
    reader.key = right
    assert (await reader.get("/organization"))[0] == 200


async def test_a_session_of_the_site_opens_nothing_here(program: Program, seeded: seeds.Seeded, site: Site) -> None:
    answer = await program.http.post(f"{site.address}/sign-in", data={"email": seeded.email})
    assert answer.status in {403, 422}
    assert (await program.get("/organization", headers={}))[0] == 401


async def test_an_organization_does_not_read_anothers_rows(reader: Program, database: Database) -> None:
    other = await seeds.startup(database, email="eve@other.example", name="Other")
    mine = reader.key
    reader.key = await key_of(database, other.startup, role=Role.ADMIN)
    assert (await reader.get("/organization"))[1]["name"] == "Other"
    theirs = {row["id"] for path in ("/pieces", "/posts", "/audit") for row in await reader.all(path)}
    _, part = await reader.get("/pieces", limit=1)
    reader.key = mine
    ours = {row["id"] for path in ("/pieces", "/posts", "/audit") for row in await reader.all(path)}
    assert theirs
    assert ours
    assert not theirs & ours
    assert (await reader.get(f"/pieces/{other.piece.id}"))[0] == 404
    status, answer = await reader.get("/pieces", limit=1, cursor=part["next"])
    assert (status, answer["error"]["where"]) == (400, "cursor")


async def test_the_log_is_for_administrators(program: Program, database: Database, seeded: seeds.Seeded) -> None:
    program.key = await key_of(database, seeded.startup, role=Role.EDITOR)
    status, answer = await program.get("/audit")
    assert status == 403
    assert "admin" in answer["error"]["what"]


async def test_lists_are_narrowed_down_and_read_to_their_end(
    reader: Program, database: Database, seeded: seeds.Seeded
) -> None:
    async with database.transaction(seeded.organization_id) as session:
        session.add_all(
            ContentPiece(
                organization_id=seeded.organization_id,
                platform=seeded.piece.platform,
                body=f"Oats number {number}.",
                created_at=clock.now(),
            )
            for number in range(7)
        )
    rows = await reader.all("/pieces", limit=3)
    assert [row["id"] for row in rows] == sorted({row["id"] for row in rows}, reverse=True)
    assert len(await reader.all("/pieces", q="oats numb", limit=2)) == 7
    assert len(await reader.all("/pieces", status="DRAFT", platform="TWITTER")) == 7
    assert await reader.all("/pieces", pillar=str(new_id())) == []
    now = clock.now()
    failed = await reader.all("/posts", status="FAILED", start=(now - timedelta(hours=3)).isoformat())
    assert [row["error_message"] for row in failed] == ["The network said no."]
    assert await reader.all("/posts", end=(now - timedelta(days=9)).isoformat()) == []


async def test_a_gain_stands_on_its_day(reader: Program) -> None:
    _, answer = await reader.get("/metrics/daily")
    (day,) = answer["data"]
    assert day["gains"]["impressions"] == {"total": 900, "posts": 1}
    assert day["gains"]["clicks"] == {"total": None, "posts": 0}
    for wrong in ({"start": "2020-01-01"}, {"start": "2026-02-02", "end": "2026-01-01"}, {"end": "0001-01-02"}):
        if wrong.get("start") != "2020-01-01":
            assert (await reader.get("/metrics/daily", **wrong))[0] == 422
    assert (await reader.get("/metrics/daily", start="2020-01-01", end="2024-01-01"))[0] == 422


async def test_every_error_has_one_shape(reader: Program) -> None:
    asked = {
        "/nowhere": 404,
        f"/pieces/{new_id()}": 404,
        "/pieces/7": 422,
        "/pieces?status=nonsense": 422,
        "/pieces?limit=0": 422,
        "/pieces?cursor=%00%ff": 400,
        "/posts?start=2026-01-01T00:00:00": 422,
        "/pieces?pillar=%F0%9F%A5%96": 422,
        f"/audit?subject_id={new_id()}": 422,
        "/audit?subject=%00": 422,
        "/posts?start=0001-01-01T00:00:00%2B14:00": 422,
        "/posts?end=9999-12-31T23:59:59-14:00": 422,
    }
    for path, expected in asked.items():
        status, answer = await reader.get(path)
        assert (path, status) == (path, expected)
        assert answer["error"].keys() == {"status", "what", "where", "next", "request_id"}
    async with reader.http.post(f"{reader.address}/pieces") as refused:
        assert (refused.status, (await refused.json())["error"]["status"]) == (405, 405)
    async with reader.http.get(f"{reader.address}/pieces") as refused:
        assert refused.headers["WWW-Authenticate"] == "Bearer"


async def test_what_is_merely_far_away_or_huge_is_answered(reader: Program) -> None:
    for path in (
        "/metrics/daily?start=0001-01-01&end=0001-01-02",
        "/metrics/daily?start=9999-12-30&end=9999-12-31",
        "/posts?start=0001-01-01T00:00:00Z&end=9999-12-31T23:59:59Z",
        f"/pieces?limit={10**40}",
    ):
        assert (path, (await reader.get(path))[0]) == (path, 200)


async def test_hostile_words_are_only_searched_for(reader: Program) -> None:
    for words in ("'", '"', "\\", "(((", "🥖", "x" * 9_000, "\0", "a & b | !", "面", ":*"):
        status, answer = await reader.get("/pieces", q=words)
        assert (status, answer["data"]) == (200, []), words


async def test_reading_changes_nothing_but_when_the_key_was_used(
    reader: Program, site: Site, seeded: seeds.Seeded
) -> None:
    await reader.get("/organization")
    with site.statements() as sent:
        for path in PATHS:
            await reader.get(path)
    assert sum("READ ONLY" in statement for statement in sent) == len(PATHS)
    assert not [statement for statement in sent if statement.lstrip().startswith(("INSERT", "UPDATE", "DELETE"))]
