"""Plan anew: what a changed plan means for texts that are not out yet, shown first, then done; and the way back."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

import aipromote.content.actions as content
from aipromote.errors import NotFound
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Administering, Editing, Viewing
from aipromote.languages import _, ngettext
from aipromote.scheduling import actions
from aipromote.scheduling.replanning import Fate
from aipromote.web import words
from aipromote.web.render import page

router = APIRouter()


@router.get("/strategy/replan")
async def replan_page(request: Request, stay: Viewing) -> Response:
    """What would become of each text of earlier versions."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    try:
        rows = await actions.replan(stay.session, stay.actor, **mine, preview=True)
    except NotFound:  # no plan yet
        return page(request, "strategy_blank.html", stay=stay)
    return page(
        request,
        "replan.html",
        stay=stay,
        drafts=[row for row in rows if row.fate is not Fate.LEAVE and not row.needs_person],
        fixed=[row for row in rows if row.needs_person],
        left=[row for row in rows if row.fate is Fate.LEAVE],
    )


@router.post("/strategy/replan")
async def replan(
    stay: Administering, act: Annotated[str, Form()] = "chosen", piece: Annotated[list[UUID] | None, Form()] = None
) -> Response:
    """Do it: the drafts, and of the rest what was ticked, all of it, or (`leave`) nothing at all."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    details: tuple[str, ...] = ()
    text = _("Nothing was moved or archived.")
    if act != "leave":
        rows = await actions.replan(
            stay.session, stay.actor, **mine, preview=False, chosen=piece or (), everything=act == "everything"
        )
        moved = sum(row.done and row.fate is Fate.MOVE for row in rows)
        gone = sum(row.done and row.fate is Fate.ARCHIVE for row in rows)
        text = _(
            "%(moved)s moved, %(archived)s archived.",
            moved=ngettext("%(num)s text", "%(num)s texts", moved),
            archived=ngettext("%(num)s text", "%(num)s texts", gone),
        )
        details = tuple(f"{words.first_line(row.piece.body, 60)}: {row.problem}" for row in rows if row.problem)
    await content.request_pieces(stay.session, stay.actor, **mine)
    told = Notice(
        _("%(done)s The posts of the coming two weeks are being written.", done=text),
        "careful" if details else "good",
        details,
    )
    return see_other("/calendar", told)


@router.post("/pieces/{piece_id}/restore")
async def restore(stay: Editing, piece_id: UUID) -> Response:
    """Take it out of the archive, to be reviewed."""
    await actions.restore_piece(stay.session, stay.actor, organization_id=stay.organization_id, piece_id=piece_id)
    return see_other(f"/pieces/{piece_id}", Notice(_("It is out of the archive and waits for your review.")))
