"""Versions are numbered without gaps, and one at most is active, however many people decide at once."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from aipromote.ai import actions as requests
from aipromote.ai.models import Order
from aipromote.ai.states import RequestKind
from aipromote.db.database import Database
from aipromote.errors import Conflict, NotAllowed, NotFound
from aipromote.organizations.states import Role
from aipromote.strategy import actions, queries
from aipromote.strategy.states import StrategyStatus
from factories import accounts, organizations, strategy


async def _accept(database: Database, startup: organizations.Startup, strategy_id):
    async with database.transaction(startup.id) as session:
        return await actions.accept(session, startup.owner, organization_id=startup.id, strategy_id=strategy_id)


async def test_proposals_made_at_once_get_numbers_of_their_own(database: Database) -> None:
    startup = await organizations.organization(database)
    rows = await asyncio.gather(*(strategy.proposed(database, startup) for _ in range(4)))
    assert sorted(row.version for row in rows) == [1, 2, 3, 4]


async def test_a_request_has_one_version_however_often_it_is_handed_in(database: Database) -> None:
    startup = await organizations.organization(database)
    async with database.transaction(startup.id) as session:
        wanted = Order(start=strategy.START)
        request = await requests.ask(
            session, startup.owner, organization_id=startup.id, kind=RequestKind.STRATEGY, wanted=wanted
        )
    rows = await asyncio.gather(*(strategy.proposed(database, startup, request_id=request.id) for _ in range(3)))
    assert {(row.id, row.version) for row in rows} == {(rows[0].id, 1)}


async def test_accepting_archives_the_one_before(database: Database) -> None:
    startup = await organizations.organization(database)
    first, second = await strategy.proposed(database, startup), await strategy.proposed(database, startup)
    await _accept(database, startup, first.id)
    accepted = await _accept(database, startup, second.id)
    assert accepted.accepted_at is not None
    async with database.transaction(startup.id) as session:
        rows = await queries.versions(session, organization_id=startup.id)
        assert [(row.version, row.status) for row in rows] == [(2, "ACTIVE"), (1, "ARCHIVED")]
        active = await queries.active(session, organization_id=startup.id)
        assert active is rows[0]
        assert queries.document(rows[0]) == strategy.document()


async def test_who_accepts_gets_the_text_that_they_saw(database: Database) -> None:
    startup = await organizations.organization(database)
    row = await strategy.proposed(database, startup)
    async with database.transaction(startup.id) as session:
        mine = {"organization_id": startup.id, "strategy_id": row.id}
        with pytest.raises(Conflict, match="edited meanwhile"):
            await actions.accept(session, startup.owner, **mine, seen="0123456789abcdef")
        seen = queries.digest(await queries.strategy(session, **mine))
        assert (await actions.accept(session, startup.owner, **mine, seen=seen)).status == "ACTIVE"


async def test_of_two_accepted_at_once_exactly_one_is_active(database: Database, owner: asyncpg.Connection) -> None:
    startup = await organizations.organization(database)
    rows = [await strategy.proposed(database, startup) for _ in range(4)]
    results = await asyncio.gather(*(_accept(database, startup, row.id) for row in rows), return_exceptions=True)
    assert not [result for result in results if isinstance(result, BaseException)]
    counts = await owner.fetch("SELECT status::text, count(*) FROM ai_strategies GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in counts] == [("ACTIVE", 1), ("ARCHIVED", 3)]


async def test_one_accepted_and_rejected_at_once_is_one_of_the_two(database: Database) -> None:
    startup = await organizations.organization(database)
    row = await strategy.proposed(database, startup)

    async def reject() -> None:
        async with database.transaction(startup.id) as session:
            await actions.reject(session, startup.owner, organization_id=startup.id, strategy_id=row.id)

    results = await asyncio.gather(_accept(database, startup, row.id), reject(), return_exceptions=True)
    assert sorted(isinstance(result, Conflict) for result in results) == [False, True]


async def test_an_earlier_version_can_be_gone_back_to(database: Database) -> None:
    startup = await organizations.organization(database)
    first, second = await strategy.proposed(database, startup), await strategy.proposed(database, startup)
    for row in (first, second, first, first):
        await _accept(database, startup, row.id)
    async with database.transaction(startup.id) as session:
        active = await queries.active(session, organization_id=startup.id)
    assert active is not None
    assert active.version == 1


async def test_a_rejected_version_stays_rejected(database: Database) -> None:
    startup = await organizations.organization(database)
    row = await strategy.proposed(database, startup)
    async with database.transaction(startup.id) as session:
        for _ in range(2):
            rejected = await actions.reject(session, startup.owner, organization_id=startup.id, strategy_id=row.id)
            assert rejected.status is StrategyStatus.REJECTED
        with pytest.raises(Conflict, match="rejected and cannot become active"):
            await actions.accept(session, startup.owner, organization_id=startup.id, strategy_id=row.id)


async def test_viewers_strangers_and_other_organizations_decide_nothing(database: Database) -> None:
    startup, other = await organizations.organization(database), await organizations.organization(database)
    row = await strategy.proposed(database, startup)
    viewer = await organizations.member(database, startup, role=Role.VIEWER)
    stranger = await accounts.person(database, name="Eve")
    async with database.transaction(startup.id, other.id) as session:
        with pytest.raises(NotAllowed):
            await actions.accept(session, viewer, organization_id=startup.id, strategy_id=row.id)
        with pytest.raises(NotFound):
            await actions.accept(session, stranger, organization_id=startup.id, strategy_id=row.id)
        with pytest.raises(NotFound):
            await actions.accept(session, other.owner, organization_id=other.id, strategy_id=row.id)
