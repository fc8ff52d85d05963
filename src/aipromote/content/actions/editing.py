"""Changing the text of a piece, sending it to review, putting it away."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.connectors import registry
from aipromote.content import likeness, queries
from aipromote.content.actions.drafting import revision_of
from aipromote.content.actions.moving import move, words
from aipromote.content.actions.texts import LONGEST, LONGEST_TITLE, hashtags_in, split_parts
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.documents.vocabulary import ContentType
from aipromote.errors import Conflict, InvalidInput, StaleRevision
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role

_CLOSED = frozenset({ContentStatus.PUBLISHED, ContentStatus.ARCHIVED})


async def edit(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    piece_id: UUID,
    body: str,
    based_on: int,
    title: str | None = None,
    parts: Sequence[str] | None = None,
    type: ContentType | None = None,  # noqa: A002 -- the word of the data model
) -> ContentPiece:
    """Give the piece a new text: a new revision, to be reviewed, which no earlier approval covers.

    `based_on` is the revision that the author saw. `parts` are the posts of a thread; without them a thread is split at
    blank lines. A `title` or a `type` of None keeps the one there is. An unchanged text changes nothing.
    Raises StaleRevision where somebody else was faster, Conflict for a piece that is published or archived.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    piece = await queries.piece(session, organization_id=organization_id, piece_id=piece_id, lock=True)
    if piece.revision != based_on:
        raise StaleRevision(f"This text was changed meanwhile (revision {piece.revision}). Look at it and edit again.")
    if piece.status in _CLOSED:
        raise Conflict(f"This piece is {words(piece.status)}; its text does not change any more.")
    _refuse(piece, body=body, title=title)
    if not changes(piece, body=body, title=title, parts=parts, type=type):
        return piece
    was = {"revision": piece.revision, "status": piece.status}
    move(piece, to=ContentStatus.PENDING_REVIEW)
    body, wanted_parts, wanted_title, piece.type = _wanted(piece, body=body, title=title, parts=parts, type=type)
    _write(piece, title=wanted_title, body=body, parts=wanted_parts)
    session.add(revision_of(piece, author=actor.name, author_id=actor.user_id))
    now = {"revision": piece.revision, "status": piece.status}
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="piece.edited",
        subject="content_pieces",
        subject_id=piece_id,
        detail=Detail(before=was, after=now),
    )
    await session.flush()
    await likeness.remember(session, piece)
    return piece


def _refuse(piece: ContentPiece, *, body: str, title: str | None) -> None:
    if not body.strip():
        raise InvalidInput("There is no text.", field="body")
    if len(body) > LONGEST:
        too_long = f"The text has {len(body):,} characters, and {LONGEST:,} are kept at most. Nothing was changed."
        raise InvalidInput(too_long, field="body")
    most = registry.capabilities(piece.platform).max_title or LONGEST_TITLE
    if title and title != piece.title and len(title) > most:
        words = f"The title has {len(title)} characters; {piece.platform.label} takes {most}."
        raise InvalidInput(words, field="title")


def changes(
    piece: ContentPiece,
    *,
    body: str,
    title: str | None = None,
    parts: Sequence[str] | None = None,
    type: ContentType | None = None,  # noqa: A002 -- the word of the data model
) -> bool:
    """Whether an edit with these words would change the piece, and so make a new revision."""
    wanted = _wanted(piece, body=body, title=title, parts=parts, type=type)
    return wanted != (piece.body, piece.parts, piece.title, piece.type)


def _wanted(
    piece: ContentPiece,
    *,
    body: str,
    title: str | None,
    parts: Sequence[str] | None,
    type: ContentType | None,  # noqa: A002 -- the word of the data model
) -> tuple[str, list[str], str | None, ContentType]:
    wanted_type = type or piece.type
    if parts is None:
        parts = split_parts(body) if wanted_type is ContentType.THREAD else []
    return body, list(parts), piece.title if title is None else title or None, wanted_type


async def submit(session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_id: UUID) -> ContentPiece:
    """Send a draft to review as it is. Raises Conflict for a piece that is further along."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    piece = await queries.piece(session, organization_id=organization_id, piece_id=piece_id, lock=True)
    if piece.status not in {ContentStatus.DRAFT, ContentStatus.PENDING_REVIEW}:
        raise Conflict(f"This piece is {words(piece.status)} already.")
    was = piece.status
    move(piece, to=ContentStatus.PENDING_REVIEW)
    if was is not piece.status:
        await audit.record(
            session,
            actor,
            organization_id=organization_id,
            action="piece.submitted",
            subject="content_pieces",
            subject_id=piece_id,
            detail=Detail(before={"status": was}, after={"status": piece.status}),
        )
    await session.flush()
    return piece


async def archive(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_id: UUID, reason: str | None = None
) -> ContentPiece:
    """Put the piece away; `restore` takes it out again. Raises Conflict while it is scheduled: cancel its posts."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    piece = await queries.piece(session, organization_id=organization_id, piece_id=piece_id, lock=True)
    if piece.status is ContentStatus.SCHEDULED:
        raise Conflict("This piece is scheduled. Cancel its posts first.")
    was = piece.status
    move(piece, to=ContentStatus.ARCHIVED)
    if was is not piece.status:
        await audit.record(
            session,
            actor,
            organization_id=organization_id,
            action="piece.archived",
            subject="content_pieces",
            subject_id=piece_id,
            detail=Detail(before={"status": was}, after={"status": piece.status}, reason=reason),
        )
    await session.flush()
    return piece


def _write(piece: ContentPiece, *, title: str | None, body: str, parts: list[str]) -> None:
    piece.revision += 1
    piece.title, piece.body, piece.parts = title, body, parts
    piece.hashtags = hashtags_in(body)
    # Hook and call to action described the earlier text; they stay only while they still stand in this one.
    piece.hook = piece.hook if piece.hook and piece.hook in body else None
    piece.cta = piece.cta if piece.cta and piece.cta in body else None
