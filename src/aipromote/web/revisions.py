"""The texts that a piece had: any two compared, and an older one taken up again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

import aipromote.content.queries as content
from aipromote.errors import Conflict, InvalidInput
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Editing, Viewing
from aipromote.languages import _
from aipromote.organizations.states import Role
from aipromote.scheduling import actions as scheduling
from aipromote.web.differences import between
from aipromote.web.numbers import Revision, RevisionInPath
from aipromote.web.pieces import EDITABLE
from aipromote.web.render import page

router = APIRouter()


@router.get("/pieces/{piece_id}/revisions")
async def revisions_page(
    request: Request, stay: Viewing, piece_id: UUID, old: int | None = None, new: int | None = None
) -> Response:
    """Two revisions word by word: the newest and the one before it, where none are named."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id, "piece_id": piece_id}
    piece = await content.piece(stay.session, **mine)
    found = await content.revisions(stay.session, **mine)
    by_number = {one.number: one for one in found}
    after = by_number.get(new or piece.revision, found[0])
    before = by_number.get(old or after.number - 1, by_number.get(after.number - 1, found[-1]))
    return page(
        request,
        "revisions.html",
        stay=stay,
        piece=piece,
        revisions=found,
        before=before,
        after=after,
        compared=between(before.body, after.body),
        titles=(before.title or "", after.title or ""),
        compared_title=between(before.title or "", after.title or ""),
        editable=piece.status in EDITABLE and stay.may(Role.EDITOR),
    )


@router.post("/pieces/{piece_id}/revisions/{number}/restore")
async def restore(stay: Editing, piece_id: UUID, number: RevisionInPath, based_on: Revision) -> Response:
    """Take an older text up again, as a new revision. Nothing of the history is lost."""
    try:
        async with stay.trying():
            await scheduling.return_to_revision(
                stay.session,
                stay.actor,
                organization_id=stay.organization_id,
                piece_id=piece_id,
                number=number,
                based_on=based_on,
            )
    except (Conflict, InvalidInput) as refused:
        return see_other(f"/pieces/{piece_id}", Notice(_("Nothing was changed. %(why)s", why=refused.message), "bad"))
    return see_other(
        f"/pieces/{piece_id}",
        Notice(_("The text of revision %(number)s stands there again. It needs an approval.", number=number)),
    )
