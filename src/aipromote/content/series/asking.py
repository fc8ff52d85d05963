"""Writing the due parts of a series by a writer that takes its time: no transaction is open while it thinks.

Parts are written in their order, each with what those before it said. Each is stored in a transaction of its own, which
looks again whether it is still wanted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.ai import queries as requests
from aipromote.ai.errors import WriterFailed
from aipromote.ai.offline.material import holding
from aipromote.ai.offline.series.templates import Role
from aipromote.ai.offline.series.words import words_for
from aipromote.ai.writer import PartOfSeries, SeriesWriter
from aipromote.ai.writers import listening_to
from aipromote.billing import actions as billing
from aipromote.brand import queries as brand
from aipromote.connectors import limits
from aipromote.content import queries as content
from aipromote.content.models import Series
from aipromote.content.series import queries
from aipromote.content.series.models import SeriesPart
from aipromote.content.series.rules import by_rules, count, due_parts, store, today_of
from aipromote.content.states import ContentStatus, SeriesStatus
from aipromote.db.database import Database
from aipromote.documents.brief import Brief
from aipromote.documents.content import PostDraft
from aipromote.documents.facts import Fact
from aipromote.errors import AipromoteError, SetupError
from aipromote.organizations import queries as organizations
from aipromote.organizations.models import Organization

Report = Callable[[AsyncSession, int, int], Awaitable[None]]
"""Told in each transaction that stores something: how many parts are written, of how many."""
_LONGEST_PROBLEM = 500


@dataclass(frozen=True, slots=True)
class _Task:
    """One part to be written, and what there is without a model."""

    number: int
    brief: Brief
    facts: tuple[Fact, ...]
    wanted: PartOfSeries
    instead: PostDraft


async def _nothing(_: AsyncSession, __: int, ___: int) -> None:
    """Nobody wants to know."""


async def write_parts(
    database: Database, *, organization_id: UUID, series_id: UUID, writer: SeriesWriter, report: Report = _nothing
) -> int:
    """Write what is due of it by now; how many parts. Nothing while it rests or is over.

    Raises WriterFailed, which the part then tells as well, and LimitReached. Parts that were stored before stay.
    """
    done, tried = 0, set[int]()
    async with database.transaction(organization_id) as session:
        total = len(await due_parts(session, organization_id=organization_id, series_id=series_id))
        await report(session, 0, total)
    while True:
        async with database.transaction(organization_id) as session:
            task = await _next(session, organization_id, series_id, tried)
        if task is None:
            return done
        try:
            with listening_to(writer):
                draft = await writer.part(task.brief, facts=task.facts, part=task.wanted, instead=task.instead)
        except (WriterFailed, SetupError) as problem:
            await _tell(database, organization_id, series_id, task.number, problem)
            raise
        async with database.transaction(organization_id) as session:
            done += await _keep(session, organization_id, series_id, task.number, draft)
            await report(session, done, max(total, done))


async def is_being_written(session: AsyncSession, *, organization_id: UUID, series_id: UUID) -> bool:
    """Whether a request for its parts has not ended."""
    return bool(await requests.series_being_written(session, organization_id=organization_id, series_id=series_id))


async def _next(session: AsyncSession, key: UUID, series_id: UUID, tried: set[int]) -> _Task | None:
    """The first due part that was not tried yet; those whose sentence may not be said are passed over, and say so."""
    series = await queries.one(session, organization_id=key, series_id=series_id)
    if series.status is not SeriesStatus.ACTIVE:
        return None
    organization = await organizations.organization(session, organization_id=key)
    today = await today_of(session, organization_id=key)
    for part in await due_parts(session, organization_id=key, series_id=series_id):
        if part.number in tried:
            continue
        tried.add(part.number)
        instead = await by_rules(session, organization, series, part, today)
        if instead is not None:
            # A model is paid for what it writes, so it is not asked for more than the plan allows.
            await billing.require_room(session, user_id=organization.owner_id, what="posts_generated")
            day = max(part.planned_for, today)
            facts = holding(await brand.facts(session, organization_id=key), day)
            wanted = await _wanted(session, organization, series, part)
            return _Task(part.number, organization.brief, facts, wanted, instead)
    return None


async def _wanted(session: AsyncSession, organization: Organization, series: Series, part: SeriesPart) -> PartOfSeries:
    key = organization.id
    every = await queries.pieces(session, organization_id=key, series_id=series.id)
    before = [
        (piece.sequence_no, piece.body)
        for piece in every
        if piece.sequence_no is not None
        and piece.sequence_no < part.number
        and piece.status is not ContentStatus.ARCHIVED
    ]
    return PartOfSeries(
        series=series.name,
        number=part.number,
        total=series.total_posts,
        role=words_for(organization.brief.languages[0]).roles.get(Role(part.role), ""),
        lead=part.lead,
        day=max(part.planned_for, await today_of(session, organization_id=key)),
        platform=series.platform,
        limits=limits.of(series.platform),
        before=tuple(before),
        avoid=tuple(await content.bodies(session, organization_id=key)),
    )


async def _keep(session: AsyncSession, key: UUID, series_id: UUID, number: int, draft: PostDraft) -> int:
    """Store it, unless the series rests by now or somebody else wrote it."""
    series = await queries.one(session, organization_id=key, series_id=series_id, lock=True)
    due = await due_parts(session, organization_id=key, series_id=series_id)
    part = next((one for one in due if one.number == number), None)
    if part is None or series.status is not SeriesStatus.ACTIVE:
        return 0
    organization = await organizations.organization(session, organization_id=key)
    await count(session, organization, [await store(session, series, part, draft)])
    return 1


async def _tell(database: Database, key: UUID, series_id: UUID, number: int, problem: AipromoteError) -> None:
    """The part says why it is not written. It is tried again with the next turn."""
    async with database.transaction(key) as session:
        every = await queries.parts(session, organization_id=key, series_id=series_id)
        for one in every:
            if one.part.number == number and one.part.written_at is None:
                one.part.problem = problem.message[:_LONGEST_PROBLEM]
