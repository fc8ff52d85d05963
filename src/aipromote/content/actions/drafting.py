"""New pieces: from a writer, for a slot of the calendar; or from a person."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.content import likeness, queries
from aipromote.content.actions.texts import LONGEST, hashtags_in, split_parts
from aipromote.content.models import Adaptation, ContentPiece, Revision, Series
from aipromote.content.states import ContentStatus
from aipromote.documents.content import PostDraft
from aipromote.documents.vocabulary import ContentType, Platform
from aipromote.errors import InvalidInput
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role


async def draft(
    session: AsyncSession,
    *,
    organization_id: UUID,
    strategy_id: UUID,
    slot_key: str,
    draft: PostDraft,
    planned_for: date | None = None,
    pillar_id: UUID | None = None,
    series_id: UUID | None = None,
) -> ContentPiece:
    """The piece of this slot of the strategy, waiting for review. A slot that has its piece keeps it unchanged."""
    piece, _ = await draft_once(
        session,
        organization_id=organization_id,
        strategy_id=strategy_id,
        slot_key=slot_key,
        draft=draft,
        planned_for=planned_for,
        pillar_id=pillar_id,
        series_id=series_id,
    )
    return piece


async def draft_once(
    session: AsyncSession,
    *,
    organization_id: UUID,
    strategy_id: UUID,
    slot_key: str,
    draft: PostDraft,
    planned_for: date | None,
    pillar_id: UUID | None,
    series_id: UUID | None,
) -> tuple[ContentPiece, bool]:
    """As `draft`, and whether the piece is new."""
    place = {"organization_id": organization_id, "strategy_id": strategy_id, "slot_key": slot_key}
    values = _columns(draft) | place | {"planned_for": planned_for, "pillar_id": pillar_id}
    make = insert(ContentPiece).values(values).on_conflict_do_nothing().returning(ContentPiece)
    piece: ContentPiece | None = await session.scalar(make)
    if piece is None:
        known = select(ContentPiece).filter_by(**place)
        return (await session.scalars(known)).one(), False
    session.add(revision_of(piece, author=draft.generated_by, author_id=None))
    if series_id is not None:
        # Only now: a number taken for a piece that was there already would leave a gap.
        await _number(session, piece, series_id=series_id)
    await session.flush()
    await likeness.remember(session, piece)
    return piece, True


async def new_piece(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    platform: Platform,
    body: str,
    planned_for: date | None = None,
    pillar_id: UUID | None = None,
    type: ContentType = ContentType.POST,  # noqa: A002 -- the word of the data model
) -> ContentPiece:
    """A piece that a person wrote, waiting for review. Raises InvalidInput for an empty text."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    if not body.strip():
        raise InvalidInput("There is no text.", field="body")
    if len(body) > LONGEST:
        raise InvalidInput(f"The text has {len(body):,} characters, and {LONGEST:,} are kept at most.", field="body")
    piece = ContentPiece(
        organization_id=organization_id,
        platform=platform,
        type=type,
        status=ContentStatus.PENDING_REVIEW,
        body=body,
        parts=split_parts(body) if type is ContentType.THREAD else [],
        hashtags=hashtags_in(body),
        planned_for=planned_for,
        pillar_id=pillar_id,
    )
    session.add(piece)
    await session.flush()
    session.add(revision_of(piece, author=actor.name, author_id=actor.user_id))
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="piece.written",
        subject="content_pieces",
        subject_id=piece.id,
        detail=Detail(after={"platform": platform, "planned_for": planned_for}),
    )
    await session.flush()
    await likeness.remember(session, piece)
    return piece


async def adapt(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    piece_id: UUID,
    platform: Platform,
    body: str,
) -> ContentPiece:
    """A new piece for another platform, made of this one and linked to it; waiting for review, on the same day.

    Raises InvalidInput for an empty text, or for the platform that the piece is for already.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    original = await queries.piece(session, organization_id=organization_id, piece_id=piece_id)
    if platform is original.platform:
        raise InvalidInput(f"This is a post for {platform.label} already.", field="platform")
    made = await new_piece(
        session,
        actor,
        organization_id=organization_id,
        platform=platform,
        body=body,
        planned_for=original.planned_for,
        pillar_id=original.pillar_id,
    )
    made.theme = original.theme
    session.add(
        Adaptation(
            organization_id=organization_id, piece_id=made.id, original_id=original.id, revision=original.revision
        )
    )
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="piece.adapted",
        subject="content_pieces",
        subject_id=piece_id,
        detail=Detail(after={"platform": platform, "adaptation": made.id}),
    )
    await session.flush()
    return made


async def piece_of(
    session: AsyncSession,
    draft: PostDraft,
    *,
    organization_id: UUID,
    planned_for: date | None = None,
    series_id: UUID | None = None,
    sequence_no: int | None = None,
) -> ContentPiece:
    """A piece of a draft that no plan asked for, waiting for review. In a series it has the number that it is given."""
    place = {"planned_for": planned_for, "series_id": series_id, "sequence_no": sequence_no}
    piece = ContentPiece(organization_id=organization_id, **_columns(draft), **place)
    session.add(piece)
    await session.flush()
    session.add(revision_of(piece, author=draft.generated_by, author_id=None))
    await session.flush()
    await likeness.remember(session, piece)
    return piece


def _columns(draft: PostDraft) -> dict[str, Any]:
    return {
        "platform": draft.platform,
        "type": draft.type,
        "status": ContentStatus.PENDING_REVIEW,
        "title": draft.title and draft.title[:500],
        "body": draft.body,
        "parts": draft.parts or [],
        "hashtags": draft.hashtags,
        "mentions": draft.mentions,
        "cta": draft.cta[:1000] or None,
        "hook": draft.hook[:1000] or None,
        "theme": draft.theme[:500] or None,
        "media_refs": draft.media_refs or None,
        "sources": draft.sources,
        "rationale": draft.rationale[:2000] or None,
        "confidence": draft.confidence,
        "generated_by": draft.generated_by,
    }


def revision_of(piece: ContentPiece, *, author: str, author_id: UUID | None) -> Revision:
    """The piece's text as it stands, under its current number."""
    return Revision(
        organization_id=piece.organization_id,
        piece_id=piece.id,
        number=piece.revision,
        title=piece.title,
        body=piece.body,
        parts=piece.parts,
        hashtags=piece.hashtags,
        author=author[:200],
        author_id=author_id,
        created_at=clock.now(),  # when it was written is part of its story, by the clock that the story goes by
    )


async def _number(session: AsyncSession, piece: ContentPiece, *, series_id: UUID) -> None:
    """Give the piece the next number of the series, whose row is locked by it until the transaction ends."""
    count = update(Series).where(Series.organization_id == piece.organization_id, Series.id == series_id)
    count = count.values(total_posts=Series.total_posts + 1)
    number: int | None = await session.scalar(count.returning(Series.total_posts))
    piece.series_id, piece.sequence_no = series_id, number
