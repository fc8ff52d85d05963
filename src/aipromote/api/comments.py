"""Comments of a piece: GET and POST /pieces/{id}/comments; POST /comments/{id}/resolve, /reopen; DELETE an own one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from aipromote.api.calls import Commenting, Reading
from aipromote.api.lists import Shown
from aipromote.content import queries as content
from aipromote.content.review import actions, queries
from aipromote.content.review.models import LONGEST, LONGEST_QUOTE

router = APIRouter()


class CommentOut(Shown):
    """What somebody said about `revision`. `review_link_id` is there where a reviewer without an account said it."""

    id: UUID
    piece_id: UUID
    revision: int
    said: str
    quote: str | None
    author: str
    user_id: UUID | None
    review_link_id: UUID | None
    resolved_by: str | None
    resolved_at: datetime | None
    created_at: datetime


class CommentsOut(BaseModel):
    """All of a piece, the oldest first."""

    data: list[CommentOut]


class CommentIn(BaseModel):
    """A comment about this revision; `quote` is a passage that stands in its text."""

    revision: int = Field(ge=1, le=2**31 - 1)
    said: str = Field(max_length=LONGEST)
    quote: str = Field("", max_length=LONGEST_QUOTE)


@router.get("/pieces/{piece_id}/comments")
async def comments(call: Reading, piece_id: UUID) -> CommentsOut:
    """The thread, with what is resolved."""
    piece = await content.piece(call.session, organization_id=call.organization_id, piece_id=piece_id)
    found = await queries.comments(call.session, organization_id=call.organization_id, piece_id=piece.id)
    return CommentsOut(data=[CommentOut.model_validate(one) for one in found])


@router.post("/pieces/{piece_id}/comments", status_code=201)
async def comment(call: Commenting, piece_id: UUID, wanted: CommentIn) -> CommentOut:
    """Say something, in the name of the key's person. Who took part is told."""
    row = await actions.comment(
        call.session,
        call.actor,
        organization_id=call.organization_id,
        piece_id=piece_id,
        revision=wanted.revision,
        said=wanted.said,
        quote=wanted.quote,
    )
    return CommentOut.model_validate(row)


@router.post("/comments/{comment_id}/resolve")
async def resolve(call: Commenting, comment_id: UUID) -> CommentOut:
    """It is settled. Doing it again changes nothing."""
    mine = {"organization_id": call.organization_id, "comment_id": comment_id}
    return CommentOut.model_validate(await actions.resolve(call.session, call.actor, **mine))


@router.post("/comments/{comment_id}/reopen")
async def reopen(call: Commenting, comment_id: UUID) -> CommentOut:
    """It is not settled after all."""
    mine = {"organization_id": call.organization_id, "comment_id": comment_id}
    return CommentOut.model_validate(await actions.reopen(call.session, call.actor, **mine))


@router.delete("/comments/{comment_id}", status_code=204)
async def remove(call: Commenting, comment_id: UUID) -> None:
    """Delete a comment of the key's own person."""
    mine = {"organization_id": call.organization_id, "comment_id": comment_id}
    await actions.remove(call.session, call.actor, **mine)
