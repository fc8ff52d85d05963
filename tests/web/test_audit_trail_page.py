"""The audit trail in a browser: who sees it, what it says, filters, pages and the file."""

from __future__ import annotations

import ast
import csv
import io
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import asyncpg
import pytest
import seeds
from site_client import Browser
from sqlalchemy import text

import aipromote
from aipromote import clock
from aipromote.accounts.actor import SYSTEM, Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.organizations import keys
from aipromote.organizations.states import Role
from aipromote.web import acts

_ACTION = re.compile(r"[a-z_]+\.[a-z_]+")


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    """The owner, signed in."""
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def _note(database: Database, made: seeds.Seeded, actor: Actor, **given: object) -> None:
    about = {"action": "piece.edited", "subject": "content_pieces", "subject_id": made.piece.id} | given
    async with database.transaction(made.organization_id) as session:
        await audit.record(session, actor, organization_id=made.organization_id, **about)  # type: ignore[arg-type]


async def test_it_says_who_did_what_in_plain_words(browser: Browser, seeded: seeds.Seeded, database: Database) -> None:
    owner = seeded.startup.owner
    async with database.transaction(seeded.organization_id) as session:
        key, _ = await keys.create(session, owner, organization_id=seeded.organization_id, name="Nightly <job>")
    program = Actor(f"{owner.name} (Nightly <job>)", owner.user_id, key.id)
    detail = Detail(before={"role": Role.EDITOR, "is_active": True}, after={"role": Role.ADMIN, "is_active": False})
    await _note(database, seeded, program, action="fact.recorded", subject="facts")
    await _note(database, seeded, SYSTEM, action="post.scheduled", subject="scheduled_posts")
    await _note(database, seeded, owner, action="member.role_changed", subject="users", detail=detail)
    seen = await browser.open("/audit")
    assert seen.status == 200
    assert "Ada Brot, by the API key “Nightly <job>”" in seen.words
    assert "AIPromote by itself" in seen.words
    assert "Changed somebody’s role" in seen.words
    assert "role: editor → admin" in seen.words
    assert "is active: yes → no" in seen.words
    assert f'href="/pieces/{seeded.piece.id}"' in seen.text


async def test_only_administrators_see_it(
    second_browser: Browser, seeded: seeds.Seeded, database: Database, owner: asyncpg.Connection
) -> None:
    await seeds.startup(database, email="eve@other.example", name="Other")
    await second_browser.sign_in("eve@other.example", seeds.PASSWORD)
    assert "Kornblume" not in (await second_browser.open("/audit")).text
    await owner.execute("DELETE FROM memberships WHERE organization_id <> $1", seeded.organization_id)
    for role, status in (("EDITOR", 403), ("ADMIN", 200)):
        await owner.execute(
            "INSERT INTO memberships (organization_id, id, user_id, role) SELECT $1, gen_random_uuid(), id, $2"
            " FROM users WHERE email = 'eve@other.example'"
            " ON CONFLICT (organization_id, user_id) DO UPDATE SET role = EXCLUDED.role",
            seeded.organization_id,
            role,
        )
        assert (await second_browser.open("/audit")).status == status
        assert (await second_browser.open("/audit/download")).status == status


async def test_filters_by_person_kind_and_day_narrow_it(
    browser: Browser, seeded: seeds.Seeded, database: Database
) -> None:
    grace = Actor("Grace", new_id())  # gone since
    await _note(database, seeded, grace, action="piece.edited", at=datetime(2026, 3, 1, 22, 59, tzinfo=UTC))
    await _note(
        database, seeded, grace, action="fact.removed", subject="facts", at=datetime(2026, 3, 1, 23, 1, tzinfo=UTC)
    )
    await _note(database, seeded, SYSTEM, action="post.cancelled", subject="scheduled_posts")

    async def shown(query: str) -> list[str]:
        listed = (await browser.open(f"/audit?{query}")).text.partition('id="acts"')[2]
        return [unescape(words) for words in re.findall(r'<p class="strong">(?:<a[^>]*>)?([^<]+)', listed)]

    mine = f"person={grace.user_id}"
    assert await shown(mine) == ["Removed a fact", "Edited a text"]
    assert await shown(f"{mine}&kind=facts") == ["Removed a fact"]
    assert await shown(f"{mine}&until=2026-03-01") == ["Edited a text"]  # midnight is Berlin's
    assert await shown(f"{mine}&since=2026-03-02") == ["Removed a fact"]
    assert await shown("person=product&kind=scheduled_posts") == ["Cancelled a post"]
    assert ">Grace</option>" in (await browser.open("/audit")).text
    everything = await shown("")
    for nonsense in ("person=x&kind=users;drop&since=yesterday", "since=9999-12-31"):
        assert await shown(nonsense) == everything


async def test_pages_follow_one_another_without_gaps(
    browser: Browser, seeded: seeds.Seeded, database: Database
) -> None:
    now = clock.now()
    for number in range(120):
        at = now - timedelta(seconds=number // 3)  # several at one moment
        await _note(database, seeded, SYSTEM, action="asset.read", subject="assets", subject_id=new_id(), at=at)
    seen, found, pages = await browser.open("/audit?kind=assets"), [], 0
    while True:
        pages += 1
        found += re.findall(r"<p class=\"strong\">", seen.text)
        older = re.search(r'href="([^"]+)">Older', seen.text)
        if older is None:
            break
        seen = await browser.open(unescape(older.group(1)))
    async with database.transaction(seeded.organization_id) as session:
        there = await session.scalar(text("SELECT count(*) FROM audit_log WHERE subject = 'assets'"))
    assert (len(found), pages) == (there, 3)
    assert (await browser.open("/audit?cursor=made-up")).status == 400


async def test_the_file_has_every_line_and_no_formula(
    browser: Browser, seeded: seeds.Seeded, database: Database
) -> None:
    trick = Actor('=HYPERLINK("http://evil.example")', new_id())
    for _ in range(230):  # more than one piece
        await _note(database, seeded, trick, detail=Detail(reason="Because."))
    seen = await browser.open(f"/audit/download?person={trick.user_id}")
    assert 'filename="kornblume-audit-trail.csv"' in seen.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(seen.text)))
    assert len(rows) == 230
    assert {row["who"] for row in rows} == {f"'{trick.name}"}
    assert rows[0]["detail"] == '{"reason":"Because."}'
    assert len({(row["at"], row["subject_id"]) for row in rows}) > 1


async def test_no_filter_reads_more_than_it_shows(database: Database, owner: asyncpg.Connection) -> None:
    """By the plan: an index that has the filter and the order leads to the newest, and nothing is sorted."""
    made = await seeds.startup(database)
    await owner.execute(
        "INSERT INTO audit_log (organization_id, id, actor_name, actor_kind, user_id, action, subject, subject_id,"
        " detail, created_at) SELECT $1, gen_random_uuid(), 'x', 'PERSON', $2, 'piece.edited', 'content_pieces',"
        " gen_random_uuid(), '{}', now() - n * interval '1 minute' FROM generate_series(1, 20000) AS n",
        made.organization_id,
        made.startup.owner.user_id,
    )
    await owner.execute("ANALYZE audit_log")
    mine = f"organization_id = '{made.organization_id}'"
    person = f"user_id = '{made.startup.owner.user_id}'"
    for condition in ("true", person, "subject = 'facts'", f"user_id = '{new_id()}'", "subject = 'content_pieces'"):
        plan = await owner.fetch(
            f"EXPLAIN SELECT * FROM audit_log WHERE {mine} AND {condition} ORDER BY created_at DESC, id DESC LIMIT 51"
        )
        words = "\n".join(row[0] for row in plan)
        assert "Seq Scan" not in words, (condition, words)
        assert "Sort" not in words or "Incremental" in words, (condition, words)


def test_every_act_of_the_product_has_words() -> None:
    """As the sources name them, where they do so in one piece."""
    named = set()
    for path in Path(aipromote.__file__).parent.rglob("*.py"):
        if {"web", "http", "cli"} & set(path.parts):
            continue
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            if not ast.unparse(call.func).split(".")[-1].strip("_").startswith("record"):
                continue
            given = [*call.args, *(word.value for word in call.keywords if word.arg == "action")]
            named |= {
                each.value
                for argument in given
                for each in ast.walk(argument)
                if isinstance(each, ast.Constant) and isinstance(each.value, str) and _ACTION.fullmatch(each.value)
            }
    assert len(named) > 50
    assert named - acts.ACTS.keys() == set()
