"""One click instead of editing: the words that a finding proposes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.responses import Response

from aipromote.errors import Conflict, InvalidInput
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Editing
from aipromote.languages import _, known
from aipromote.scheduling import actions as scheduling
from aipromote.web.numbers import Revision

router = APIRouter()


@router.post("/pieces/{piece_id}/fix")
async def fix(
    stay: Editing,
    piece_id: UUID,
    *,
    based_on: Revision,
    start: Annotated[int, Form()],
    end: Annotated[int, Form()],
    said: Annotated[str, Form()],
    instead: Annotated[str, Form()] = "",
) -> Response:
    """Put the proposed words in, as a new revision, and check it anew. Nothing is done to a text that has changed."""
    try:
        async with stay.trying():
            await scheduling.fix_piece(
                stay.session,
                stay.actor,
                organization_id=stay.organization_id,
                piece_id=piece_id,
                based_on=based_on,
                span=(start, end),
                said=_typed(said),
                instead=_typed(instead),
            )
    except (Conflict, InvalidInput) as refused:
        return see_other(
            f"/pieces/{piece_id}", Notice(_("Nothing was changed. %(reason)s", reason=known(refused.message)), "bad")
        )
    done = _("“%(words)s” stands there now.", words=_typed(instead)) if instead else _("It is removed.")
    return see_other(
        f"/pieces/{piece_id}", Notice(_("%(done)s The new text needs an approval before it goes out.", done=done))
    )


def _typed(text: str) -> str:
    """Forms send each line break as two characters."""
    return text.replace("\r\n", "\n")
