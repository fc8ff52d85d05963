"""Writing a version of the plan for a request: read, write without holding a transaction, store and finish in one."""

from __future__ import annotations

from functools import partial

from aipromote.ai import actions as requests
from aipromote.ai import writers
from aipromote.ai.jobs import RequestPointer
from aipromote.ai.models import GenerationRequest
from aipromote.ai.working import work_on
from aipromote.ai.writer import Writer
from aipromote.billing import actions as billing
from aipromote.brand import queries as brand
from aipromote.db.database import Database
from aipromote.documents.strategy import StrategyDocument
from aipromote.jobs.outcomes import Done
from aipromote.organizations import queries as organizations
from aipromote.strategy import actions, queries


async def write_strategy(pointer: RequestPointer, *, database: Database, writer: Writer) -> Done:
    """Write the version that the request asks for, and propose it."""
    return await work_on(pointer, database=database, write=partial(_write, database=database, writer=writer))


async def _write(request: GenerationRequest, *, database: Database, writer: Writer) -> None:
    key = request.organization_id
    async with database.transaction(key) as session:
        organization = await organizations.organization(session, organization_id=key)
        await billing.require_room(session, user_id=organization.owner_id, what="strategies_generated")
        facts = await brand.facts(session, organization_id=key)
        version = await actions.next_version(session, organization_id=key)
    with writers.listening_to(writer):
        document = await writer.strategy(organization.brief, facts=facts, start=request.wanted.start, version=version)
    await _store(request, document, database=database, writer=writer)


async def _store(request: GenerationRequest, document: StrategyDocument, *, database: Database, writer: Writer) -> None:
    key = request.organization_id
    async with database.transaction(key) as session:
        organization = await organizations.lock(session, organization_id=key)
        if await queries.of_request(session, organization_id=key, request_id=request.id) is None:
            await billing.consume(session, user_id=organization.owner_id, what="strategies_generated")
            await actions.propose(
                session, organization_id=key, document=document, generated_by=writer.name, request_id=request.id
            )
        await requests.progress(
            session, organization_id=key, request_id=request.id, attempt=request.attempts, done=1, total=1, seconds=60
        )
        await requests.finish(session, organization_id=key, request_id=request.id, attempt=request.attempts)
