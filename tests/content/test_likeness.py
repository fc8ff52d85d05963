"""Texts that are alike find each other, inside one organization, and generation writes none of them again."""

from __future__ import annotations

import random
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, text

from aipromote.ai.jobs import RequestPointer
from aipromote.content import actions, likeness, queries
from aipromote.content.fingerprints import ALIKE, BANDS, bands
from aipromote.content.fingerprints import likeness as how_alike
from aipromote.content.generation import write_pieces
from aipromote.content.models import Band, ContentPiece
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from content.test_orders import START, Clerk
from factories import organizations, strategy
from factories.content import piece, post_draft

TEXT = (
    "Supermarket bread goes stale in a day, and nobody asks why.\n\nWe bake with old grains and give the dough "
    "two nights, so that a loaf keeps for a week.\n\nWhat do you look for in a loaf?"
)
EDITED = TEXT.replace("nobody asks why", "nobody wonders why").replace("a loaf keeps", "a loaf will keep")
ELSE = (
    "Our courier rides forty kilometres on a Saturday morning. She knows each stairwell in the district, and which "
    "doorbell is the one that works. That is a kind of knowledge no map has."
)


async def written(database: Database, startup: organizations.Startup, body: str, **more: Any) -> ContentPiece:
    async with database.transaction(startup.id) as session:
        values: dict[str, Any] = {"platform": Platform.LINKEDIN} | more
        return await actions.new_piece(session, startup.owner, organization_id=startup.id, body=body, **values)


async def seen(database: Database, row: ContentPiece) -> list[likeness.Alike]:
    async with database.transaction(row.organization_id) as session:
        fresh = await queries.piece(session, organization_id=row.organization_id, piece_id=row.id)
        return await likeness.alike_to(session, fresh)


@pytest.fixture
async def startup(database: Database) -> organizations.Startup:
    return await organizations.organization(database)


async def test_an_edited_copy_is_found_and_another_post_is_not(
    database: Database, startup: organizations.Startup
) -> None:
    first = await written(database, startup, TEXT, planned_for=START)
    await written(database, startup, ELSE)
    copy = await written(database, startup, EDITED)
    (found,) = await seen(database, copy)
    assert (found.piece_id, found.platform, found.day) == (first.id, Platform.LINKEDIN, START)
    assert ALIKE <= found.likeness < 1
    assert found.is_same_platform
    assert not found.is_adaptation


async def test_many_pieces_are_asked_about_at_once_with_the_answers_of_each(
    database: Database, startup: organizations.Startup
) -> None:
    first = await written(database, startup, TEXT, planned_for=START)
    other = await written(database, startup, ELSE)
    elsewhere = await written(database, startup, TEXT, platform=Platform.THREADS)
    copy = await written(database, startup, EDITED)
    imported = await written(database, startup, TEXT)
    rows = [first, other, elsewhere, copy, imported]
    mine: dict[str, Any] = {"organization_id": startup.id}
    async with database.transaction(startup.id) as session:
        await session.execute(delete(Band).where(Band.piece_id == imported.id))  # of an import: no marks yet
        found = await likeness.repetitions(session, **mine, pieces=rows)
        assert await likeness.repetitions(session, **mine, pieces=[]) == {}
    assert set(found) == {first.id, copy.id, imported.id}
    for row in (first, copy, imported):
        alone = [one for one in await seen(database, row) if one.is_same_platform]
        assert found[row.id] == alone
    assert [one.piece_id for one in found[copy.id]] == [first.id]


async def test_the_same_post_elsewhere_is_told_apart_from_a_repetition(
    database: Database, startup: organizations.Startup
) -> None:
    first = await written(database, startup, TEXT)
    there = await written(database, startup, TEXT, platform=Platform.FACEBOOK)
    (found,) = await seen(database, there)
    assert (found.piece_id, found.is_same_platform) == (first.id, False)
    async with database.transaction(startup.id) as session:
        mine = {"organization_id": startup.id, "body": EDITED}
        assert await likeness.repeated(session, **mine, platform=Platform.FACEBOOK)
        assert not await likeness.repeated(session, **mine, platform=Platform.SLACK)


async def test_an_edit_changes_what_a_piece_is_found_by(database: Database, startup: organizations.Startup) -> None:
    first = await written(database, startup, TEXT)
    copy = await written(database, startup, EDITED)
    async with database.transaction(startup.id) as session:
        await actions.edit(session, startup.owner, organization_id=startup.id, piece_id=first.id, body=ELSE, based_on=1)
    assert await seen(database, copy) == []
    async with database.transaction(startup.id) as session:
        await actions.edit(session, startup.owner, organization_id=startup.id, piece_id=copy.id, body=ELSE, based_on=1)
    assert [one.piece_id for one in await seen(database, copy)] == [first.id]


async def test_archived_pieces_count_only_if_they_went_out(
    database: Database, startup: organizations.Startup, owner: asyncpg.Connection
) -> None:
    first = await written(database, startup, TEXT)
    copy = await written(database, startup, EDITED)
    async with database.transaction(startup.id) as session:
        await actions.archive(session, startup.owner, organization_id=startup.id, piece_id=first.id)
    assert await seen(database, copy) == []
    await owner.execute("UPDATE content_pieces SET published_at = now() WHERE id = $1", first.id)
    assert [one.piece_id for one in await seen(database, copy)] == [first.id]


async def test_other_organizations_share_neither_pieces_nor_marks(
    database: Database, startup: organizations.Startup
) -> None:
    other = await organizations.organization(database, name="Other")
    await written(database, other, TEXT)
    mine = await written(database, startup, TEXT)
    assert await seen(database, mine) == []
    marks = [set(bands(TEXT, organization_id=key)) for key in (startup.id, other.id)]
    assert marks[0].isdisjoint(marks[1])


async def test_pieces_of_an_earlier_release_get_their_marks(database: Database, startup: organizations.Startup) -> None:
    first = await written(database, startup, TEXT)
    copy = await written(database, startup, EDITED)
    async with database.transaction(startup.id) as session:
        await session.execute(delete(Band))
    assert await seen(database, copy) == []
    async with database.transaction(startup.id) as session:
        assert await likeness.catch_up(session, organization_id=startup.id) == 2
        assert await likeness.catch_up(session, organization_id=startup.id) == 0
    assert [one.piece_id for one in await seen(database, copy)] == [first.id]


async def test_a_draft_that_repeats_a_piece_is_not_stored_and_counts_as_nothing_new(database: Database) -> None:
    startup = await organizations.organization(database)
    await strategy.active(database, startup)
    await piece(database, startup, body=TEXT)

    class Repeating(Clerk):
        async def posts(self, *_: object, slots: Any, **__: object) -> list[Any]:
            bodies = [EDITED, ELSE, ELSE.replace("forty", "thirty"), TEXT + " Ask us."]
            return [
                post_draft(platform=slot.platform, pillar=slot.pillar, slot=slot.index, body=body)
                for slot, body in zip(slots, bodies, strict=False)
            ]

    async with database.transaction(startup.id) as session:
        asked = await actions.request_pieces(session, startup.owner, organization_id=startup.id, start=START, weeks=1)
    pointer = RequestPointer(organization_id=startup.id, request_id=asked.id, attempts=0)
    await write_pieces(pointer, database=database, writer=Repeating())
    async with database.transaction(startup.id) as session:
        bodies = {row.body for row in await queries.pieces(session, organization_id=startup.id)}
        asked = await session.merge(asked)
        await session.refresh(asked)
    assert bodies == {TEXT, ELSE}
    assert (asked.status, asked.done_count, asked.total_count) == ("DONE", 1, 3)


async def test_marks_are_found_by_their_index_whatever_the_policy(
    database: Database, startup: organizations.Startup, owner: asyncpg.Connection
) -> None:
    """Under row-level security too: equality of numbers is known to give nothing away."""
    row = await written(database, startup, TEXT)
    await owner.execute(
        "INSERT INTO content_bands (organization_id, band, piece_id) SELECT $1, n, $2 FROM generate_series(1, 20000) n",
        startup.id,
        row.id,
    )
    await owner.execute("ANALYZE content_bands")
    async with database.transaction(startup.id) as session:
        values = {"organization": startup.id, "bands": bands(TEXT, organization_id=startup.id), "most": 60}
        plan = await session.execute(text(f"EXPLAIN {likeness._CANDIDATES.text}"), values)
        lines = "\n".join(plan.scalars())
    assert "pk_content_bands" in lines, lines
    assert "Seq Scan" not in lines


def test_short_texts_are_alike_only_word_by_word() -> None:
    assert how_alike("Rye keeps.", "rye  keeps.") == 1
    assert how_alike("Theme one is next.", "Theme two is next.") == 0


@given(st.text(min_size=1, max_size=400))
def test_every_text_has_its_marks(body: str) -> None:
    key = uuid4()
    found = bands(body, organization_id=key)
    assert len(found) == BANDS
    assert found == bands(f"  {body.upper()} ".lower() if body.isascii() else body, organization_id=key)
    assert all(-(2**63) <= band < 2**63 for band in found)


def test_nearly_all_texts_at_the_threshold_share_a_mark() -> None:
    """As the formula says: 1 - (1 - likeness^ROWS)^BANDS, which is 0.99 at the threshold."""
    key, dice = uuid4(), random.Random(7)
    shared = total = 0
    while total < 150:
        words = ["".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=dice.randint(2, 9))) for _ in range(60)]
        other = words.copy()
        for place in dice.sample(range(60), 12):
            other[place] = "".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=6))
        one, two = " ".join(words), " ".join(other)
        if how_alike(one, two) >= ALIKE - 0.05:
            total += 1
            shared += bool(set(bands(one, organization_id=key)) & set(bands(two, organization_id=key)))
    assert shared / total > 0.93
