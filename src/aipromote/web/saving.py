"""Saving a text, and looking at one that is being written. A text may be large: 100,000 characters of any script."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

import aipromote.content.queries as content
from aipromote.connectors.capabilities import MEGABYTE
from aipromote.content import sending
from aipromote.documents.vocabulary import ContentType, Platform
from aipromote.errors import Conflict, InvalidInput
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Editing, Viewing
from aipromote.languages import _
from aipromote.scheduling import actions as scheduling
from aipromote.web.cards import accounts_by_id
from aipromote.web.differences import between
from aipromote.web.numbers import Revision
from aipromote.web.pieces import Draft, judge_of, looked_at, shown
from aipromote.web.render import page

router = APIRouter(max_body_size=2 * MEGABYTE)
"""A form writes a character of four bytes as twelve."""


@router.post("/pieces/{piece_id}")
async def save(
    request: Request,
    stay: Editing,
    piece_id: UUID,
    *,
    body: Annotated[str, Form()] = "",
    based_on: Revision,
    title: Annotated[str | None, Form()] = None,
    type: Annotated[ContentType | None, Form()] = None,  # noqa: A002 -- the word of the data model
    quietly: Annotated[bool, Form()] = False,
) -> Response:
    """Keep the text as a new revision. If somebody changed it meanwhile, both texts are shown and none is lost.

    `quietly`: without a notice. A page that saves in the background tells it itself, and the notice would be shown by
    whatever page is opened next, should that be faster than the answer.
    """
    text = typed(body)
    try:
        async with stay.trying():
            await scheduling.edit_piece(
                stay.session,
                stay.actor,
                organization_id=stay.organization_id,
                piece_id=piece_id,
                body=text,
                based_on=based_on,
                title=None if title is None else " ".join(title.split()),
                type=type,
            )
    except (Conflict, InvalidInput) as refused:  # a stale revision is a conflict
        piece = await content.piece(stay.session, organization_id=stay.organization_id, piece_id=piece_id)
        values: dict[str, Any] = {"text": text, "title": title, "problem": refused.message}
        if isinstance(refused, Conflict):
            values["theirs"] = piece.body
        return await shown(request, stay, piece, status=refused.status, **values)
    told = None if quietly else Notice(_("Saved. The new text needs an approval before it goes out."))
    return see_other(f"/pieces/{piece_id}", told)


@router.post("/pieces/{piece_id}/look")
async def look(
    request: Request,
    stay: Viewing,
    piece_id: UUID,
    *,
    body: Annotated[str, Form()] = "",
    title: Annotated[str | None, Form()] = None,
    network: Annotated[Platform | None, Form()] = None,
) -> Response:
    """What the page would show beside this text: its count, findings and preview. Nothing is stored."""
    piece = await content.piece(stay.session, organization_id=stay.organization_id, piece_id=piece_id)
    accounts = await accounts_by_id(stay)
    files = await sending.outcomes(stay.session, piece)
    judge = await judge_of(stay)
    draft = Draft(typed(body), title)
    # 100,000 characters take more than a second: other requests go on meanwhile.
    seen = await asyncio.to_thread(
        looked_at, stay, piece, draft, judge=judge, network=network, accounts=accounts, files=files
    )
    return page(request, "piece_look.html", stay=stay, piece=piece, editable=True, text=draft.text, **seen)


@router.post("/pieces/{piece_id}/compare")
async def compare(request: Request, stay: Viewing, piece_id: UUID, body: Annotated[str, Form()] = "") -> Response:
    """An unsaved text against the saved one, word by word. Nothing is stored."""
    piece = await content.piece(stay.session, organization_id=stay.organization_id, piece_id=piece_id)
    return page(request, "piece_compared.html", stay=stay, piece=piece, compared=between(piece.body, typed(body)))


def typed(text: str) -> str:
    """Forms send each line break as two characters."""
    return text.replace("\r\n", "\n")
