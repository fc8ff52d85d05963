"""A text has revisions; nobody overwrites what they have not seen; what is out does not change."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from aipromote.content import actions, queries
from aipromote.content.models import ContentPiece
from aipromote.content.states import MOVES, ContentStatus
from aipromote.db.database import Database
from aipromote.documents.vocabulary import ContentType, Platform
from aipromote.errors import Conflict, InvalidInput, NotAllowed, NotFound, StaleRevision
from aipromote.organizations.states import Role
from aipromote.strategy import queries as strategies
from factories import content, organizations


async def _edit(database: Database, startup: organizations.Startup, piece_id: UUID, body: str, **more) -> ContentPiece:
    async with database.transaction(startup.id) as session:
        return await actions.edit(
            session,
            startup.owner,
            organization_id=startup.id,
            piece_id=piece_id,
            body=body,
            **({"based_on": 1} | more),
        )


async def _mirror(database: Database, startup: organizations.Startup, piece_id: UUID, *statuses: str) -> ContentPiece:
    async with database.transaction(startup.id) as session:
        return await actions.mirror(session, organization_id=startup.id, piece_id=piece_id, statuses=statuses)


async def test_of_two_who_edit_the_same_revision_one_is_told_to_look_again(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.piece(database, startup)
    results = await asyncio.gather(
        *(_edit(database, startup, piece.id, f"Text {number}") for number in range(2)), return_exceptions=True
    )
    assert sorted(type(result) for result in results if isinstance(result, Exception)) == [StaleRevision]
    async with database.transaction(startup.id) as session:
        texts = await queries.revisions(session, organization_id=startup.id, piece_id=piece.id)
    assert [text.number for text in texts] == [2, 1]
    assert (texts[1].body, texts[1].author) == (piece.body, "tests/1")
    assert (texts[0].author, texts[0].author_id) == ("Ada", startup.owner.user_id)


async def test_an_edit_that_changes_nothing_makes_no_revision(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.approved(database, startup)
    same = await _edit(database, startup, piece.id, piece.body)
    assert (same.revision, same.status) == (1, ContentStatus.APPROVED)


async def test_a_thread_is_split_at_blank_lines_or_as_told(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.piece(database, startup, type="THREAD", body="One.\n\nTwo.", parts=["One.", "Two."])
    edited = await _edit(database, startup, piece.id, "One.\n \nTwo and a half.\n\n\nThree.\n")
    assert edited.parts == ["One.", "Two and a half.", "Three."]
    told = await _edit(database, startup, piece.id, "A\n\nB\n\nC", based_on=2, parts=["A\n\nB", "C"])
    assert told.parts == ["A\n\nB", "C"]


async def test_an_empty_text_is_refused(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.piece(database, startup)
    with pytest.raises(InvalidInput):
        await _edit(database, startup, piece.id, " \n ")


async def test_a_person_writes_a_piece_of_their_own(database: Database) -> None:
    startup = await organizations.organization(database)
    viewer = await organizations.member(database, startup, role=Role.VIEWER)
    async with database.transaction(startup.id) as session:
        piece = await actions.new_piece(
            session,
            startup.owner,
            organization_id=startup.id,
            platform=Platform.BLUESKY,
            body="First.\n\nSecond #one #one.",
            type=ContentType.THREAD,
        )
        assert (piece.parts, piece.hashtags, piece.status) == (
            ["First.", "Second #one #one."],
            ["one"],
            "PENDING_REVIEW",
        )
        with pytest.raises(NotAllowed):
            await actions.new_piece(
                session, viewer, organization_id=startup.id, platform=Platform.BLUESKY, body="Mine."
            )
        assert (await queries.counts(session, organization_id=startup.id))[ContentStatus.PENDING_REVIEW] == 1


async def test_a_piece_follows_all_of_its_posts_and_not_the_first_one(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.approved(database, startup)
    seen = [
        (await _mirror(database, startup, piece.id, *statuses)).status
        for statuses in (
            ("SCHEDULED", "SCHEDULED"),
            ("PUBLISHED", "RETRYING"),
            ("PUBLISHED", "UNCONFIRMED"),
            ("PUBLISHED", "FAILED"),
            ("PUBLISHED", "PUBLISHED"),
        )
    ]
    assert seen == ["SCHEDULED", "SCHEDULED", "SCHEDULED", "FAILED", "PUBLISHED"]
    with pytest.raises(Conflict, match="published"):
        await _edit(database, startup, piece.id, "Too late.")


async def test_a_piece_whose_posts_were_all_cancelled_is_approved_again(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.approved(database, startup)
    await _mirror(database, startup, piece.id, "SCHEDULED")
    async with database.transaction(startup.id) as session:
        with pytest.raises(Conflict, match="Cancel its posts first"):
            await actions.archive(session, startup.owner, organization_id=startup.id, piece_id=piece.id)
    free = await _mirror(database, startup, piece.id, "CANCELLED")
    assert (free.status, free.scheduled_at) == (ContentStatus.APPROVED, None)
    async with database.transaction(startup.id) as session:
        gone = await actions.archive(session, startup.owner, organization_id=startup.id, piece_id=piece.id)
    assert gone.status is ContentStatus.ARCHIVED


async def test_a_post_that_went_out_at_once_is_mirrored_through_scheduled(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.approved(database, startup)
    out = await _mirror(database, startup, piece.id, "PUBLISHED")
    assert (out.status, out.published_at is not None) == (ContentStatus.PUBLISHED, True)


async def test_an_edited_piece_is_not_moved_by_the_posts_of_its_old_text(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await content.approved(database, startup)
    await _mirror(database, startup, piece.id, "SCHEDULED")
    await _edit(database, startup, piece.id, "New words.")
    assert (await _mirror(database, startup, piece.id, "CANCELLED")).status is ContentStatus.PENDING_REVIEW


async def test_a_published_piece_counts_once_in_its_series(database: Database) -> None:
    startup = await organizations.organization(database)
    await content.piece(database, startup)
    async with database.transaction(startup.id) as session:
        strategy = await strategies.active(session, organization_id=startup.id)
        assert strategy is not None
        series = await actions.ensure_series(session, organization_id=startup.id, strategy=strategy)
        assert series is not None
        piece = await actions.draft(
            session,
            organization_id=startup.id,
            strategy_id=strategy.id,
            slot_key="one",
            draft=content.post_draft(),
            series_id=series.id,
        )
        await actions.approve(session, startup.owner, organization_id=startup.id, piece_id=piece.id, revision=1)
    for _ in range(2):
        await _mirror(database, startup, piece.id, "PUBLISHED")
    async with database.transaction(startup.id) as session:
        (row,) = await queries.series(session, organization_id=startup.id)
    assert (row.name, row.total_posts, row.published_posts) == ("Bread · X", 1, 1)


async def test_every_status_has_its_moves() -> None:
    assert MOVES.keys() == set(ContentStatus)


async def test_another_organization_s_piece_is_not_found(database: Database) -> None:
    startup, other = await organizations.organization(database), await organizations.organization(database)
    piece = await content.piece(database, startup)
    async with database.transaction(startup.id, other.id) as session:
        with pytest.raises(NotFound):
            await actions.edit(
                session, other.owner, organization_id=other.id, piece_id=piece.id, body="Mine now.", based_on=1
            )
        with pytest.raises(NotFound):
            await queries.pieces_by_id(session, organization_id=other.id, piece_ids=[piece.id])
