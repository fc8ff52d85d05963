"""Comments under a piece: saying something, settling it, taking one's own back."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

import aipromote.content.queries as content
from aipromote.content.review import actions
from aipromote.errors import InvalidInput
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Viewing
from aipromote.languages import _
from aipromote.web.numbers import Revision
from aipromote.web.pieces import shown

router = APIRouter()


@router.post("/pieces/{piece_id}/comments")
async def comment(
    request: Request,
    stay: Viewing,
    piece_id: UUID,
    *,
    revision: Revision,
    said: Annotated[str, Form()] = "",
    quote: Annotated[str, Form()] = "",
) -> Response:
    """Say something about the revision that was on the page."""
    mine = {"organization_id": stay.organization_id, "piece_id": piece_id}
    try:
        async with stay.trying():
            await actions.comment(stay.session, stay.actor, **mine, revision=revision, said=said, quote=quote)
    except InvalidInput as refused:
        piece = await content.piece(stay.session, organization_id=stay.organization_id, piece_id=piece_id)
        drafted = {"said": said, "quote": quote, "field": refused.field, "problem": refused.message}
        return await shown(request, stay, piece, status=refused.status, drafted=drafted)
    return see_other(f"/pieces/{piece_id}#comments", Notice(_("Your comment is there. Who took part is told.")))


@router.post("/pieces/{piece_id}/comments/{comment_id}/resolve")
async def resolve(stay: Viewing, piece_id: UUID, comment_id: UUID) -> Response:
    """It is settled."""
    await actions.resolve(stay.session, stay.actor, organization_id=stay.organization_id, comment_id=comment_id)
    return see_other(f"/pieces/{piece_id}#comments", Notice(_("Resolved.")))


@router.post("/pieces/{piece_id}/comments/{comment_id}/reopen")
async def reopen(stay: Viewing, piece_id: UUID, comment_id: UUID) -> Response:
    """It is not settled after all."""
    await actions.reopen(stay.session, stay.actor, organization_id=stay.organization_id, comment_id=comment_id)
    return see_other(f"/pieces/{piece_id}#comments", Notice(_("Open again.")))


@router.post("/pieces/{piece_id}/comments/{comment_id}/remove")
async def remove(stay: Viewing, piece_id: UUID, comment_id: UUID) -> Response:
    """Take an own comment back."""
    await actions.remove(stay.session, stay.actor, organization_id=stay.organization_id, comment_id=comment_id)
    return see_other(f"/pieces/{piece_id}#comments", Notice(_("Your comment is deleted.")))
