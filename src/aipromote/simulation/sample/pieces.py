"""The accepted strategy, its pillars and series, and the pieces: written, and judged by a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.ai.models import GenerationRequest, Order
from aipromote.ai.states import RequestKind, RequestStatus
from aipromote.content import actions
from aipromote.content.models import Approval, ContentPiece, Revision
from aipromote.db.base import new_id
from aipromote.documents.vocabulary import Platform
from aipromote.publishing.models import ScheduledPost
from aipromote.simulation.sample.story import Chapter, Scene, Story
from aipromote.strategy import actions as strategies
from aipromote.strategy.models import AIStrategy

_APPROVED_AHEAD = 2
_WRITING_TOOK = timedelta(seconds=8)
_DECIDED_BEFORE = timedelta(days=1)
_NOTE = "Open with the problem; what we built can wait for the second sentence."


async def strategy(session: AsyncSession, actor: Actor, story: Story, *, key: UUID) -> AIStrategy:
    """Version 1 as the writer in use made it, accepted an hour later."""
    at = story.planned_at
    request = _request(actor, key, RequestKind.STRATEGY, Order(start=story.start), count=1)
    request.created_at, request.finished_at = at, at + _WRITING_TOOK
    session.add(request)
    await session.flush()
    proposed = await strategies.propose(
        session, organization_id=key, document=story.plan, generated_by=story.writer, request_id=request.id
    )
    accepted = await strategies.accept(session, actor, organization_id=key, strategy_id=proposed.id)
    accepted.created_at, accepted.accepted_at = at + _WRITING_TOOK, at + timedelta(hours=1)
    await session.flush()
    return accepted


async def written(
    session: AsyncSession, actor: Actor, story: Story, *, plan: AIStrategy
) -> dict[str, tuple[Scene, ContentPiece]]:
    """A piece for every scene, waiting for review; by the key of its place."""
    key = plan.organization_id
    pillars = await actions.ensure_pillars(session, organization_id=key, strategy=plan)
    series = await actions.ensure_series(session, organization_id=key, strategy=plan)
    found: dict[str, tuple[Scene, ContentPiece]] = {}
    for chapter in story.chapters:
        session.add(_content_request(actor, key, chapter))
        for scene in chapter.scenes:
            place = scene.place
            piece = await actions.draft(
                session,
                organization_id=key,
                strategy_id=plan.id,
                slot_key=place.key,
                draft=scene.draft,
                planned_for=place.slot.date,
                pillar_id=pillars[place.slot.pillar].id,
                series_id=series.id if series and place.key in story.in_series else None,
            )
            found[place.key] = scene, piece
        await _dated(session, key, chapter, [found[scene.place.key][1].id for scene in chapter.scenes])
    return found


async def approved(session: AsyncSession, actor: Actor, *, key: UUID, pieces: Sequence[ContentPiece]) -> set[UUID]:
    """The owner approves them; the ids of those against which nothing stood."""
    ids = [piece.id for piece in pieces]
    held_back = await actions.approve_many(session, actor, organization_id=key, piece_ids=ids)
    return set(ids) - held_back.keys()


async def reviewed_ahead(session: AsyncSession, actor: Actor, *, key: UUID, pieces: Sequence[ContentPiece]) -> None:
    """Of the coming ones: one was edited, one sent back with a note, some are approved; the others wait for review."""
    long = next(piece for piece in pieces if piece.platform is Platform.LINKEDIN)
    others = [piece for piece in pieces if piece is not long]
    body = f"{long.body}\n\nTell us how you do it."
    await actions.edit(session, actor, organization_id=key, piece_id=long.id, body=body, based_on=long.revision)
    await actions.ask_changes(
        session, actor, organization_id=key, piece_id=others[0].id, revision=others[0].revision, note=_NOTE
    )
    await approved(session, actor, key=key, pieces=others[1 : 1 + _APPROVED_AHEAD])


async def date_approvals(session: AsyncSession, *, key: UUID) -> None:
    """What was scheduled had been approved the day before it was due, or just now."""
    day_before = func.least(ScheduledPost.scheduled_at - _DECIDED_BEFORE, Approval.decided_at)
    dated = update(Approval).where(
        Approval.organization_id == key,
        ScheduledPost.organization_id == key,
        ScheduledPost.content_piece_id == Approval.piece_id,
    )
    await session.execute(
        dated.values(decided_at=day_before, created_at=day_before), execution_options={"synchronize_session": False}
    )


async def _dated(session: AsyncSession, key: UUID, chapter: Chapter, ids: Sequence[UUID]) -> None:
    at = {"created_at": chapter.written_at + _WRITING_TOOK}
    pieces = update(ContentPiece).where(ContentPiece.organization_id == key, ContentPiece.id.in_(ids))
    await session.execute(pieces.values(at), execution_options={"synchronize_session": False})
    texts = update(Revision).where(Revision.organization_id == key, Revision.piece_id.in_(ids))
    await session.execute(texts.values(at), execution_options={"synchronize_session": False})


def _content_request(actor: Actor, key: UUID, chapter: Chapter) -> GenerationRequest:
    wanted = Order(start=chapter.start, end=chapter.end)
    request = _request(actor, key, RequestKind.CONTENT, wanted, count=len(chapter.scenes))
    request.created_at, request.finished_at = chapter.written_at, chapter.written_at + _WRITING_TOOK
    return request


def _request(actor: Actor, key: UUID, kind: RequestKind, wanted: Order, *, count: int) -> GenerationRequest:
    return GenerationRequest(
        organization_id=key,
        id=new_id(),
        kind=kind,
        status=RequestStatus.DONE,
        wanted=wanted,
        asked_by=actor.user_id,
        attempts=1,
        done_count=count,
        total_count=count,
    )


async def pieces_by_id(session: AsyncSession, *, key: UUID) -> dict[UUID, ContentPiece]:
    """All pieces as the database has them now."""
    rows = select(ContentPiece).where(ContentPiece.organization_id == key).execution_options(populate_existing=True)
    return {row.id: row for row in await session.scalars(rows)}
