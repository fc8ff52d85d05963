"""Ordering posts for pillars, platforms and weeks of the plan, and stopping what is being written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.responses import Response

import aipromote.ai.queries as requests
import aipromote.strategy.queries as strategies
from aipromote.ai.models import GenerationRequest
from aipromote.ai.states import RequestKind, RequestStatus
from aipromote.content import actions
from aipromote.content.series.actions import stop_writing
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict, InvalidInput
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Editing, Stay
from aipromote.languages import _, ngettext

router = APIRouter()

MOST_WEEKS = 12
"""A plan has ninety days."""
_OPEN = frozenset({RequestStatus.PENDING, RequestStatus.RUNNING})


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be ordered: the active plan's pillars and platforms, in its own order."""

    pillars: list[str]
    platforms: list[Platform]
    weeks: int = MOST_WEEKS


async def offer(stay: Stay) -> Offer | None:
    """For the form; None without a plan, or for somebody who may not write."""
    strategy = await strategies.active(stay.session, organization_id=stay.organization_id)
    if strategy is None:
        return None
    planned = {slot.platform for slot in strategy.calendar_skeleton}
    channels = [channel.platform for channel in strategy.channel_plan if channel.platform in planned]
    return Offer([pillar.name for pillar in strategy.content_pillars], list(dict.fromkeys(channels)))


async def being_written(stay: Stay, *, watched: str = "") -> tuple[GenerationRequest | None, Notice | None]:
    """The newest request for posts while it has not ended; then, for who has `watched` it, what came of it."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    asked = await requests.latest(stay.session, **mine, kind=RequestKind.CONTENT)
    if asked is not None and asked.status in _OPEN:
        return asked, None
    if asked is None or str(asked.id) != watched:
        return None, None
    return None, told(asked) if asked.error_message is None else Notice(asked.error_message, "bad")


@router.post("/content/generate")
async def generate(
    stay: Editing,
    pillar: Annotated[list[str] | None, Form()] = None,
    platform: Annotated[list[str] | None, Form()] = None,
    weeks: Annotated[int, Form(ge=1, le=MOST_WEEKS)] = 2,
) -> Response:
    """Have the places of the plan written that have no post yet: of the coming weeks, pillars and platforms chosen."""
    try:
        asked = await actions.request_pieces(
            stay.session,
            stay.actor,
            organization_id=stay.organization_id,
            weeks=weeks,
            pillars=pillar or (),
            platforms=_platforms(platform or ()),
        )
    except (Conflict, InvalidInput) as refused:
        return see_other("/content", Notice(refused.message, "bad"))
    return see_other(f"/progress/{asked.id}")


@router.post("/progress/{request_id}/cancel")
async def cancel(stay: Editing, request_id: UUID) -> Response:
    """Stop it. What is written stays."""
    try:
        async with stay.trying():
            stopped, resting = await stop_writing(
                stay.session, stay.actor, organization_id=stay.organization_id, request_id=request_id
            )
    except Conflict as refused:
        return see_other(f"/progress/{request_id}", Notice(refused.message, "careful"))
    if stopped.kind is RequestKind.STRATEGY:
        return see_other(f"/progress/{request_id}")
    told = ngettext(
        "Stopped. %(num)s post is written and waits for your review.",
        "Stopped. %(num)s posts are written and wait for your review.",
        stopped.done_count,
    )
    if resting is not None:
        more = _(
            "The series %(name)s is paused, so that no more parts are written until you let it go on.",
            name=resting.name,
        )
        told = f"{told} {more}"
    return see_other("/content", Notice(told))


def told(asked: GenerationRequest) -> Notice:
    """What came of a request for posts: how many are written, and why some places got none."""
    if not asked.total_count:
        return Notice(_("The plan has no place for a post in what you chose."), "careful")
    text = _("No post was written.")
    if asked.done_count:
        text = ngettext(
            "%(num)s post is written and waits for your review.",
            "%(num)s posts are written and wait for your review.",
            asked.done_count,
        )
    empty = asked.total_count - asked.done_count
    return Notice(
        text,
        "careful" if empty else "good",
        (_without_post(empty),) if empty else (),
    )


def _without_post(places: int) -> str:
    return ngettext(
        "%(num)s place got no post: the brief gives nothing new to say about it. "
        "Add pain points, differentiators or facts.",
        "%(num)s places got no post: the brief gives nothing new to say about them. "
        "Add pain points, differentiators or facts.",
        places,
    )


def _platforms(names: Sequence[str]) -> list[Platform]:
    try:
        return [Platform(name) for name in names]
    except ValueError:
        raise InvalidInput("There is no such platform.", field="platform") from None
