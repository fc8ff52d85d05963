"""Writing a version of the plan for a request: read, write without holding a transaction, store and finish in one."""

from __future__ import annotations

from functools import partial

from aipromote.ai import actions as requests
from aipromote.ai import writers
from aipromote.ai.gathering import FindsPassages
from aipromote.ai.jobs import RequestPointer
from aipromote.ai.models import GenerationRequest
from aipromote.ai.working import work_on
from aipromote.ai.writer import ReadingStrategist, Writer, WrittenStrategy
from aipromote.billing import actions as billing
from aipromote.brand import queries as brand
from aipromote.db.database import Database
from aipromote.jobs.outcomes import Done
from aipromote.organizations import queries as organizations
from aipromote.strategy import actions, queries
from aipromote.strategy.gathering import passages_for


async def write_strategy(
    pointer: RequestPointer, *, database: Database, writer: Writer, find: FindsPassages | None = None
) -> Done:
    """Write the version that the request asks for, and propose it. `find` gives a writer that reads its sources."""
    write = partial(_write, database=database, writer=writer, find=find)
    return await work_on(pointer, database=database, write=write)


async def _write(request: GenerationRequest, *, database: Database, writer: Writer, find: FindsPassages | None) -> None:
    key = request.organization_id
    async with database.transaction(key) as session:
        organization = await organizations.organization(session, organization_id=key)
        await billing.require_room(session, user_id=organization.owner_id, what="strategies_generated")
        facts = await brand.facts(session, organization_id=key)
        version = await actions.next_version(session, organization_id=key)
    brief, start = organization.brief, request.wanted.start
    if find is not None and isinstance(writer, ReadingStrategist):
        passages = await passages_for(database, brief, organization_id=key, find=find, day=start)
        with writers.listening_to(writer):
            written = await writer.strategy_from(brief, facts=facts, start=start, version=version, passages=passages)
    else:
        with writers.listening_to(writer):
            written = WrittenStrategy(await writer.strategy(brief, facts=facts, start=start, version=version))
    await _store(request, written, database=database, writer=writer)


async def _store(request: GenerationRequest, written: WrittenStrategy, *, database: Database, writer: Writer) -> None:
    key = request.organization_id
    async with database.transaction(key) as session:
        organization = await organizations.lock(session, organization_id=key)
        if await queries.of_request(session, organization_id=key, request_id=request.id) is None:
            await billing.consume(session, user_id=organization.owner_id, what="strategies_generated")
            await actions.propose(
                session,
                organization_id=key,
                document=written.document,
                generated_by=writer.name,
                sources=written.sources,
                request_id=request.id,
            )
        await requests.progress(
            session, organization_id=key, request_id=request.id, attempt=request.attempts, done=1, total=1, seconds=60
        )
        await requests.finish(session, organization_id=key, request_id=request.id, attempt=request.attempts)
