"""A request to write is claimed by one worker at a time, and ends once."""

from __future__ import annotations

import asyncio
from datetime import date
from functools import partial
from uuid import UUID

import asyncpg
import pytest

from aipromote.accounts.actor import SYSTEM
from aipromote.ai import actions, queries
from aipromote.ai.errors import ClaimLost
from aipromote.ai.jobs import RequestPointer
from aipromote.ai.models import GenerationRequest, Order
from aipromote.ai.states import RequestKind, RequestStatus
from aipromote.ai.working import work_on
from aipromote.db.database import Database
from aipromote.errors import Conflict
from factories import organizations

ORDER = Order(start=date(2026, 11, 23))


async def _asked(database: Database) -> tuple[UUID, UUID]:
    startup = await organizations.organization(database)
    async with database.transaction(startup.id) as session:
        request = await actions.ask(
            session, startup.owner, organization_id=startup.id, kind=RequestKind.CONTENT, wanted=ORDER
        )
    return startup.id, request.id


async def _claim(database: Database, organization_id: UUID, request_id: UUID, seconds: float = 60):
    async with database.transaction(organization_id) as session:
        return await actions.claim(session, organization_id=organization_id, request_id=request_id, seconds=seconds)


async def _read(database: Database, organization_id: UUID, request_id: UUID) -> GenerationRequest:
    async with database.transaction(organization_id) as session:
        return await queries.request(session, organization_id=organization_id, request_id=request_id)


async def test_of_many_workers_one_gets_the_claim(database: Database) -> None:
    place = await _asked(database)
    claims = await asyncio.gather(*(_claim(database, *place) for _ in range(5)))
    assert [claim.attempts for claim in claims if claim is not None] == [1]


async def test_an_owed_request_is_found_across_organizations_until_it_is_claimed(database: Database) -> None:
    first, second = await _asked(database), await _asked(database)
    await _claim(database, *second)
    async with database.transaction() as session:
        owed = await queries.owed(session, kind=RequestKind.CONTENT, limit=10)
        assert await queries.owed(session, kind=RequestKind.STRATEGY, limit=10) == []
    assert owed == [queries.Owed(*first, attempts=0)]


async def test_a_claim_that_ran_out_is_taken_over_and_its_first_holder_is_not_heard(database: Database) -> None:
    place = await _asked(database)
    await _claim(database, *place, seconds=-1)
    taken = await _claim(database, *place)
    assert taken is not None
    assert taken.attempts == 2
    organization_id, request_id = place
    with pytest.raises(Conflict):
        async with database.transaction(organization_id) as session:
            await actions.finish(session, organization_id=organization_id, request_id=request_id, attempt=1)
    async with database.transaction(organization_id) as session:
        await actions.finish(session, organization_id=organization_id, request_id=request_id, attempt=2)
    assert (await _read(database, *place)).status is RequestStatus.DONE
    assert await _claim(database, *place) is None


async def test_progress_is_seen_and_holds_the_claim(database: Database) -> None:
    organization_id, request_id = place = await _asked(database)
    await _claim(database, *place, seconds=-1)
    async with database.transaction(organization_id) as session:
        await actions.progress(
            session, organization_id=organization_id, request_id=request_id, attempt=1, done=3, total=8, seconds=60
        )
    request = await _read(database, *place)
    assert (request.done_count, request.total_count) == (3, 8)
    assert await _claim(database, *place) is None


async def test_a_failure_says_why_and_can_be_asked_for_again(database: Database) -> None:
    organization_id, request_id = place = await _asked(database)
    await _claim(database, *place)
    async with database.transaction(organization_id) as session:
        await actions.fail(
            session, organization_id=organization_id, request_id=request_id, attempt=1, message="No words."
        )
    assert (await _read(database, *place)).error_message == "No words."
    assert await _claim(database, *place) is None
    async with database.transaction(organization_id) as session:
        await actions.ask_again(session, organization_id=organization_id, request_id=request_id)
    assert await _claim(database, *place) is not None


async def test_what_is_given_back_is_taken_at_once(database: Database) -> None:
    organization_id, request_id = place = await _asked(database)
    await _claim(database, *place)
    async with database.transaction(organization_id) as session:
        await actions.give_back(session, organization_id=organization_id, request_id=request_id, attempt=1)
    taken = await _claim(database, *place)
    assert taken is not None
    assert taken.attempts == 2


async def test_a_request_that_kills_its_workers_fails_in_the_end(database: Database, owner: asyncpg.Connection) -> None:
    place = await _asked(database)
    for _ in range(actions.MAX_ATTEMPTS):
        assert await _claim(database, *place, seconds=-1) is not None
    assert await _claim(database, *place) is None
    request = await _read(database, *place)
    assert request.status is RequestStatus.FAILED
    assert "begun 5 times in a row and got no further" in (request.error_message or "")


async def test_a_request_that_gets_further_is_taken_as_often_as_it_needs(database: Database) -> None:
    place = await _asked(database)
    for done in range(1, 3 * actions.MAX_ATTEMPTS):
        claim = await _claim(database, *place, seconds=-1)
        assert claim is not None, f"it was given up after {done - 1} claims"
        await _report(database, claim, done=done)
    for _ in range(actions.MAX_ATTEMPTS):  # from here on it stands still
        claim = await _claim(database, *place, seconds=-1)
        assert claim is not None
        await _report(database, claim, done=claim.done_count)
    assert await _claim(database, *place) is None
    assert (await _read(database, *place)).status is RequestStatus.FAILED


async def test_what_has_nothing_to_do_with_the_request_is_not_counted_against_it(database: Database) -> None:
    organization_id, request_id = place = await _asked(database)
    for _ in range(2 * actions.MAX_ATTEMPTS):
        claim = await _claim(database, *place)
        assert claim is not None
        async with database.transaction(organization_id) as session:
            await actions.put_off(
                session, organization_id=organization_id, request_id=request_id, attempt=claim.attempts,
                seconds=-1, counts=False,
            )  # fmt: skip
    assert (await _read(database, *place)).fruitless_claims == 0


async def test_a_claim_from_before_it_was_asked_again_cannot_record_over_a_newer_one(database: Database) -> None:
    organization_id, request_id = place = await _asked(database)
    old = await _claim(database, *place)
    assert old is not None
    async with database.transaction(organization_id) as session:
        await actions.cancel(session, SYSTEM, organization_id=organization_id, request_id=request_id)
        await actions.ask_again(session, organization_id=organization_id, request_id=request_id)
    new = await _claim(database, *place)
    assert new is not None
    assert new.attempts > old.attempts
    for report in (actions.finish, partial(actions.fail, message="Too late.")):
        with pytest.raises(ClaimLost):
            async with database.transaction(organization_id) as session:
                await report(session, organization_id=organization_id, request_id=request_id, attempt=old.attempts)
    with pytest.raises(ClaimLost):
        await _report(database, old, done=1)
    request = await _read(database, *place)
    assert (request.status, request.attempts, request.done_count) == (RequestStatus.RUNNING, new.attempts, 0)


async def _report(database: Database, claim: GenerationRequest, *, done: int) -> None:
    async with database.transaction(claim.organization_id) as session:
        await actions.progress(
            session,
            organization_id=claim.organization_id,
            request_id=claim.id,
            attempt=claim.attempts,
            done=done,
            total=100,
            seconds=-1,
        )


async def test_the_newest_request_is_the_one_shown(database: Database) -> None:
    organization_id, _ = await _asked(database)
    async with database.transaction(organization_id) as session:
        newer = await actions.ask(
            session, SYSTEM, organization_id=organization_id, kind=RequestKind.CONTENT, wanted=ORDER
        )
        shown = await queries.latest(session, organization_id=organization_id, kind=RequestKind.CONTENT)
    assert shown is newer


async def test_a_worker_that_shuts_down_counts_for_nothing_against_a_request(database: Database) -> None:
    organization_id, request_id = await _asked(database)
    pointer = RequestPointer(organization_id=organization_id, request_id=request_id, attempts=0)
    for _ in range(actions.MAX_ATTEMPTS + 1):
        begun = asyncio.Event()

        async def write(_: GenerationRequest, begun: asyncio.Event = begun) -> None:
            begun.set()
            await asyncio.Event().wait()

        working = asyncio.create_task(work_on(pointer, database=database, write=write))
        await begun.wait()
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        request = await _read(database, organization_id, request_id)
        assert (request.status, request.fruitless_claims) == (RequestStatus.PENDING, 0)
