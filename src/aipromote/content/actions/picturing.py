"""Files of a piece: a card with its words, in the brand's colours; a picture or video of one's own; taking one away.

What is attached is part of what was approved: a change makes a new revision, which no earlier approval covers.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import SYSTEM, Actor
from aipromote.assets import actions as assets
from aipromote.assets import queries as files
from aipromote.assets import sniffing
from aipromote.assets.cards.colours import Colour, parsed
from aipromote.assets.cards.drawing import Card, draw
from aipromote.assets.cards.errors import NoLetters
from aipromote.assets.examining import Examined
from aipromote.assets.models import Asset
from aipromote.assets.states import AssetType
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.connectors import limits
from aipromote.content import queries, sending
from aipromote.content.actions.drafting import revision_of
from aipromote.content.actions.moving import move, words
from aipromote.content.captions import SIZES, SQUARE, caption
from aipromote.content.models import ContentPiece, Pillar
from aipromote.content.states import ContentStatus
from aipromote.documents.content import MediaRef, PostDraft
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict, InvalidInput, NotFound, StaleRevision
from aipromote.organizations import queries as organizations
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role

_FIXED = frozenset({ContentStatus.SCHEDULED, ContentStatus.PUBLISHED, ContentStatus.ARCHIVED})
_BACKGROUND: Colour = (29, 78, 216)
_ACCENT: Colour = (251, 191, 36)


@dataclass(frozen=True, slots=True)
class Look:
    """Whose card it is, and in which colours."""

    owner: str
    background: Colour
    accent: Colour


async def look_of(session: AsyncSession, *, organization_id: UUID, pillar_id: UUID | None = None) -> Look:
    """The startup's name, and its colours: those that its newest logo is tagged with ("#0f766e"), then its pillar's."""
    organization = await organizations.organization(session, organization_id=organization_id)
    logo = await files.newest(session, organization_id=organization_id, type=AssetType.LOGO)
    pillar = await session.get(Pillar, (organization_id, pillar_id)) if pillar_id else None
    given = [*(logo.tags if logo else ()), *filter(None, (pillar.color if pillar else None,))]
    colours = [colour for text in given if text.startswith("#") and (colour := parsed(text)) is not None]
    background, accent, *_ = [*colours, _BACKGROUND, _ACCENT] if colours else [_BACKGROUND, _ACCENT]
    return Look(organization.name, background, accent if accent != background else _ACCENT)


async def drawn(body: str, *, hashtags: list[str], platform: Platform, look: Look) -> tuple[bytes, Card]:
    """The card of a text. Draws in a thread: it takes a few tenths of a second. Raises NoLetters."""
    kicker, sentence = caption(body, hashtags=hashtags)
    width, height = SIZES.get(platform, SQUARE)
    card = Card(sentence, look.owner, width, height, look.background, look.accent, kicker)
    return await asyncio.to_thread(draw, card), card


async def illustrated(session: AsyncSession, draft: PostDraft, *, organization_id: UUID, look: Look) -> PostDraft:
    """The draft with a card of its own. Without one, where no font of this machine has its letters."""
    try:
        content, card = await drawn(draft.body, hashtags=draft.hashtags, platform=draft.platform, look=look)
    except NoLetters:
        return draft
    asset = await _keep(session, SYSTEM, content, card, organization_id=organization_id)
    return draft.model_copy(update={"media_refs": [_reference(asset), *draft.media_refs]})


async def add_card(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_id: UUID, based_on: int
) -> ContentPiece:
    """Attach a card with the piece's words: a new revision, to be reviewed. The same card twice changes nothing.

    Raises StaleRevision where the text was changed since `based_on`, Conflict where nothing can be attached, NoLetters.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    piece = await queries.piece(session, organization_id=organization_id, piece_id=piece_id)
    look = await look_of(session, organization_id=organization_id, pillar_id=piece.pillar_id)
    content, card = await drawn(piece.body, hashtags=piece.hashtags, platform=piece.platform, look=look)
    piece = await opened(session, organization_id=organization_id, piece_id=piece_id, based_on=based_on)
    asset = await _keep(session, actor, content, card, organization_id=organization_id)
    refs = piece.media_refs or []
    attached = [ref for ref in refs if ref.asset_id is not None]
    if any(ref.asset_id == asset.id for ref in attached):
        return piece
    most = limits.of(piece.platform).max_media
    if len(attached) >= most:
        raise Conflict(f"{piece.platform.label} takes {most or 'no'} pictures in a post. Take one away first.")
    return await changed(session, actor, piece, [*refs, _reference(asset)], action="piece.card_added", asset=asset.id)


async def attach_file(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    piece_id: UUID,
    based_on: int,
    examined: Examined,
    alt_text: str = "",
) -> ContentPiece:
    """Attach a file that was examined: a new revision, to be reviewed. The same file twice changes nothing.

    Raises InvalidInput where the piece's network does not take the file, StaleRevision, Conflict, NotFound.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    # Made to fit before the piece is locked: that takes a moment.
    piece = await queries.piece(session, organization_id=organization_id, piece_id=piece_id)
    mime_type = str(examined.facts["mime_type"])
    if mime_type not in sniffing.PICTURES | sniffing.VIDEOS:
        raise InvalidInput(f"{examined.name} is no picture and no video. {sending.taken(piece)}", field="file")
    asset = await assets.take_in(session, actor, organization_id=organization_id, examined=examined, alt_text=alt_text)
    await session.flush()
    return await attach(session, actor, piece, asset, alt_text=alt_text, based_on=based_on)


async def attach(
    session: AsyncSession, actor: Actor, piece: ContentPiece, asset: Asset, *, alt_text: str, based_on: int
) -> ContentPiece:
    """Attach a file that is taken in, for verbs that looked at who asks. Raises as `attach_file` does."""
    if asset.mime_type not in sniffing.PICTURES | sniffing.VIDEOS:
        words = f"{asset.original_name} is no picture and no video. {sending.taken(piece)}"
        raise InvalidInput(words, field="file")
    before = await sending.outcomes(session, piece)
    here = await sending.outcome(asset, piece)
    if here.file is None:
        raise InvalidInput(f"{here.problem} {sending.taken(piece)}", field="file")
    if asset.id in before:
        return piece
    reference = MediaRef(asset_id=asset.id, alt_text=alt_text.strip()[: assets.MAX_ALT_TEXT] or asset.alt_text)
    known = set(sending.problems(piece, before))
    new = [one for one in sending.problems(piece, {**before, asset.id: here}) if one not in known]
    if new:
        raise InvalidInput(f"{' '.join(new)} {sending.taken(piece)}", field="file")
    piece = await opened(session, organization_id=piece.organization_id, piece_id=piece.id, based_on=based_on)
    refs = piece.media_refs or []
    if len([ref for ref in refs if ref.asset_id is not None]) >= (most := limits.of(piece.platform).max_media):
        raise Conflict(f"{piece.platform.label} takes {most or 'no'} files in a post. Take one away first.")
    return await changed(session, actor, piece, [*refs, reference], action="piece.file_attached", asset=asset.id)


async def remove_picture(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_id: UUID, asset_id: UUID, based_on: int
) -> ContentPiece:
    """Take a picture away: a new revision, to be reviewed. The file stays. Raises as `add_card` does, and NotFound."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    # What was never there is said before what was changed: the asset may be somebody else's.
    piece = await queries.piece(session, organization_id=organization_id, piece_id=piece_id)
    if asset_id not in {ref.asset_id for ref in piece.media_refs or []}:
        raise NotFound("This picture is not attached.")
    piece = await opened(session, organization_id=organization_id, piece_id=piece_id, based_on=based_on)
    kept = [ref for ref in piece.media_refs or [] if ref.asset_id != asset_id]
    return await changed(session, actor, piece, kept, action="piece.picture_removed", asset=asset_id)


async def opened(session: AsyncSession, *, organization_id: UUID, piece_id: UUID, based_on: int) -> ContentPiece:
    """The piece, locked, where its files may change. Raises StaleRevision, Conflict, NotFound."""
    piece = await queries.piece(session, organization_id=organization_id, piece_id=piece_id, lock=True)
    if piece.revision != based_on:
        raise StaleRevision(f"This text was changed meanwhile (revision {piece.revision}). Look at it again.")
    if piece.status in _FIXED:
        todo = " Cancel its posts first." if piece.status is ContentStatus.SCHEDULED else ""
        raise Conflict(f"This piece is {words(piece.status)}; its pictures do not change.{todo}")
    return piece


async def changed(
    session: AsyncSession, actor: Actor, piece: ContentPiece, refs: list[MediaRef], *, action: str, asset: UUID
) -> ContentPiece:
    """The piece with these files: a new revision, to be reviewed."""
    was = {"revision": piece.revision, "status": piece.status}
    move(piece, to=ContentStatus.PENDING_REVIEW)
    piece.media_refs = refs or None
    piece.revision += 1
    session.add(revision_of(piece, author=actor.name, author_id=actor.user_id))
    await audit.record(
        session,
        actor,
        organization_id=piece.organization_id,
        action=action,
        subject="content_pieces",
        subject_id=piece.id,
        detail=Detail(before=was, after={"revision": piece.revision, "status": piece.status, "asset": asset}),
    )
    await session.flush()
    return piece


async def _keep(session: AsyncSession, actor: Actor, content: bytes, card: Card, *, organization_id: UUID) -> Asset:
    asset = await assets.store(
        session,
        actor,
        organization_id=organization_id,
        name="card.png",
        content=content,
        mime_type="image/png",
        type=AssetType.IMAGE,
    )
    asset.width, asset.height = card.width, card.height
    asset.alt_text = ". ".join(filter(None, (card.kicker, card.sentence)))
    await session.flush()
    return asset


def _reference(asset: Asset) -> MediaRef:
    return MediaRef(asset_id=asset.id, alt_text=asset.alt_text)
