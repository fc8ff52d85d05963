"""The organization's files: what they are, what uses them, and choosing one for a piece."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

import aipromote.content.queries as content
from aipromote.assets import actions as assets
from aipromote.assets import queries, storage
from aipromote.assets.sniffing import PICTURES, VIDEOS
from aipromote.content import actions
from aipromote.content.uses import uses_of_files
from aipromote.errors import Conflict, NotFound
from aipromote.http.notices import Notice, see_other
from aipromote.http.ranges import streamed
from aipromote.http.visits import Viewing, entering
from aipromote.languages import _
from aipromote.organizations.states import Role
from aipromote.web.pieces import EDITABLE
from aipromote.web.render import page

router = APIRouter()
_PAGE = 24


@router.get("/files")
async def files_page(
    request: Request, stay: Viewing, *, q: str = "", cursor: str | None = None, piece: UUID | None = None
) -> Response:
    """All files, the newest first; for a `piece` only pictures and videos, each with a button that attaches it."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    for_piece = await content.piece(stay.session, **mine, piece_id=piece) if piece else None
    types = PICTURES | VIDEOS if for_piece else frozenset[str]()
    part = await queries.listed(stay.session, **mine, words=q, types=types, cursor=cursor, limit=_PAGE)
    ids = [one.id for one in part.rows]
    uses = await uses_of_files(stay.session, **mine, asset_ids=ids) if ids and for_piece is None else {}
    attached = {ref.asset_id for ref in for_piece.media_refs or ()} if for_piece else set()
    return page(
        request,
        "files.html",
        stay=stay,
        words=q,
        files=part.rows,
        following=part.following,
        preceding=part.preceding,
        uses=uses,
        shown=PICTURES,
        piece=for_piece,
        attached=attached,
        open=for_piece is not None and for_piece.status in EDITABLE and stay.may(Role.EDITOR),
    )


@router.get("/files/{asset_id}/picture")
async def picture(request: Request, stay: Viewing, asset_id: UUID) -> Response:
    """A picture or video of the organization. No other file: it could be a page that runs in the reader's name."""
    asset = await queries.asset(stay.session, organization_id=stay.organization_id, asset_id=asset_id)
    if asset.mime_type not in PICTURES | VIDEOS:
        raise NotFound("This file cannot be shown here.")
    try:
        size = await storage.size(asset.storage_key, bucket=asset.bucket)
    except FileNotFoundError:
        raise NotFound("This file is gone.") from None
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}  # the bytes under an id never change
    place = {"bucket": asset.bucket, "mime_type": asset.mime_type}
    return streamed(request, asset.storage_key, **place, size=size, headers=headers)


@router.post("/files/{asset_id}/remove")
async def remove(request: Request, asset_id: UUID) -> Response:
    """Delete a file that no post uses: its row first, and its bytes once that is certain."""
    try:
        async with entering(request, Role.EDITOR) as stay, stay.trying():
            gone = await actions.remove_file(
                stay.session, stay.actor, organization_id=stay.organization_id, asset_id=asset_id
            )
            place: dict[str, Any] = {
                "organization_id": stay.organization_id,
                "key": gone.storage_key,
                "bucket": gone.bucket,
            }
            name = gone.original_name
    except Conflict as refused:
        return see_other("/files", Notice(refused.message, "bad"))
    try:
        async with entering(request, Role.EDITOR) as stay:
            await assets.forget(stay.session, **place)
    except OSError:
        return see_other(
            "/files", Notice(_("%(name)s is off the list, but its bytes could not be deleted.", name=name), "careful")
        )
    return see_other("/files", Notice(_("%(name)s is deleted.", name=name)))
