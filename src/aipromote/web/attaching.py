"""A picture or video of one's own, chosen on the page of a piece."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

import aipromote.content.queries as content
from aipromote.assets.examining import examine
from aipromote.connectors.capabilities import MEGABYTE
from aipromote.content import actions
from aipromote.content.models import ContentPiece
from aipromote.errors import AipromoteError
from aipromote.http.attempts import Allowance, Attempts
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import entering
from aipromote.languages import _
from aipromote.organizations.states import Role
from aipromote.settings import Settings

_UPLOADS = Allowance(tries=200, seconds=3600)
"""For each person."""
_NOT_FOUND = 404


def router_of(chosen: Settings) -> APIRouter:
    """Lets more through than the application does elsewhere: the largest video, and what a form adds to it."""
    router = APIRouter(max_body_size=(chosen.video_megabytes + 1) * MEGABYTE)
    router.add_api_route("/pieces/{piece_id}/files", attach, methods=["POST"])
    return router


async def attach(request: Request, piece_id: UUID) -> Response:
    """Take the file in and attach it. It is on the disk already; measuring and storing takes seconds."""
    async with request.form() as form:
        async with entering(request, Role.EDITOR) as stay:
            piece = await content.piece(stay.session, organization_id=stay.organization_id, piece_id=piece_id)
            user_id, based_on = stay.user.id, _number(form, piece.revision)
        attempts: Attempts = request.app.state.attempts
        await attempts.spend(_UPLOADS, "upload", str(user_id))
        file, alt_text = form.get("file"), str(form.get("alt_text", ""))
        if not isinstance(file, UploadFile) or not file.filename:
            return see_other(f"/pieces/{piece_id}", Notice(_("Choose a picture or a video first."), "careful"))
        return see_other(f"/pieces/{piece_id}", await _attached(request, piece, file, alt_text, based_on=based_on))


async def _attached(request: Request, piece: ContentPiece, file: UploadFile, alt_text: str, *, based_on: int) -> Notice:
    """No transaction is open while the file is looked at and stored."""
    mine = {"organization_id": piece.organization_id}
    try:
        examined = await examine(file.file, name=file.filename or "", **mine)
        async with entering(request, Role.EDITOR) as stay, stay.trying():
            wanted = {**mine, "piece_id": piece.id}
            await actions.attach_file(
                stay.session, stay.actor, **wanted, based_on=based_on, examined=examined, alt_text=alt_text
            )
    except AipromoteError as refused:
        if refused.status == _NOT_FOUND:
            raise
        return Notice(_("It is not attached."), "bad", (refused.message,))
    except OSError as error:
        words = f"The file could not be stored ({error.strerror}). Nothing was changed; try it again."
        return Notice(_("It is not attached."), "bad", (words,))
    return Notice(_("It is attached. The post needs an approval with it."))


def _number(form: FormData, otherwise: int) -> int:
    try:
        return int(str(form.get("based_on", "")))
    except ValueError:
        return otherwise
