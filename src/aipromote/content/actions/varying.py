"""Variants of a piece: asking for them, choosing one, dismissing one."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.ai import actions as requests
from aipromote.ai import queries as asked
from aipromote.ai.models import GenerationRequest, Order
from aipromote.ai.states import RequestKind
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.content import queries
from aipromote.content.actions.editing import edit
from aipromote.content.actions.moving import words
from aipromote.content.models import ContentPiece, Variant
from aipromote.content.states import ContentStatus, VariantStatus
from aipromote.errors import Conflict, InvalidInput
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role
from aipromote.strategy import queries as strategies

FEWEST, MOST = 2, 5
MOST_OF_A_PIECE = 20
"""Asked for in all, whatever became of them: a model is paid for each."""
_CLOSED = frozenset({ContentStatus.PUBLISHED, ContentStatus.ARCHIVED})


async def request_variants(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_id: UUID, count: int
) -> GenerationRequest:
    """Ask for other ways to say the piece, 2 to 5.

    Raises Conflict without a strategy, for a piece that is out, while others are being written, and where
    MOST_OF_A_PIECE were asked for. The plan does not count variants, since they are no posts.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    piece = await queries.piece(session, organization_id=organization_id, piece_id=piece_id, lock=True)
    if not FEWEST <= count <= MOST:
        raise InvalidInput(f"Ask for {FEWEST} to {MOST} variants.", field="count")
    if piece.status in _CLOSED:
        raise Conflict(f"This piece is {words(piece.status)}; its text does not change any more.")
    if await strategies.active(session, organization_id=organization_id) is None:
        raise Conflict("Accept a strategy first; variants are written from its brief and pillars.")
    await _require_room(session, organization_id=organization_id, piece_id=piece_id, count=count)
    wanted = Order(start=piece.planned_for or clock.now().date(), variants_of=piece_id, count=count)
    return await requests.ask(session, actor, organization_id=organization_id, kind=RequestKind.CONTENT, wanted=wanted)


async def _require_room(session: AsyncSession, *, organization_id: UUID, piece_id: UUID, count: int) -> None:
    if await asked.variants_being_written(session, organization_id=organization_id, piece_id=piece_id):
        raise Conflict("Variants of this piece are being written already. Wait for them.")
    left = MOST_OF_A_PIECE - await asked.variants_asked(session, organization_id=organization_id, piece_id=piece_id)
    if count > left:
        rest = f"Ask for {left} at most." if left >= FEWEST else "Choose one of them, or edit the text."
        raise Conflict(f"A piece gets {MOST_OF_A_PIECE} variants at most, and this one has had most of them. {rest}")


async def choose_variant(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, variant_id: UUID, based_on: int
) -> ContentPiece:
    """Make the variant the piece's text: a new revision, to be reviewed. `based_on` is the revision that was seen.

    Raises what `edit` raises, and Conflict for a variant that was decided on already.
    """
    variant = await _proposed(session, organization_id=organization_id, variant_id=variant_id)
    piece = await edit(
        session,
        actor,
        organization_id=organization_id,
        piece_id=variant.piece_id,
        body=variant.body,
        parts=variant.parts,
        title=variant.title,
        based_on=based_on,
    )
    if piece.revision != based_on:  # the same text as before keeps what is known of it
        piece.hook, piece.cta = variant.hook, variant.cta
        piece.rationale, piece.confidence = variant.rationale, variant.confidence
        piece.generated_by = variant.generated_by
    await _decide(session, actor, variant, VariantStatus.CHOSEN)
    return piece


async def dismiss_variant(session: AsyncSession, actor: Actor, *, organization_id: UUID, variant_id: UUID) -> Variant:
    """Set the variant aside. Raises Conflict for one that was decided on already."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    variant = await _proposed(session, organization_id=organization_id, variant_id=variant_id)
    await _decide(session, actor, variant, VariantStatus.DISMISSED)
    return variant


async def _proposed(session: AsyncSession, *, organization_id: UUID, variant_id: UUID) -> Variant:
    variant = await queries.variant(session, organization_id=organization_id, variant_id=variant_id, lock=True)
    if variant.status is not VariantStatus.PROPOSED:
        raise Conflict(f"This variant was {variant.status.lower()} by {variant.decided_by} already.")
    return variant


async def _decide(session: AsyncSession, actor: Actor, variant: Variant, status: VariantStatus) -> None:
    variant.status, variant.decided_by, variant.decided_at = status, actor.name[:200], clock.now()
    await audit.record(
        session,
        actor,
        organization_id=variant.organization_id,
        action=f"variant.{status.lower()}",
        subject="content_pieces",
        subject_id=variant.piece_id,
        detail=Detail(after={"variant": variant.number}),
    )
    await session.flush()
