"""Other ways to say a piece, side by side: asked for, chosen, dismissed."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

import aipromote.content.queries as content
from aipromote.ai.models import GenerationRequest
from aipromote.content import actions
from aipromote.content.states import VariantStatus
from aipromote.errors import Conflict, InvalidInput
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Editing, Viewing
from aipromote.languages import _, ngettext
from aipromote.scheduling import actions as scheduling
from aipromote.web.counters import counted
from aipromote.web.numbers import Revision
from aipromote.web.pieces import EDITABLE
from aipromote.web.render import page

router = APIRouter()


@router.get("/pieces/{piece_id}/variants")
async def variants_page(request: Request, stay: Viewing, piece_id: UUID) -> Response:
    """The text as it is, and beside it those that were proposed."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id, "piece_id": piece_id}
    piece = await content.piece(stay.session, **mine)
    found = await content.variants(stay.session, **mine)
    judge = await content.judge_of(stay.session, organization_id=stay.organization_id)
    return page(
        request,
        "variants.html",
        stay=stay,
        piece=piece,
        choosable=piece.status in EDITABLE,
        shown=[
            (one, counted(one.body, piece.platform), content.findings_of_variant(judge, piece, one))
            for one in found
            if one.status is VariantStatus.PROPOSED
        ],
        decided=[one for one in found if one.status is not VariantStatus.PROPOSED],
    )


@router.post("/pieces/{piece_id}/variants")
async def request_variants(stay: Editing, piece_id: UUID, count: Annotated[int, Form()]) -> Response:
    """Have some written."""
    try:
        asked = await actions.request_variants(
            stay.session, stay.actor, organization_id=stay.organization_id, piece_id=piece_id, count=count
        )
    except (Conflict, InvalidInput) as refused:
        return see_other(f"/pieces/{piece_id}", Notice(refused.message, "bad"))
    return see_other(f"/progress/{asked.id}")


@router.post("/pieces/{piece_id}/variants/{variant_id}/choose")
async def choose(stay: Editing, piece_id: UUID, variant_id: UUID, based_on: Revision) -> Response:
    """Make it the piece's text. The text that was there stays in the history."""
    await _of_piece(stay, piece_id, variant_id)
    try:
        async with stay.trying():
            await scheduling.choose_variant(
                stay.session,
                stay.actor,
                organization_id=stay.organization_id,
                variant_id=variant_id,
                based_on=based_on,
            )
    except Conflict as refused:  # a stale revision is a conflict
        return see_other(f"/pieces/{piece_id}/variants", Notice(refused.message, "bad"))
    return see_other(
        f"/pieces/{piece_id}", Notice(_("Chosen. It is a new revision and needs an approval before it goes out."))
    )


@router.post("/pieces/{piece_id}/variants/{variant_id}/dismiss")
async def dismiss(stay: Editing, piece_id: UUID, variant_id: UUID) -> Response:
    """Set it aside."""
    await _of_piece(stay, piece_id, variant_id)
    try:
        async with stay.trying():
            await actions.dismiss_variant(
                stay.session, stay.actor, organization_id=stay.organization_id, variant_id=variant_id
            )
    except Conflict as refused:
        return see_other(f"/pieces/{piece_id}/variants", Notice(refused.message, "careful"))
    return see_other(f"/pieces/{piece_id}/variants", Notice(_("Dismissed.")))


def told(asked: GenerationRequest) -> Notice:
    """What came of a request for variants."""
    wanted = asked.wanted.count or 0
    if asked.done_count >= wanted:
        return Notice(
            ngettext(
                "%(num)s variant written. Nothing changes until you choose one.",
                "%(num)s variants written. Nothing changes until you choose one.",
                asked.done_count,
            )
        )
    text = _("No variant was written, of %(wanted)s that you asked for.", wanted=wanted)
    if asked.done_count:
        text = ngettext(
            "%(num)s variant written, of %(wanted)s that you asked for.",
            "%(num)s variants written, of %(wanted)s that you asked for.",
            asked.done_count,
            wanted=wanted,
        )
    why = _("The brief gives no further way to say it. Add pain points, differentiators or facts.")
    return Notice(text, "careful", (why,))


async def _of_piece(stay: Editing, piece_id: UUID, variant_id: UUID) -> None:
    """Raises NotFound unless the variant is one of that piece."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    await content.piece(stay.session, **mine, piece_id=piece_id)
    await content.variant(stay.session, **mine, variant_id=variant_id, piece_id=piece_id)
