"""A rewritten text beside the one there is: seen first, then taken, as a new revision or as a piece of its own."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

import aipromote.content.queries as content
from aipromote import settings
from aipromote.ai import writers
from aipromote.ai.writer import RewritingWriter
from aipromote.content import actions, rewritings
from aipromote.content.models import ContentPiece
from aipromote.content.rewritings import Rewritten, Task, Wish
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict, InvalidInput
from aipromote.http.attempts import Allowance, Attempts
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Editing, Stay, database_of, entering
from aipromote.languages import _
from aipromote.organizations.states import Role
from aipromote.web.counters import counted
from aipromote.web.numbers import Revision
from aipromote.web.pieces import shown
from aipromote.web.render import page

router = APIRouter()
_REWRITING = Allowance(tries=60, seconds=3600)
"""Of models, for each person."""


@router.post("/pieces/{piece_id}/rewrite")
async def rewrite(
    request: Request,
    piece_id: UUID,
    *,
    based_on: Revision,
    body: Annotated[str, Form()] = "",
    task: Annotated[Task, Form()] = Task.SHORTER,
    percent: Annotated[int, Form()] = 20,
    platform: Annotated[Platform | None, Form()] = None,
    numbered: Annotated[str, Form()] = "",
    selection: Annotated[str, Form()] = "",
) -> Response:
    """Show what would change. Nothing is stored. A model takes seconds, so that no transaction is open meanwhile."""
    async with entering(request, Role.EDITOR) as stay:
        organization_id, user_id = stay.organization_id, stay.user.id
        desk = await rewritings.desk_for(stay.session, organization_id=organization_id, piece_id=piece_id)
    text = body.replace("\r\n", "\n").strip() or desk.piece.body
    wish = Wish(task, percent, platform, bool(numbered), selection)
    writer = await writers.current(settings.get(), database=database_of(request), organization_id=organization_id)
    if isinstance(writer, RewritingWriter):
        attempts: Attempts = request.app.state.attempts
        await attempts.spend(_REWRITING, "rewriting", str(user_id))
    try:
        made = await rewritings.propose(desk, body=text, wish=wish, writer=writer)
    except (Conflict, InvalidInput) as refused:
        async with entering(request, Role.EDITOR) as stay:
            return await shown(request, stay, desk.piece, status=refused.status, text=text, problem=refused.message)
    async with entering(request, Role.EDITOR) as stay:
        return await _compared(request, stay, desk.piece, made, text=text, based_on=based_on)


async def _compared(
    request: Request, stay: Stay, piece: ContentPiece, made: Rewritten, *, text: str, based_on: int
) -> Response:
    judge = await content.judge_of(stay.session, organization_id=stay.organization_id)
    return page(
        request,
        "rewrite.html",
        stay=stay,
        piece=piece,
        based_on=based_on,
        old=text,
        made=made,
        counts=[counted(one, made.platform) for one in made.parts or [made.body]],
        before=counted(text, piece.platform),
        findings=content.findings_of(judge, piece, body=made.body, parts=made.parts, platform=made.platform),
    )


@router.post("/pieces/{piece_id}/adapt")
async def adapt(
    stay: Editing, piece_id: UUID, platform: Annotated[Platform, Form()], body: Annotated[str, Form()] = ""
) -> Response:
    """Make a piece of its own for another network, linked to this one."""
    try:
        made = await actions.adapt(
            stay.session,
            stay.actor,
            organization_id=stay.organization_id,
            piece_id=piece_id,
            platform=platform,
            body=body.replace("\r\n", "\n"),
        )
    except InvalidInput as refused:
        return see_other(f"/pieces/{piece_id}", Notice(refused.message, "bad"))
    return see_other(
        f"/pieces/{made.id}", Notice(_("A post for %(network)s, which waits for a review.", network=platform.label))
    )
