"""Pictures of a piece: showing them, having a card drawn, taking one away."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

import aipromote.content.queries as content
from aipromote.assets import queries as assets
from aipromote.assets import storage
from aipromote.assets.sniffing import PICTURES, VIDEOS
from aipromote.content import actions
from aipromote.errors import AipromoteError, NotFound
from aipromote.http.notices import Notice, see_other
from aipromote.http.ranges import streamed
from aipromote.http.visits import Editing, Viewing
from aipromote.languages import _
from aipromote.web.numbers import Revision

router = APIRouter()

_NOT_FOUND = 404


@router.get("/pieces/{piece_id}/pictures/{asset_id}")
async def picture(request: Request, stay: Viewing, piece_id: UUID, asset_id: UUID) -> Response:
    """The picture or video itself. No other file: it could be a page that runs in the reader's name."""
    piece = await content.piece(stay.session, organization_id=stay.organization_id, piece_id=piece_id)
    if asset_id not in {ref.asset_id for ref in piece.media_refs or ()}:
        raise NotFound("This picture is not attached.")
    asset = await assets.asset(stay.session, organization_id=stay.organization_id, asset_id=asset_id)
    if asset.mime_type not in PICTURES | VIDEOS:
        raise NotFound("This file cannot be shown here.")
    try:
        size = await storage.size(asset.storage_key, bucket=asset.bucket)
    except FileNotFoundError:
        raise NotFound("The file of this picture is gone.") from None
    # The bytes under an id never change.
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    place = {"bucket": asset.bucket, "mime_type": asset.mime_type}
    return streamed(request, asset.storage_key, **place, size=size, headers=headers)


@router.post("/pieces/{piece_id}/card")
async def add_card(stay: Editing, piece_id: UUID, based_on: Revision) -> Response:
    """Draw a card with the piece's words and attach it."""
    try:
        async with stay.trying():
            await actions.add_card(
                stay.session, stay.actor, organization_id=stay.organization_id, piece_id=piece_id, based_on=based_on
            )
    except AipromoteError as refused:
        return _refused(piece_id, refused)
    return see_other(f"/pieces/{piece_id}", Notice(_("A card is attached. The post needs an approval with it.")))


@router.post("/pieces/{piece_id}/pictures/{asset_id}/describe")
async def describe(
    stay: Editing,
    piece_id: UUID,
    asset_id: UUID,
    *,
    based_on: Revision,
    alt_text: Annotated[str, Form()] = "",
) -> Response:
    """Say what it shows, for people who do not see it."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id, "piece_id": piece_id, "asset_id": asset_id}
    try:
        async with stay.trying():
            await actions.describe_picture(stay.session, stay.actor, **mine, alt_text=alt_text, based_on=based_on)
    except AipromoteError as refused:
        return _refused(piece_id, refused, kept=alt_text)
    return see_other(f"/pieces/{piece_id}", Notice(_("The description is kept. The post needs an approval with it.")))


@router.post("/pieces/{piece_id}/pictures/{asset_id}/move")
async def move(
    stay: Editing, piece_id: UUID, asset_id: UUID, based_on: Revision, by: Annotated[int, Form()]
) -> Response:
    """One place earlier (`by` -1) or later (1)."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id, "piece_id": piece_id}
    piece = await content.piece(stay.session, **mine)
    order = [ref.asset_id for ref in piece.media_refs or () if ref.asset_id is not None]
    if asset_id not in order:
        raise NotFound("This picture is not attached.")
    place = order.index(asset_id)
    order.insert(max(0, min(place + by, len(order) - 1)), order.pop(place))
    try:
        async with stay.trying():
            await actions.arrange_pictures(stay.session, stay.actor, **mine, order=order, based_on=based_on)
    except AipromoteError as refused:
        return _refused(piece_id, refused)
    return see_other(f"/pieces/{piece_id}", Notice(_("The order is changed. The post needs an approval with it.")))


@router.post("/pieces/{piece_id}/files/{asset_id}")
async def attach_known(stay: Editing, piece_id: UUID, asset_id: UUID, based_on: Revision) -> Response:
    """Attach a file that the organization has already."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id, "piece_id": piece_id, "asset_id": asset_id}
    try:
        async with stay.trying():
            await actions.attach_known(stay.session, stay.actor, **mine, based_on=based_on)
    except AipromoteError as refused:
        return _refused(piece_id, refused)
    return see_other(f"/pieces/{piece_id}", Notice(_("It is attached. The post needs an approval with it.")))


@router.post("/pieces/{piece_id}/pictures/{asset_id}/remove")
async def remove(stay: Editing, piece_id: UUID, asset_id: UUID, based_on: Revision) -> Response:
    """Take a picture away."""
    try:
        async with stay.trying():
            await actions.remove_picture(
                stay.session,
                stay.actor,
                organization_id=stay.organization_id,
                piece_id=piece_id,
                asset_id=asset_id,
                based_on=based_on,
            )
    except AipromoteError as refused:
        return _refused(piece_id, refused)
    return see_other(
        f"/pieces/{piece_id}", Notice(_("The picture is taken away. The post needs an approval without it."))
    )


def _refused(piece_id: UUID, error: AipromoteError, *, kept: str = "") -> Response:
    if error.status == _NOT_FOUND:
        raise error
    words = (_("You wrote: %(words)s", words=kept.strip()),) if kept.strip() else ()
    return see_other(f"/pieces/{piece_id}", Notice(error.message, "bad", words))
