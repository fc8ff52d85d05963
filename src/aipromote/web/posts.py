"""What a person does with one post of a piece: move it, send it, take it back, or say what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.responses import Response

from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Approving, Viewing
from aipromote.languages import _, ngettext
from aipromote.publishing import actions, holds, queries
from aipromote.scheduling import actions as scheduling
from aipromote.web import words

router = APIRouter()


@router.get("/posts/{post_id}")
async def post_page(stay: Viewing, post_id: UUID) -> Response:
    """Where notifications lead: to the piece, on whose page the post's story stands."""
    post = await queries.post(stay.session, organization_id=stay.organization_id, post_id=post_id)
    return see_other(f"/pieces/{post.content_piece_id}#post-{post_id}")


@router.post("/publishing/release")
async def release(stay: Approving) -> Response:
    """Let posts go out again that were held after a restore."""
    done = await holds.release(stay.session, stay.actor, organization_id=stay.organization_id)
    details = []
    if done.missed:
        details.append(
            ngettext(
                "%(num)s whose time had come was not sent. Look at the accounts before you repeat it.",
                "%(num)s whose time had come were not sent. Look at the accounts before you repeat them.",
                done.missed,
            )
        )
    if done.asked:
        details.append(
            ngettext(
                "%(num)s is looked up on its network first.",
                "%(num)s are looked up on their network first.",
                done.asked,
            )
        )
    if done.parked:
        details.append(
            ngettext(
                "%(num)s needs you: only a person can tell whether it is out.",
                "%(num)s need you: only a person can tell whether they are out.",
                done.parked,
            )
        )
    return see_other("/this-week", Notice(_("Publishing goes on."), details=tuple(details)))


@router.post("/pieces/{piece_id}/posts/{post_id}/cancel")
async def cancel(stay: Approving, piece_id: UUID, post_id: UUID) -> Response:
    """Take a scheduled post back."""
    await scheduling.cancel(stay.session, stay.actor, organization_id=stay.organization_id, post_id=post_id)
    return see_other(f"/pieces/{piece_id}", Notice(_("Cancelled. Nothing will be sent.")))


@router.post("/pieces/{piece_id}/posts/{post_id}/move")
async def move(stay: Approving, piece_id: UUID, post_id: UUID, local: Annotated[datetime, Form()]) -> Response:
    """Give the post another time, on the clocks of the organization's zone."""
    post = await scheduling.reschedule(
        stay.session,
        stay.actor,
        organization_id=stay.organization_id,
        post_id=post_id,
        local=local.replace(tzinfo=None),
    )
    text = _("Moved. Goes out %(when)s.", when=words.at(post.scheduled_at, stay.organization.time_zone))
    return see_other(f"/pieces/{piece_id}", Notice(text))


@router.post("/pieces/{piece_id}/posts/{post_id}/now")
async def publish_now(stay: Approving, piece_id: UUID, post_id: UUID) -> Response:
    """Send it as soon as a worker is free, also one that failed before."""
    await actions.publish_now(stay.session, stay.actor, organization_id=stay.organization_id, post_id=post_id)
    return see_other(f"/pieces/{piece_id}", Notice(_("A worker takes it in a moment.")))


@router.post("/pieces/{piece_id}/posts/{post_id}/look-again")
async def look_again(stay: Approving, piece_id: UUID, post_id: UUID) -> Response:
    """Ask the network once more whether it has the post."""
    await actions.look_again(stay.session, stay.actor, organization_id=stay.organization_id, post_id=post_id)
    return see_other(f"/pieces/{piece_id}", Notice(_("The network is asked again in a moment.")))


@router.post("/pieces/{piece_id}/posts/{post_id}/settle")
async def settle(stay: Approving, piece_id: UUID, post_id: UUID, url: Annotated[str, Form()] = "") -> Response:
    """A person looked: the post is there, at this address, or (without one) it is not."""
    await actions.settle(
        stay.session, stay.actor, organization_id=stay.organization_id, post_id=post_id, url=url.strip() or None
    )
    return see_other(f"/pieces/{piece_id}", Notice(_("Noted. The post's story says that you looked.")))
