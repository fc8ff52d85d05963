"""Variants stand beside a piece until a person chooses one, which is a new revision."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from aipromote.ai import queries as requests
from aipromote.ai.jobs import RequestPointer
from aipromote.ai.models import GenerationRequest
from aipromote.ai.offline.writing import OfflineWriter
from aipromote.ai.writer import Writer
from aipromote.billing import queries as billing
from aipromote.content import actions, queries
from aipromote.content.generation import write_pieces
from aipromote.content.models import ContentPiece, Variant
from aipromote.content.states import ContentStatus, VariantStatus
from aipromote.db.database import Database
from aipromote.errors import Conflict, InvalidInput, NotAllowed, StaleRevision
from aipromote.organizations.states import Role
from content.test_orders import Clerk
from factories import content, organizations, strategy

BRIEF: dict[str, Any] = {
    "icp": {
        "pain_points": ["Supermarket bread goes stale in a day", "Nobody knows what is in a loaf"],
        "jobs_to_be_done": ["Eat well at breakfast", "Have bread without a walk"],
    },
    "positioning": {
        "usp": "Bread from grain that grows within sight",
        "differentiators": ["No yeast, only time", "A bicycle brings it to the door"],
    },
}


@pytest.fixture
async def startup(database: Database) -> organizations.Startup:
    made = await organizations.organization(database, **BRIEF)
    await strategy.active(database, made)
    return made


async def ask(
    database: Database, startup: organizations.Startup, piece: ContentPiece, *, count: int = 3, by: Writer | None = None
) -> GenerationRequest:
    async with database.transaction(startup.id) as session:
        asked = await actions.request_variants(
            session, startup.owner, organization_id=startup.id, piece_id=piece.id, count=count
        )
    pointer = RequestPointer(organization_id=startup.id, request_id=asked.id, attempts=0)
    await write_pieces(pointer, database=database, writer=by or OfflineWriter())
    async with database.transaction(startup.id) as session:
        return await requests.request(session, organization_id=startup.id, request_id=asked.id)


async def variants(database: Database, piece: ContentPiece) -> list[Variant]:
    async with database.transaction(piece.organization_id) as session:
        return await queries.variants(session, organization_id=piece.organization_id, piece_id=piece.id)


async def now(database: Database, piece: ContentPiece) -> ContentPiece:
    async with database.transaction(piece.organization_id) as session:
        return await queries.piece(session, organization_id=piece.organization_id, piece_id=piece.id)


async def test_the_offline_writer_says_a_post_in_other_ways(database: Database, startup: organizations.Startup) -> None:
    piece = await content.piece(
        database, startup, body="Bread goes stale in a day.", theme=BRIEF["icp"]["pain_points"][0]
    )
    asked = await ask(database, startup, piece)
    assert (asked.status, asked.done_count, asked.total_count) == ("DONE", 3, 3), asked.error_message
    found = await variants(database, piece)
    assert [one.number for one in found] == [1, 2, 3]
    assert len({one.body for one in found} | {piece.body}) == 4
    assert len({one.hook for one in found}) > 1
    for one in found:
        assert one.status is VariantStatus.PROPOSED
        assert one.rationale
        assert one.rationale.startswith("Another ")
        assert (one.generated_by, one.revision) == (OfflineWriter.name, 1)
        assert 0 < one.confidence <= 0.5
    assert (await now(database, piece)).revision == 1, "nothing of the piece changes"
    await ask(database, startup, piece, count=2)
    found = await variants(database, piece)
    assert len({one.body for one in found}) == len(found) > 3, "more of them are others again"


async def test_a_writer_that_knows_no_variants_is_asked_for_posts(
    database: Database, startup: organizations.Startup
) -> None:
    piece = await content.piece(database, startup)
    asked = await ask(database, startup, piece, count=2, by=Clerk())
    assert (asked.status, asked.done_count) == ("DONE", 2)
    assert {one.generated_by for one in await variants(database, piece)} == {"tests/1"}


async def test_choosing_makes_a_revision_that_no_approval_covers(
    database: Database, startup: organizations.Startup, owner: asyncpg.Connection
) -> None:
    piece = await content.approved(database, startup)
    await ask(database, startup, piece)
    chosen, other, *_ = await variants(database, piece)
    async with database.transaction(startup.id) as session:
        mine: dict[str, Any] = {"organization_id": startup.id, "variant_id": chosen.id}
        with pytest.raises(StaleRevision):
            await actions.choose_variant(session, startup.owner, **mine, based_on=7)
        await actions.choose_variant(session, startup.owner, **mine, based_on=1)
    piece = await now(database, piece)
    assert (piece.body, piece.revision, piece.status) == (chosen.body, 2, ContentStatus.PENDING_REVIEW)
    assert (piece.hook, piece.rationale) == (chosen.hook, chosen.rationale)
    assert piece.generated_by == OfflineWriter.name
    async with database.transaction(startup.id) as session:
        given = await queries.approval_for(session, organization_id=startup.id, piece_id=piece.id, revision=2)
        newest, *_ = await queries.revisions(session, organization_id=startup.id, piece_id=piece.id)
    assert given is None
    assert newest.author == startup.owner.name, "a person chose it"
    decided, untouched, *_ = await variants(database, piece)
    assert (decided.status, decided.decided_by) == (VariantStatus.CHOSEN, startup.owner.name)
    assert (untouched.id, untouched.status) == (other.id, VariantStatus.PROPOSED)
    assert await owner.fetchval("SELECT count(*) FROM audit_log WHERE action = 'variant.chosen'") == 1
    async with database.transaction(startup.id) as session:
        with pytest.raises(Conflict, match="chosen by"):
            await actions.choose_variant(session, startup.owner, **mine, based_on=2)


async def test_a_variant_is_dismissed_once_by_an_editor(database: Database, startup: organizations.Startup) -> None:
    piece = await content.piece(database, startup)
    await ask(database, startup, piece, count=2)
    variant, *_ = await variants(database, piece)
    viewer = await organizations.member(database, startup, role=Role.APPROVER)
    async with database.transaction(startup.id) as session:
        mine: dict[str, Any] = {"organization_id": startup.id, "variant_id": variant.id}
        with pytest.raises(NotAllowed):
            await actions.dismiss_variant(session, viewer, **mine)
        await actions.dismiss_variant(session, startup.owner, **mine)
        with pytest.raises(Conflict, match="dismissed by"):
            await actions.choose_variant(session, startup.owner, **mine, based_on=1)


async def test_what_cannot_be_asked_for(database: Database, startup: organizations.Startup) -> None:
    piece = await content.piece(database, startup)
    for count in (1, 6):
        with pytest.raises(InvalidInput, match="2 to 5"):
            await ask(database, startup, piece, count=count)
    async with database.transaction(startup.id) as session:
        await actions.archive(session, startup.owner, organization_id=startup.id, piece_id=piece.id)
    with pytest.raises(Conflict, match="archived"):
        await ask(database, startup, piece)


async def test_a_variant_that_repeats_another_piece_is_not_kept(
    database: Database, startup: organizations.Startup
) -> None:
    piece = await content.piece(database, startup, body="Bread goes stale in a day.")
    await ask(database, startup, piece, count=2)
    first, *_ = await variants(database, piece)
    other = await content.piece(database, startup, body=first.body)
    third = await content.piece(database, startup, body="Bread goes stale in a week.")
    asked = await ask(database, startup, third, count=5)
    assert first.body not in {one.body for one in await variants(database, third)}
    assert asked.done_count < 5
    assert other.body == first.body


async def test_a_piece_gets_twenty_variants_at_most_and_one_order_at_a_time(
    database: Database, startup: organizations.Startup
) -> None:
    piece = await content.piece(database, startup, body="Bread goes stale in a day.")
    other = await content.piece(database, startup, body="Delivery comes by bicycle, whatever the weather says.")
    for _ in range(3):
        await ask(database, startup, piece, count=5)
    async with database.transaction(startup.id) as session:
        mine = {"organization_id": startup.id, "piece_id": piece.id}
        open_ = await actions.request_variants(session, startup.owner, **mine, count=3)
        with pytest.raises(Conflict, match="being written already"):
            await actions.request_variants(session, startup.owner, **mine, count=2)
        await actions.cancel_writing(session, startup.owner, organization_id=startup.id, request_id=open_.id)
    # The one that was stopped counts: otherwise Stop would be a way round the limit.
    with pytest.raises(Conflict, match=r"20 variants at most, and this one has had most of them\. Ask for 2 at most"):
        await ask(database, startup, piece, count=3)
    await ask(database, startup, piece, count=2)
    with pytest.raises(Conflict, match="Choose one of them, or edit the text"):
        await ask(database, startup, piece, count=2)
    await ask(database, startup, other, count=2)


async def test_variants_do_not_count_against_the_plan(database: Database, startup: organizations.Startup) -> None:
    piece = await content.piece(database, startup, body="Bread goes stale in a day.")

    async def used() -> int:
        async with database.transaction(startup.id) as session:
            usage = await billing.usage(session, user_id=startup.organization.owner_id)
            return next(one.used for one in usage if one.what == "posts_generated")

    before = await used()
    assert (await ask(database, startup, piece)).done_count
    assert await used() == before


async def test_a_variant_with_the_words_that_are_there_changes_nothing_but_its_own_state(
    database: Database, startup: organizations.Startup
) -> None:
    piece = await content.piece(database, startup, body="Bread goes stale in a day.")
    await ask(database, startup, piece)
    (first, *_) = await variants(database, piece)
    async with database.transaction(startup.id) as session:
        one = await queries.variant(session, organization_id=startup.id, variant_id=first.id)
        one.body, one.title, one.parts = piece.body, piece.title, piece.parts
        one.generated_by = "somebody else"
    async with database.transaction(startup.id) as session:
        chosen = await actions.choose_variant(
            session, startup.owner, organization_id=startup.id, variant_id=first.id, based_on=piece.revision
        )
    after = await now(database, piece)
    assert (after.revision, after.status, after.body) == (piece.revision, piece.status, piece.body)
    assert (after.generated_by, after.hook, after.confidence) == (piece.generated_by, piece.hook, piece.confidence)
    assert chosen.id == piece.id
    assert (await variants(database, piece))[0].status is VariantStatus.CHOSEN
