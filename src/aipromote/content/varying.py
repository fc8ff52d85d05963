"""Writing variants of a piece for a request. They stand beside the piece; nothing of it changes."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.ai import actions as requests
from aipromote.ai import writer as writing
from aipromote.ai import writers
from aipromote.ai.models import GenerationRequest
from aipromote.ai.working import report_on
from aipromote.ai.writer import Slot, Writer
from aipromote.brand import queries as brand
from aipromote.connectors import limits
from aipromote.content import likeness, queries
from aipromote.content.models import ContentPiece, Variant
from aipromote.db.database import Database
from aipromote.documents.brief import Brief
from aipromote.documents.content import PostDraft
from aipromote.documents.facts import Fact
from aipromote.documents.strategy import StrategyDocument
from aipromote.errors import Conflict
from aipromote.organizations import queries as organizations
from aipromote.strategy import queries as strategies


@dataclass(frozen=True, slots=True)
class Desk:
    """All that a request for variants needs."""

    piece: ContentPiece
    slot: Slot
    brief: Brief
    facts: list[Fact]
    plan: StrategyDocument
    said: list[str]


async def write_variants(request: GenerationRequest, piece_id: UUID, *, database: Database, writer: Writer) -> None:
    """Write as many variants as were asked for, or as many as the writer has that repeat no other piece."""
    key, count = request.organization_id, request.wanted.count or 0
    async with database.transaction(key) as session:
        desk = await desk_for(session, organization_id=key, piece_id=piece_id)
        await report_on(request, session, 0, count)
    drafts = await drafts_for(desk, count=count, writer=writer)
    async with database.transaction(key) as session:
        done = await keep(session, desk.piece, drafts)
        await report_on(request, session, done, count)
        await requests.finish(session, organization_id=key, request_id=request.id, attempt=request.attempts)


async def drafts_for(desk: Desk, *, count: int, writer: Writer) -> list[PostDraft]:
    """At most `count` drafts of the writer. Raises WriterFailed where it gives nothing that can be used."""
    with writers.listening_to(writer):
        drafts = await writing.variants(
            writer,
            desk.brief,
            desk.plan,
            facts=desk.facts,
            slot=desk.slot,
            said=desk.said,
            count=count,
            limits=limits.of(desk.piece.platform),
        )
    return drafts[:count]


async def desk_for(session: AsyncSession, *, organization_id: UUID, piece_id: UUID) -> Desk:
    """Load it. Raises Conflict without an active strategy."""
    key = organization_id
    piece = await queries.piece(session, organization_id=key, piece_id=piece_id)
    strategy = await strategies.active(session, organization_id=key)
    if strategy is None:
        raise Conflict("No strategy is active any more. Accept one, then ask for variants.")
    organization = await organizations.organization(session, organization_id=key)
    names = {row.id: row.name for row in await queries.pillars(session, organization_id=key)}
    known = [pillar.name for pillar in strategy.content_pillars]
    pillar = names.get(piece.pillar_id, "") if piece.pillar_id else ""
    before = await queries.variants(session, organization_id=key, piece_id=piece_id)
    return Desk(
        piece=piece,
        slot=Slot(
            0,
            piece.planned_for or clock.now().date(),
            piece.platform,
            pillar if pillar in known else known[0],
            piece.theme or "",
            piece.type,
        ),
        brief=organization.brief,
        facts=list(await brand.facts(session, organization_id=key)),
        plan=strategies.document(strategy),
        said=[piece.body, *(one.body for one in before)],
    )


async def keep(session: AsyncSession, piece: ContentPiece, drafts: list[PostDraft]) -> int:
    """Keep the drafts that are for the piece's platform and repeat no other piece of it; how many."""
    key = piece.organization_id
    await queries.piece(session, organization_id=key, piece_id=piece.id, lock=True)  # numbers are given one by one
    mine = (Variant.organization_id == key, Variant.piece_id == piece.id)
    last = await session.scalar(select(func.max(Variant.number)).where(*mine)) or 0
    kept = 0
    for draft in drafts:
        if draft.platform is not piece.platform or await _repeats_another(session, piece, draft):
            continue
        kept += 1
        session.add(_variant(piece, draft, number=last + kept))
    await session.flush()
    return kept


async def _repeats_another(session: AsyncSession, piece: ContentPiece, draft: PostDraft) -> bool:
    found = await likeness.alike(
        session, organization_id=piece.organization_id, body=draft.body, platform=piece.platform, but=[piece.id]
    )
    return any(one.is_same_platform for one in found)


def _variant(piece: ContentPiece, draft: PostDraft, *, number: int) -> Variant:
    return Variant(
        organization_id=piece.organization_id,
        piece_id=piece.id,
        number=number,
        revision=piece.revision,
        title=draft.title and draft.title[:500],
        body=draft.body,
        parts=draft.parts or [],
        hashtags=draft.hashtags,
        hook=draft.hook[:1000] or None,
        cta=draft.cta[:1000] or None,
        rationale=" ".join((_difference(piece, draft), draft.rationale)).strip()[:2000] or None,
        confidence=draft.confidence,
        generated_by=draft.generated_by[:200],
        created_at=clock.now(),
    )


def _difference(piece: ContentPiece, draft: PostDraft) -> str:
    """What is other about it, or that it is no rewording."""
    if piece.generated_by is None:
        return "Written anew from the brief on the same theme; your own text is not reworded."
    others = [
        name for name, was, now in (("first line", piece.hook, draft.hook), ("close", piece.cta, draft.cta))
        if (was or "") != (now or "")
    ]  # fmt: skip
    return f"Another {' and another '.join(others)}." if others else "The same first line and close, told otherwise."
