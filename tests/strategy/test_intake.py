"""A brief becomes a running start, and its request becomes a proposal."""

from __future__ import annotations

from datetime import date
from typing import NoReturn

import aiohttp
import asyncpg
import pytest

from aipromote.accounts.actor import SYSTEM, Actor
from aipromote.ai import queries as requests
from aipromote.ai.jobs import RequestPointer
from aipromote.ai.models import GenerationRequest
from aipromote.ai.states import RequestStatus
from aipromote.assets import queries as assets
from aipromote.assets import storage
from aipromote.billing import queries as billing
from aipromote.brand import queries as brand
from aipromote.db.database import Database
from aipromote.documents.brief.file import dump_brief
from aipromote.errors import LimitReached, NotAllowed
from aipromote.organizations.models import Organization
from aipromote.strategy import intake, queries
from aipromote.strategy.generation import write_strategy
from aipromote.strategy.handlers import generate_strategy
from factories import accounts, organizations, strategy


async def _begin(
    database: Database, actor: Actor, *, start: date | None = None
) -> tuple[Organization, GenerationRequest]:
    brief = organizations.brief()
    async with database.transaction() as session:
        return await intake.begin(session, actor, brief=brief, brief_yaml=dump_brief(brief), start=start)


async def _pointer(database: Database) -> RequestPointer:
    async with database.transaction() as session:
        (due,) = await queries.pending_requests(session, limit=10)
    return due.pointer


async def test_a_brief_gives_all_that_work_needs_in_one_transaction(database: Database) -> None:
    ada = await accounts.person(database)
    organization, request = await _begin(database, ada)
    assert ada.user_id is not None
    async with database.transaction(organization.id) as session:
        assert (await brand.rules_row(session, organization_id=organization.id)).approval_mode == "MANUAL"
        assert len(await brand.facts(session, organization_id=organization.id)) == 1
        (file,) = await assets.assets(session, organization_id=organization.id)
        subscription = await billing.subscription(session, user_id=ada.user_id)
        used = {line.what: line.used for line in await billing.usage(session, user_id=ada.user_id)}
    assert (await storage.read(file.storage_key)).decode() == dump_brief(organization.brief)
    assert subscription is not None
    assert subscription.plan_id == "self-hosted"
    assert used["organizations_created"] == 1
    assert request.status is RequestStatus.PENDING


async def test_beyond_the_plan_nothing_is_begun(database: Database, owner: asyncpg.Connection) -> None:
    ada = await accounts.person(database, plan="free")
    await _begin(database, ada)
    with pytest.raises(LimitReached):
        await _begin(database, ada)
    with pytest.raises(NotAllowed):
        await _begin(database, SYSTEM)
    for table in ("organizations", "brand_rules", "generation_requests", "subscriptions"):
        assert await owner.fetchval(f"SELECT count(*) FROM {table}") == 1


async def test_the_request_becomes_one_proposal_that_is_counted(database: Database) -> None:
    ada = await accounts.person(database)
    organization, request = await _begin(database, ada, start=date(2026, 11, 23))
    pointer = await _pointer(database)
    async with aiohttp.ClientSession() as http:
        for _ in range(2):
            await generate_strategy(pointer, database=database, http=http)
    async with database.transaction(organization.id) as session:
        (row,) = await queries.versions(session, organization_id=organization.id)
        done = await requests.request(session, organization_id=organization.id, request_id=request.id)
        used = {line.what: line.used for line in await billing.usage(session, user_id=organization.owner_id)}
    assert (row.version, row.status, row.request_id) == (1, "PROPOSED", request.id)
    assert min(slot.date for slot in row.calendar_skeleton) >= date(2026, 11, 23)
    assert (done.status, done.done_count, done.total_count) == (RequestStatus.DONE, 1, 1)
    assert used["strategies_generated"] == 1


class _Speechless:
    """A writer that cannot."""

    name = "speechless/1"

    def __init__(self, problem: BaseException) -> None:
        self._problem = problem

    async def strategy(self, *_: object, **__: object) -> NoReturn:
        raise self._problem

    async def posts(self, *_: object, **__: object) -> NoReturn:
        raise self._problem


async def test_a_writer_that_fails_ends_the_request_in_words(database: Database) -> None:
    organization, request = await _begin(database, await accounts.person(database))
    await write_strategy(await _pointer(database), database=database, writer=_Speechless(KeyError("pillar")))
    async with database.transaction(organization.id) as session:
        failed = await requests.request(session, organization_id=organization.id, request_id=request.id)
        assert await queries.versions(session, organization_id=organization.id) == []
    assert failed.status is RequestStatus.FAILED
    assert failed.error_message == "The writer speechless/1 failed (KeyError). The log says more."


async def test_beyond_the_plan_no_writer_is_asked(database: Database, owner: asyncpg.Connection) -> None:
    ada = await accounts.person(database)
    organization, request = await _begin(database, ada)
    await owner.execute("UPDATE users SET plan = 'free' WHERE id = $1", ada.user_id)
    await owner.execute("UPDATE usage SET strategies_generated = 3 WHERE user_id = $1", ada.user_id)
    asked_all_the_same = _Speechless(AssertionError("a model would have been paid"))
    await write_strategy(await _pointer(database), database=database, writer=asked_all_the_same)
    async with database.transaction(organization.id) as session:
        failed = await requests.request(session, organization_id=organization.id, request_id=request.id)
    assert failed.status is RequestStatus.FAILED
    assert "limit of the plan Free" in (failed.error_message or "")


async def test_a_worker_that_is_stopped_gives_the_request_back(database: Database) -> None:
    await _begin(database, await accounts.person(database))
    first = await _pointer(database)
    with pytest.raises(KeyboardInterrupt):
        await write_strategy(first, database=database, writer=_Speechless(KeyboardInterrupt()))
    again = await _pointer(database)
    assert (again.request_id, again.attempts) == (first.request_id, 1)
    assert again.job_id != first.job_id


async def test_a_document_of_the_factory_agrees_with_itself() -> None:
    assert strategy.document().cadence.posts_per_week == 3
