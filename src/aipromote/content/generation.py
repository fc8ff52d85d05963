"""Writing pieces for a request: batch by batch, each stored in a transaction of its own that also reports progress.

A place of the calendar has at most one piece, whoever asks for it and however often: a run that died is continued where
it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.ai import actions as requests
from aipromote.ai import writers
from aipromote.ai.errors import WriterFailed
from aipromote.ai.gathering import FindsPassages
from aipromote.ai.jobs import RequestPointer
from aipromote.ai.models import GenerationRequest
from aipromote.ai.working import report_on, work_on
from aipromote.ai.writer import SeriesWriter, Slot, Writer
from aipromote.billing import actions as billing
from aipromote.brand import queries as brand
from aipromote.connectors import limits
from aipromote.content import likeness, queries
from aipromote.content.actions import auto_approve_if_allowed, ensure_pillars, ensure_series
from aipromote.content.actions.drafting import draft_once
from aipromote.content.actions.picturing import Look, illustrated, look_of
from aipromote.content.captions import needs_card
from aipromote.content.gathering import with_passages
from aipromote.content.models import ContentPiece
from aipromote.content.places import Place, places, weekly_firsts
from aipromote.content.series.asking import write_parts
from aipromote.content.series.rules import write_due
from aipromote.content.varying import write_variants
from aipromote.db.database import Database
from aipromote.documents.brief import Brief
from aipromote.documents.content import PostDraft
from aipromote.documents.facts import Fact
from aipromote.documents.strategy import StrategyDocument
from aipromote.errors import Conflict
from aipromote.jobs.outcomes import Done
from aipromote.organizations import queries as organizations
from aipromote.strategy import queries as strategies

BATCH = 4
"""Small enough that somebody who watches sees it move."""
SHIFT_SECONDS = 1200.0
"""After so long, what is left is handed on as a new job: however slow a model is, no job comes near its limit."""


@dataclass
class Desk:
    """All that one request needs, loaded once."""

    brief: Brief
    owner_id: UUID
    facts: Sequence[Fact]
    strategy_id: UUID
    plan: StrategyDocument
    pillars: dict[str, UUID]
    series_id: UUID | None
    look: Look
    in_series: frozenset[str]
    wanted: list[Place]
    total: int
    avoid: list[str]
    done: int = field(default=0)


async def write_pieces(
    pointer: RequestPointer, *, database: Database, writer: Writer, find: FindsPassages | None = None
) -> Done:
    """Write what the request asks for: one piece for each place that has none yet. `find` gives the writer sources."""
    write = partial(_write, database=database, writer=writer, find=find)
    return await work_on(pointer, database=database, write=write)


async def _write(request: GenerationRequest, *, database: Database, writer: Writer, find: FindsPassages | None) -> None:
    key = request.organization_id
    if request.wanted.variants_of is not None:
        await write_variants(request, request.wanted.variants_of, database=database, writer=writer)
        return
    if request.wanted.series_id is not None:
        await _write_series(request, request.wanted.series_id, database=database, writer=writer)
        return
    async with database.transaction(key) as session:
        desk = await _desk(session, request)
        await _report(session, request, desk)
    start, begun, had = 0, time.monotonic(), desk.done
    while batch := desk.wanted[start : start + BATCH]:
        # A model is paid for what it writes, so it is not asked for more than the plan allows.
        async with database.transaction(key) as session:
            batch = batch[: await billing.require_room(session, user_id=desk.owner_id, what="posts_generated")]
        start += len(batch)
        slots = [place.for_writer() for place in batch]
        if find is not None:
            slots = await with_passages(database, slots, organization_id=key, find=find)
        drafts = await _drafts(slots, desk, writer)
        desk.avoid += [draft.body for draft in drafts.values()]
        async with database.transaction(key) as session:
            desk.done += await _store(session, request, desk, batch, drafts)
            await _report(session, request, desk)
        if desk.done > had and start < len(desk.wanted) and time.monotonic() - begun >= SHIFT_SECONDS:
            await _hand_on(request, database=database)
            return
    async with database.transaction(key) as session:
        await requests.finish(session, organization_id=key, request_id=request.id, attempt=request.attempts)


async def _write_series(request: GenerationRequest, series_id: UUID, *, database: Database, writer: Writer) -> None:
    """The due parts of a series. Where models were taken out of the settings meanwhile, by rules."""
    key = request.organization_id
    if isinstance(writer, SeriesWriter):
        report = partial(report_on, request)
        await write_parts(database, organization_id=key, series_id=series_id, writer=writer, report=report)
    async with database.transaction(key) as session:
        if not isinstance(writer, SeriesWriter):
            written = await write_due(session, organization_id=key, series_id=series_id)
            await report_on(request, session, len(written), len(written))
        await requests.finish(session, organization_id=key, request_id=request.id, attempt=request.attempts)


async def _hand_on(request: GenerationRequest, *, database: Database) -> None:
    """Leave the rest to the next worker, who begins at the first open place: only where something was stored."""
    key = request.organization_id
    async with database.transaction(key) as session:
        await requests.give_back(session, organization_id=key, request_id=request.id, attempt=request.attempts)


async def _desk(session: AsyncSession, request: GenerationRequest) -> Desk:
    key = request.organization_id
    strategy = await strategies.active(session, organization_id=key)
    if strategy is None:
        raise Conflict("No strategy is active any more. Accept one, then ask for its posts.")
    organization = await organizations.organization(session, organization_id=key)
    await likeness.catch_up(session, organization_id=key)
    pillars = await ensure_pillars(session, organization_id=key, strategy=strategy)
    series = await ensure_series(session, organization_id=key, strategy=strategy)
    everywhere = places(strategy.calendar_skeleton)
    asked = [place for place in everywhere if _is_asked(place, request)]
    written = await queries.slot_keys(session, organization_id=key, strategy_id=strategy.id)
    wanted = [place for place in asked if place.key not in written]
    first = strategy.content_pillars[0].name
    return Desk(
        brief=organization.brief,
        owner_id=organization.owner_id,
        facts=await brand.facts(session, organization_id=key),
        strategy_id=strategy.id,
        plan=strategies.document(strategy),
        pillars={name: row.id for name, row in pillars.items()},
        series_id=series.id if series else None,
        look=await look_of(session, organization_id=key),
        in_series=weekly_firsts(everywhere, platform=series.platform, pillar=first) if series else frozenset(),
        wanted=wanted,
        total=len(asked),
        avoid=(await queries.bodies(session, organization_id=key))[::-1],  # the newest last, as those to come
        done=len(asked) - len(wanted),
    )


def _is_asked(place: Place, request: GenerationRequest) -> bool:
    wanted, slot = request.wanted, place.slot
    return (
        wanted.start <= slot.date
        and (wanted.end is None or slot.date < wanted.end)
        and (not wanted.pillars or slot.pillar in wanted.pillars)
        and (not wanted.platforms or slot.platform in wanted.platforms)
    )


async def _drafts(slots: Sequence[Slot], desk: Desk, writer: Writer) -> dict[int, PostDraft]:
    """What the writer has for these places, by their index. Raises WriterFailed for what was not asked for."""
    with writers.listening_to(writer):
        drafts = await writer.posts(
            desk.brief,
            desk.plan,
            facts=desk.facts,
            slots=slots,
            avoid=tuple(desk.avoid),
            limits={slot.platform: limits.of(slot.platform) for slot in slots},
        )
    platforms = {slot.index: slot.platform for slot in slots}
    by_index = {draft.slot: draft for draft in drafts if draft.slot is not None}
    strays = [draft for draft in drafts if draft.slot is None or platforms.get(draft.slot) is not draft.platform]
    if strays or len(by_index) != len(drafts):
        raise WriterFailed(f"The writer {writer.name} handed in a post that nobody asked for. Nothing of it was kept.")
    return {index: draft for index, draft in by_index.items() if index is not None}


async def _store(
    session: AsyncSession,
    request: GenerationRequest,
    desk: Desk,
    batch: Sequence[Place],
    drafts: dict[int, PostDraft],
) -> int:
    """Keep what says something new for its platform; how many places of the batch have their piece now."""
    fresh, done = [], 0
    for place in batch:
        draft = drafts.get(place.index)
        if draft is not None and not await _is_repeated(session, request, draft):
            done += 1
            piece, is_new = await _piece(session, request, desk, place, draft)
            fresh += [piece.id] if is_new else []
    if fresh:
        await billing.consume(session, user_id=desk.owner_id, what="posts_generated", amount=len(fresh))
        await auto_approve_if_allowed(session, organization_id=request.organization_id, piece_ids=fresh)
    return done


async def _is_repeated(session: AsyncSession, request: GenerationRequest, draft: PostDraft) -> bool:
    key = request.organization_id
    return await likeness.repeated(session, organization_id=key, body=draft.body, platform=draft.platform)


async def _piece(
    session: AsyncSession, request: GenerationRequest, desk: Desk, place: Place, draft: PostDraft
) -> tuple[ContentPiece, bool]:
    if needs_card(draft):
        draft = await illustrated(session, draft, organization_id=request.organization_id, look=desk.look)
    return await draft_once(
        session,
        organization_id=request.organization_id,
        strategy_id=desk.strategy_id,
        slot_key=place.key,
        draft=draft,
        planned_for=place.slot.date,
        pillar_id=desk.pillars.get(place.slot.pillar),
        series_id=desk.series_id if place.key in desk.in_series else None,
    )


async def _report(session: AsyncSession, request: GenerationRequest, desk: Desk) -> None:
    await report_on(request, session, desk.done, desk.total)
