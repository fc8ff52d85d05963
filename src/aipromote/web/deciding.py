"""Deciding about a piece: approving it with a time and an account, sending it back, handing it in, putting it away."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.responses import Response

import aipromote.content.queries as content
from aipromote.content import actions, likeness
from aipromote.content.states import ContentStatus
from aipromote.errors import AipromoteError, Conflict, InvalidInput
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Approving, Editing, Stay
from aipromote.languages import _
from aipromote.scheduling import actions as scheduling
from aipromote.web import words
from aipromote.web.numbers import Revision

router = APIRouter()
_NOT_FOUND = 404


@router.post("/pieces/{piece_id}/approve")
async def approve(
    stay: Approving,
    piece_id: UUID,
    *,
    revision: Revision,
    override_reason: Annotated[str, Form()] = "",
    account: Annotated[str, Form()] = "",
    local: Annotated[str, Form()] = "",
) -> Response:
    """Approve this revision and give it a time: the one that is named, or a good one. All of it or nothing is done.

    Findings that block need a reason, kept under the person's name.
    """
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    done = None
    try:
        async with stay.trying():
            await actions.approve(
                stay.session,
                stay.actor,
                **mine,
                piece_id=piece_id,
                revision=revision,
                override_reason=override_reason.strip() or None,
            )
            piece = await content.piece(stay.session, **mine, piece_id=piece_id)
            if piece.status is ContentStatus.APPROVED:  # what AIPromote had approved and scheduled keeps its post
                done = await _placed(stay, piece_id, account=account, local=local)
    except AipromoteError as refused:
        if refused.status == _NOT_FOUND:
            raise
        return see_other(f"/pieces/{piece_id}", _refused(_("Not approved."), refused, kept=override_reason))
    again = tuple(words.repetition(one) for one in await likeness.alike_to(stay.session, piece) if one.is_same_platform)
    if done is None:
        return see_other(f"/pieces/{piece_id}", Notice(_("Approved."), "careful" if again else "good", again))
    return see_other(f"/pieces/{piece_id}", _scheduled(done, stay.organization.time_zone, also=again))


@router.post("/pieces/{piece_id}/schedule")
async def schedule(
    stay: Approving, piece_id: UUID, account: Annotated[str, Form()] = "", local: Annotated[str, Form()] = ""
) -> Response:
    """Give an approved piece a time, once there is an account for it."""
    try:
        async with stay.trying():
            done = await _placed(stay, piece_id, account=account, local=local)
    except (Conflict, InvalidInput) as refused:
        return see_other(f"/pieces/{piece_id}", _refused(_("It has no time yet."), refused, kept=""))
    return see_other(f"/pieces/{piece_id}", _scheduled(done, stay.organization.time_zone))


@router.post("/pieces/{piece_id}/ask-changes")
async def ask_changes(
    stay: Approving, piece_id: UUID, revision: Revision, note: Annotated[str, Form()] = ""
) -> Response:
    """Send it back to its author with a note."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id, "piece_id": piece_id}
    try:
        async with stay.trying():
            await scheduling.ask_changes(stay.session, stay.actor, **mine, revision=revision, note=note)
    except (Conflict, InvalidInput) as refused:
        return see_other(f"/pieces/{piece_id}", _refused(_("Not sent back."), refused, kept=note))
    return see_other(f"/pieces/{piece_id}", Notice(_("Sent back as a draft, with your note.")))


@router.post("/pieces/{piece_id}/submit")
async def submit(stay: Editing, piece_id: UUID) -> Response:
    """A draft is ready to be reviewed."""
    await actions.submit(stay.session, stay.actor, organization_id=stay.organization_id, piece_id=piece_id)
    return see_other(f"/pieces/{piece_id}", Notice(_("It waits for a review now.")))


@router.post("/pieces/{piece_id}/archive")
async def archive(stay: Editing, piece_id: UUID) -> Response:
    """Put it away. Nothing of it is published any more."""
    await scheduling.archive_piece(stay.session, stay.actor, organization_id=stay.organization_id, piece_id=piece_id)
    return see_other("/content", Notice(_("Archived. Nothing of it will be published.")))


async def _placed(stay: Stay, piece_id: UUID, *, account: str, local: str) -> scheduling.Result:
    """A time for the approved piece. Raises InvalidInput for a time that has passed, and for an unknown account."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    wanted, at = _account(account), _local(local)
    done = await scheduling.schedule_approved(stay.session, stay.actor, **mine, piece_ids=[piece_id], account_id=wanted)
    if at is not None:
        for post in done.scheduled:
            await scheduling.reschedule(stay.session, stay.actor, **mine, post_id=post.id, local=at)
            done.moved.pop(post.id, None)
    return done


def _account(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise InvalidInput("There is no such account.", field="account") from None


def _local(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None) if text.strip() else None
    except ValueError:
        raise InvalidInput("That is no time. Write it as 2026-11-23T09:30.", field="local") from None


def _refused(what: str, error: AipromoteError, *, kept: str) -> Notice:
    """Why it was not done, with the words that the person wrote, so that they need not write them again."""
    return Notice(
        f"{what} {error.message}", "bad", (_("You wrote: %(words)s", words=kept.strip()),) if kept.strip() else ()
    )


def _scheduled(done: scheduling.Result, zone: str, *, also: tuple[str, ...] = ()) -> Notice:
    """Whether the approved piece got a time, and whether it is the one that was planned."""
    if not done.scheduled:
        reasons = tuple(held.reason for held in done.held_back)
        return Notice(_("Approved, but it has no time yet."), "careful", (*reasons, *also))
    times = ", ".join(words.at(post.scheduled_at, zone) for post in done.scheduled)
    tone: Literal["good", "careful"] = "careful" if also else "good"
    return Notice(_("Approved. Goes out %(times)s.", times=times), tone, (*also, *done.moved.values()))
