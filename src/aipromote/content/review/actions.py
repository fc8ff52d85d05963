"""Comments: saying something about a revision, settling it, and taking one's own back."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.content import queries as content
from aipromote.content.models import ContentPiece, Revision
from aipromote.content.review import queries
from aipromote.content.review.models import LONGEST, LONGEST_QUOTE, Comment
from aipromote.content.review.telling import tell_of_comment
from aipromote.errors import InvalidInput, NotAllowed, NotFound
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role


async def comment(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    piece_id: UUID,
    revision: int,
    said: str,
    quote: str = "",
) -> Comment:
    """Say something about this revision, perhaps about a passage of its text. Who took part hears of it.

    Every member may; a program needs a key that includes approving. Raises NotFound, and InvalidInput (said, quote).
    """
    await require(session, actor, organization_id=organization_id, role=_least(actor))
    piece = await content.piece(session, organization_id=organization_id, piece_id=piece_id)
    return await add(session, actor, piece, revision=revision, said=said, quote=quote)


async def add(
    session: AsyncSession, actor: Actor, piece: ContentPiece, *, revision: int, said: str, quote: str = ""
) -> Comment:
    """The same. Whether the actor may is the caller's question."""
    words, passage = _storable(said, field="said", most=LONGEST), _storable(quote, field="quote", most=LONGEST_QUOTE)
    if not words:
        raise InvalidInput("Write a comment first.", field="said")
    text = await _text_of(session, piece, revision)
    if passage and _folded(passage) not in _folded(text):
        raise InvalidInput(
            "This passage does not stand in the text. Copy it from there, or leave it out.", field="quote"
        )
    row = Comment(
        organization_id=piece.organization_id,
        piece_id=piece.id,
        revision=revision,
        said=words,
        quote=passage or None,
        author=actor.name[:200],
        user_id=actor.user_id if actor.review_link_id is None else None,
        review_link_id=actor.review_link_id,
        created_at=clock.now(),
    )
    session.add(row)
    await session.flush()
    await _record(session, actor, row, "comment.made")
    await tell_of_comment(session, actor, piece, row)
    return row


async def resolve(session: AsyncSession, actor: Actor, *, organization_id: UUID, comment_id: UUID) -> Comment:
    """It is settled. Doing it again changes nothing."""
    row = await _changed(session, actor, organization_id=organization_id, comment_id=comment_id)
    if row.resolved_at is None:
        row.resolved_at, row.resolved_by = clock.now(), actor.name[:200]
        await _record(session, actor, row, "comment.resolved")
        await session.flush()
    return row


async def reopen(session: AsyncSession, actor: Actor, *, organization_id: UUID, comment_id: UUID) -> Comment:
    """It is not settled after all. Doing it again changes nothing."""
    row = await _changed(session, actor, organization_id=organization_id, comment_id=comment_id)
    if row.resolved_at is not None:
        row.resolved_at = row.resolved_by = None
        await _record(session, actor, row, "comment.reopened")
        await session.flush()
    return row


async def remove(session: AsyncSession, actor: Actor, *, organization_id: UUID, comment_id: UUID) -> None:
    """Take one's own comment back: it is gone, the log only says that there was one. Raises NotFound, NotAllowed."""
    await require(session, actor, organization_id=organization_id, role=_least(actor))
    row = await queries.comment(session, organization_id=organization_id, comment_id=comment_id, lock=True)
    if row.user_id is None or row.user_id != actor.user_id:
        raise NotAllowed("Only who wrote a comment can delete it. You can resolve it.")
    await discard(session, actor, row)


async def discard(session: AsyncSession, actor: Actor, row: Comment) -> None:
    """The same for a comment that is the actor's own."""
    await _record(session, actor, row, "comment.removed")
    mine = (Comment.organization_id == row.organization_id, Comment.id == row.id)
    await session.execute(delete(Comment).where(*mine))


async def _changed(session: AsyncSession, actor: Actor, *, organization_id: UUID, comment_id: UUID) -> Comment:
    await require(session, actor, organization_id=organization_id, role=_least(actor))
    return await queries.comment(session, organization_id=organization_id, comment_id=comment_id, lock=True)


def _least(actor: Actor) -> Role:
    """A key that only reads writes nothing, not even a comment."""
    return Role.VIEWER if actor.is_person else Role.APPROVER


async def _text_of(session: AsyncSession, piece: ContentPiece, revision: int) -> str:
    found = await session.scalar(
        select(Revision).where(
            Revision.organization_id == piece.organization_id,
            Revision.piece_id == piece.id,
            Revision.number == revision,
        )
    )
    if found is None:
        raise NotFound("There is no such text of this piece.")
    return "\n".join([found.title or "", found.body, *found.parts])


def _storable(text: str, *, field: str, most: int) -> str:
    words = text.replace("\r\n", "\n").strip()
    if "\0" in words or any("\ud800" <= letter <= "\udfff" for letter in words):
        raise InvalidInput("The text contains a character that no text may have.", field=field)
    if len(words) > most:
        raise InvalidInput(f"This is too long: {len(words):,} of {most:,} characters.", field=field)
    return words


def _folded(text: str) -> str:
    """However it was wrapped on the page that it was copied from."""
    return " ".join(text.split())


async def _record(session: AsyncSession, actor: Actor, row: Comment, action: str) -> None:
    await audit.record(
        session,
        actor,
        organization_id=row.organization_id,
        action=action,
        subject="content_pieces",
        subject_id=row.piece_id,
        detail=Detail(after={"revision": row.revision, "comment": row.id}),
    )
