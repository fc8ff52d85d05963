"""An order names pillars, platforms and weeks; whoever asked may stop it, and keeps what is written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NoReturn

import asyncpg
import pytest

from aipromote.accounts.actor import Actor
from aipromote.ai import actions as ai
from aipromote.ai import queries as requests
from aipromote.ai.jobs import RequestPointer
from aipromote.ai.states import RequestStatus
from aipromote.content import actions, queries
from aipromote.content.generation import write_pieces
from aipromote.db.database import Database
from aipromote.documents.content import PostDraft
from aipromote.documents.strategy import StrategyDocument
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict, InvalidInput, NotAllowed
from aipromote.organizations.states import Role
from factories import organizations, strategy
from factories.content import post_draft

START = strategy.START


class Clerk:
    """Writes one post for each slot; `before` runs at each call with its number."""

    name = "clerk/1"

    def __init__(self, before: Any = None) -> None:
        self._before = before
        self.calls = 0

    async def strategy(self, *_: object, **__: object) -> NoReturn:
        raise NotImplementedError

    async def posts(self, *_: object, slots: Any, **__: object) -> list[PostDraft]:
        self.calls += 1
        if self._before:
            await self._before(self.calls)
        return [post_draft(platform=slot.platform, pillar=slot.pillar, slot=slot.index) for slot in slots]


def two_platforms() -> StrategyDocument:
    """The usual plan, every second place of which is for LinkedIn."""
    values = strategy.document(weekdays=(0, 1, 2, 4)).model_dump(mode="json", by_alias=True)
    for number, slot in enumerate(values["calendar_skeleton"]):
        slot["platform"] = "LINKEDIN" if number % 2 else "TWITTER"
    values["channel_plan"] = [
        {"platform": "TWITTER", "role": "primary", "posts_per_week": 2},
        {"platform": "LINKEDIN", "role": "secondary", "posts_per_week": 2},
    ]
    values["cadence"] |= {"by_platform": {"TWITTER": 2, "LINKEDIN": 2}}
    return StrategyDocument.model_validate(values)


@pytest.fixture
async def startup(database: Database) -> organizations.Startup:
    made = await organizations.organization(database)
    await strategy.active(database, made, plan=two_platforms())
    return made


async def order(database: Database, startup: organizations.Startup, **chosen: Any) -> RequestPointer:
    async with database.transaction(startup.id) as session:
        asked = await actions.request_pieces(
            session, startup.owner, organization_id=startup.id, **({"start": START} | chosen)
        )
    return RequestPointer(organization_id=startup.id, request_id=asked.id, attempts=0)


async def test_only_the_pillars_and_platforms_that_were_chosen_are_written(
    database: Database, startup: organizations.Startup
) -> None:
    pointer = await order(database, startup, weeks=4, platforms=[Platform.LINKEDIN], pillars=["Bread", "Grain"])
    await write_pieces(pointer, database=database, writer=Clerk())
    async with database.transaction(startup.id) as session:
        pieces = await queries.pieces(session, organization_id=startup.id)
        names = {row.id: row.name for row in await queries.pillars(session, organization_id=startup.id)}
        asked = await requests.request(session, organization_id=startup.id, request_id=pointer.request_id)
    assert {piece.platform for piece in pieces} == {Platform.LINKEDIN}
    assert {names[piece.pillar_id] for piece in pieces if piece.pillar_id} == {"Bread", "Grain"}
    assert all(piece.planned_for and piece.planned_for < START + timedelta(weeks=4) for piece in pieces)
    assert len(pieces) == asked.total_count == asked.done_count == 5


async def test_what_the_plan_does_not_have_cannot_be_ordered(
    database: Database, startup: organizations.Startup
) -> None:
    with pytest.raises(InvalidInput, match=r"no pillar Cake.*Bread, Bakers, Grain"):
        await order(database, startup, pillars=["Cake"])
    with pytest.raises(InvalidInput, match="no platform REDDIT"):
        await order(database, startup, platforms=[Platform.REDDIT])


async def test_a_running_order_is_stopped_at_the_next_batch_and_what_is_written_stays(
    database: Database, startup: organizations.Startup, owner: asyncpg.Connection
) -> None:
    pointer = await order(database, startup, weeks=4)

    async def stop(call: int) -> None:
        if call == 2:
            async with database.transaction(startup.id) as session:
                await actions.cancel_writing(
                    session, startup.owner, organization_id=startup.id, request_id=pointer.request_id
                )

    clerk = Clerk(stop)
    await write_pieces(pointer, database=database, writer=clerk)
    async with database.transaction(startup.id) as session:
        asked = await requests.request(session, organization_id=startup.id, request_id=pointer.request_id)
        pieces = await queries.pieces(session, organization_id=startup.id)
    assert clerk.calls == 2
    assert len(pieces) == asked.done_count == 4
    assert (asked.status, asked.cancelled_by) == (RequestStatus.FAILED, startup.owner.name)
    assert (asked.error_message or "").startswith(f"Stopped by {startup.owner.name}.")
    assert await owner.fetchval("SELECT count(*) FROM audit_log WHERE action = 'writing.cancelled'") == 1


async def test_an_order_that_waits_can_be_stopped_and_nobody_takes_it_any_more(
    database: Database, startup: organizations.Startup
) -> None:
    pointer = await order(database, startup)
    async with database.transaction(startup.id) as session:
        await actions.cancel_writing(session, startup.owner, organization_id=startup.id, request_id=pointer.request_id)
    clerk = Clerk()
    await write_pieces(pointer, database=database, writer=clerk)
    assert clerk.calls == 0
    async with database.transaction(startup.id) as session:
        assert await queries.pending_requests(session, limit=5) == []
        with pytest.raises(Conflict, match="ended already"):
            await actions.cancel_writing(
                session, startup.owner, organization_id=startup.id, request_id=pointer.request_id
            )


async def test_only_editors_stop_an_order(database: Database, startup: organizations.Startup) -> None:
    pointer = await order(database, startup)
    approver: Actor = await organizations.member(database, startup, role=Role.APPROVER)
    async with database.transaction(startup.id) as session:
        with pytest.raises(NotAllowed):
            await actions.cancel_writing(session, approver, organization_id=startup.id, request_id=pointer.request_id)


async def test_a_stopped_order_that_is_asked_for_again_is_nobodys_stop_any_more(
    database: Database, startup: organizations.Startup
) -> None:
    pointer = await order(database, startup)
    async with database.transaction(startup.id) as session:
        await ai.cancel(session, startup.owner, organization_id=startup.id, request_id=pointer.request_id)
        again = await ai.ask_again(session, organization_id=startup.id, request_id=pointer.request_id)
    assert (again.status, again.cancelled_by) == (RequestStatus.PENDING, None)
