"""Doing what a finding proposes: its words in the place of those that it is about, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.content import queries as pieces
from aipromote.content.models import ContentPiece
from aipromote.errors import Conflict, StaleRevision
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role
from aipromote.scheduling.actions.changing import edit_piece


async def fix_piece(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    piece_id: UUID,
    based_on: int,
    span: tuple[int, int],
    said: str,
    instead: str,
) -> ContentPiece:
    """Put `instead` where `said` stands (`span` counts characters of the body), as a new revision; see `edit_piece`.

    Only what the check itself proposes there is done. Raises StaleRevision where the text is not revision `based_on`,
    Conflict where other words stand there, or the check does not propose this (any more).
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    piece = await pieces.piece(session, organization_id=organization_id, piece_id=piece_id)
    if piece.revision != based_on:
        raise StaleRevision(f"This text was changed meanwhile (revision {piece.revision}). Look at what is found now.")
    start, end = span
    if not 0 <= start < end <= len(piece.body) or piece.body[start:end] != said:
        raise Conflict("These words stand elsewhere by now. Look at what is found now.")
    found = await pieces.findings_for(session, piece)
    if not any(one.span == span and one.replacement == instead for one in found):
        raise Conflict("The check does not propose this any more. Look at what is found now.")
    return await edit_piece(
        session,
        actor,
        organization_id=organization_id,
        piece_id=piece_id,
        body=piece.body[:start] + instead + piece.body[end:],
        based_on=based_on,
        parts=_parts(piece.parts, piece.body, span, instead),
    )


def _parts(parts: Sequence[str], body: str, span: tuple[int, int], instead: str) -> list[str] | None:
    """A thread's posts with the words put into the one that has them; None where they are not in one alone."""
    position = 0
    for number, part in enumerate(parts):
        at = body.find(part, position)
        if at < 0:
            return None
        if at <= span[0] and span[1] <= at + len(part):
            changed = part[: span[0] - at] + instead + part[span[1] - at :]
            return [each for each in (*parts[:number], changed, *parts[number + 1 :]) if each.strip()]
        position = at + len(part)
    return None
