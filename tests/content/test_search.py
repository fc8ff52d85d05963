"""Searching the texts of one organization: what is found, in which order, and by which way."""

from __future__ import annotations

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update

from aipromote.content import actions, listing
from aipromote.content.listing import Wanted
from aipromote.content.models import ContentPiece
from aipromote.db.database import Database
from aipromote.db.paging import COUNTED, BadCursor
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput
from factories import organizations
from factories.organizations import Startup

HOSTILE = (
    "'", '"', '"unclosed', "\\", "a & | ! ( ) :* <-> b", "-", "--", "or", "or or", "a' OR 1=1 --", "%", "\0bread\0",
    "🥖", "🥖🥖 bread", "x" * 10_000, "bread " * 2_000, "\ud800", "(((", ":*", "' || 'bread", "\\':*", "<b>", "é\u0301",
)  # fmt: skip


async def _write(database: Database, startup: Startup, *bodies: str, **values: object) -> list[ContentPiece]:
    async with database.transaction(startup.id) as session:
        return [
            await actions.new_piece(
                session, startup.owner, organization_id=startup.id, platform=Platform.TWITTER, body=body, **values
            )
            for body in bodies
        ]


async def _bodies(database: Database, startup: Startup, words: str, **how: object) -> list[str]:
    async with database.transaction(startup.id) as session:
        found = await listing.search(session, organization_id=startup.id, words=words, **how)
        page = await listing.search_page(session, organization_id=startup.id, words=words, **how)
    assert [row.id for row in page.rows] == [row.id for row in found.rows]
    return [row.body for row in found.rows]


async def test_whole_words_and_the_beginning_of_the_last_one_are_found(database: Database) -> None:
    startup = await organizations.organization(database)
    await _write(database, startup, "Sourdough takes three days.", "Rye bread keeps longer.", "We deliver by bicycle.")
    assert await _bodies(database, startup, "sour") == ["Sourdough takes three days."]
    assert await _bodies(database, startup, "bread RYE") == ["Rye bread keeps longer."]
    assert await _bodies(database, startup, "rye bicy") == []
    assert await _bodies(database, startup, "sour ") == [], "a word with a space behind it is whole"
    assert len(await _bodies(database, startup, "bicycle or sourd")) == 2
    assert len(await _bodies(database, startup, "bicycle or rye long")) == 2, "and binds more than or"
    assert await _bodies(database, startup, '"bread keeps"') == ["Rye bread keeps longer."]
    assert await _bodies(database, startup, '"keeps bread"') == []
    assert await _bodies(database, startup, "bread -rye") == []


async def test_the_title_counts_more_than_the_hook_and_the_hook_more_than_the_text(database: Database) -> None:
    startup = await organizations.organization(database)
    third, second, first = await _write(database, startup, "Rye, of course.", "Of course, too.", "The last one.")
    async with database.transaction(startup.id) as session:
        for piece, values in ((second, {"hook": "Rye"}), (first, {"title": "Rye"})):
            await session.execute(update(ContentPiece).where(ContentPiece.id == piece.id).values(values))
        found = await listing.search(session, organization_id=startup.id, words="rye")
    assert [row.id for row in found.rows] == [first.id, second.id, third.id]


async def test_an_edited_text_is_found_by_its_new_words_only(database: Database) -> None:
    startup = await organizations.organization(database)
    (piece,) = await _write(database, startup, "Rye keeps longer.")
    async with database.transaction(startup.id) as session:
        await actions.edit(
            session, startup.owner, organization_id=startup.id, piece_id=piece.id, body="Wheat does not.", based_on=1
        )
    assert await _bodies(database, startup, "rye") == []
    assert await _bodies(database, startup, "whe") == ["Wheat does not."]


async def test_texts_in_other_scripts_are_found(database: Database) -> None:
    startup = await organizations.organization(database)
    chinese, japanese, arabic, german = texts = [
        "我们的面包店每天开门。", "ライ麦パンは長持ちします。", "نخبز الخبز كل ليلة", "Größe zählt nicht.",
    ]  # fmt: skip
    await _write(database, startup, *texts)
    assert await _bodies(database, startup, "面包店") == [chinese]
    assert await _bodies(database, startup, "パン") == [japanese]
    assert await _bodies(database, startup, "الخب") == [arabic]
    assert await _bodies(database, startup, "GRÖẞE or größe") == [german]


async def test_characters_that_stand_together_are_found_together(database: Database) -> None:
    startup = await organizations.organization(database)
    tokyo, east, both = ["東京の店でパンを焼く。", "京都の東の店。", "Rye bread東京店"]
    await _write(database, startup, tokyo, east, both)
    assert set(await _bodies(database, startup, "東京")) == {tokyo, both}
    assert await _bodies(database, startup, "東京 パン") == [tokyo]
    assert await _bodies(database, startup, '"東京の店"') == [tokyo]
    assert await _bodies(database, startup, "店 -東京") == [east]
    assert await _bodies(database, startup, "bread-東京") == [both], "only a minus before a word leaves it out"
    assert await _bodies(database, startup, "東京bre") == [both], "words beside them may go on as ever"
    assert set(await _bodies(database, startup, "京都 or パン")) == {tokyo, east}


async def test_whatever_somebody_types_is_only_searched_for(database: Database) -> None:
    startup = await organizations.organization(database)
    await _write(database, startup, "Plain bread.")
    for words in HOSTILE:
        found = await _bodies(database, startup, words)
        assert found in ([], ["Plain bread."]), words
    assert await _bodies(database, startup, "") == await _bodies(database, startup, " \t ") == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(st.sampled_from("ab'\"\\ :*&|!()<>-@#.,/\0é面🥖٣"), max_size=12))
async def test_no_mixture_of_signs_is_an_error(session, words: str) -> None:
    whole, begun = listing.split(words)
    rows = await session.execute(
        text("SELECT * FROM doors.search_pieces(:whole, :begun, 10)"), {"whole": whole, "begun": begun}
    )
    assert rows.all() == []


async def test_a_text_of_any_size_can_be_stored(database: Database) -> None:
    startup = await organizations.organization(database)
    body = " ".join(f"{number:x}{number:x}é" for number in range(9_000))[:99_000]
    await _write(database, startup, body, "面" * 99_999)
    assert len(await _bodies(database, startup, "11é")) == 1


async def test_an_organization_finds_only_its_own_texts(database: Database) -> None:
    one, other = [await organizations.organization(database, name=name) for name in ("One", "Other")]
    await _write(database, one, "Bread of the one.")
    await _write(database, other, "Bread of the other.")
    assert await _bodies(database, one, "bread") == ["Bread of the one."]
    async with database.transaction(one.id) as session:
        assert (await listing.search(session, organization_id=other.id, words="bread")).rows == []
        seen = await session.execute(text("SELECT organization_id FROM doors.search_pieces('bread', 'bread', 10)"))
        assert seen.scalars().all() == [one.id]
    async with database.transaction() as session:
        assert (await session.execute(text("SELECT * FROM doors.search_pieces('bread', 'bread', 10)"))).all() == []


async def test_a_search_is_narrowed_down_and_turned_over_page_by_page(database: Database) -> None:
    startup = await organizations.organization(database)
    await _write(database, startup, *(f"Bread number {number}." for number in range(7)))
    async with database.transaction(startup.id) as session:
        mine = {"organization_id": startup.id, "words": "bread"}
        assert (await listing.search(session, **mine, wanted=Wanted(platform=Platform.LINKEDIN))).rows == []
        seen, cursor = [], None
        while True:
            part = await listing.search(session, **mine, limit=3, cursor=cursor)
            seen += [row.id for row in part.rows]
            if (cursor := part.following) is None:
                break
            with pytest.raises(BadCursor):
                await listing.search(session, organization_id=startup.id, words="rye", cursor=cursor)
        page = await listing.search_page(session, **mine, number=3, size=3)
        assert (page.total, page.is_more, page.last, len(page.rows)) == (7, False, 3, 1)
        assert page.rows[0].id == seen[-1]
        assert len(set(seen)) == 7
        with pytest.raises(InvalidInput, match="Narrow"):
            await listing.search_page(session, **mine, number=COUNTED, size=3)


_MANY = """
    INSERT INTO content_pieces (organization_id, id, platform, status, body)
    SELECT $1::uuid, gen_random_uuid(), 'TWITTER', 'PENDING_REVIEW', 'plain words of number ' || n || ' x' || n % 997
      FROM generate_series(1, $2::int) AS n
"""


async def test_the_door_goes_by_the_index_of_tenant_and_words(database: Database, owner: asyncpg.Connection) -> None:
    one, other = [await organizations.organization(database, name=name) for name in ("One", "Other")]
    for startup in (one, other):
        await owner.execute(_MANY, startup.id, 3000)
    await owner.execute("VACUUM ANALYZE content_pieces")
    plans: list[str] = []
    owner.add_log_listener(lambda _connection, message: plans.append(str(message)))
    await owner.execute("LOAD 'auto_explain'")
    await owner.execute("SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on")
    await owner.execute(f"SET aipromote.organizations = '{{{one.id}}}'; SET client_min_messages = log")
    rows = await owner.fetch("SELECT * FROM doors.search_pieces('number x77', 'x77', 100)")
    assert {row["organization_id"] for row in rows} == {one.id}
    (plan,) = [plan for plan in plans if "ts_rank_cd" in plan]
    assert "Bitmap Index Scan on ix_content_pieces_search" in plan
    condition = plan.split("Index Cond:")[1].splitlines()[0]
    assert "organization_id = ANY" in condition, "one index answers for tenant and words together"
    assert "search @@" in condition
    assert "Seq Scan" not in plan
