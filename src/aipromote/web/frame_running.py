"""What is being written right now, in a few words in the top bar. Asked again only while something is."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

import aipromote.ai.queries as requests
from aipromote.ai.models import GenerationRequest
from aipromote.ai.states import RequestKind, RequestStatus
from aipromote.errors import NotFound
from aipromote.http.visits import Stay, Viewing
from aipromote.languages import _, ngettext
from aipromote.web.render import fragment

router = APIRouter()


@router.get("/running")
async def running(request: Request, stay: Viewing, of: UUID | None = None) -> Response:
    """The newest thing that is being written, or nothing.

    `of` was shown until now: when it has ended, an event says what came of it.
    """
    asked = await requests.running(stay.session, organization_id=stay.organization_id)
    ended = None if asked is not None or of is None else await _ended(stay, of)
    return fragment(
        request,
        "running.html",
        stay=stay,
        asked=asked,
        what=doing(asked) if asked is not None else "",
        trigger={"notice": told(ended)} if ended is not None else None,
    )


def doing(asked: GenerationRequest) -> str:
    """What is done, and how far it is."""
    if asked.status is RequestStatus.PENDING:
        return _("Waiting for a worker to write")
    if asked.kind is RequestKind.STRATEGY:
        return _("Writing your strategy")
    if asked.total_count:
        return (
            _("Writing %(number)s of %(total)s", number=asked.done_count + 1, total=asked.total_count)
            if (asked.done_count < asked.total_count)
            else _("Nearly done writing")
        )
    if asked.wanted.variants_of is not None:
        return _("Writing variants")
    return _("Writing posts")


def told(ended: GenerationRequest) -> dict[str, str]:
    """The notice of what came of it, which leads to it."""
    if ended.status is RequestStatus.FAILED:
        text, tone = _("Writing has stopped before it was done. Nothing was published."), "careful"
    elif ended.kind is RequestKind.STRATEGY:
        text, tone = _("Your strategy is written."), "good"
    else:
        text = ngettext("%(num)s text is written.", "%(num)s texts are written.", ended.done_count)
        tone = "good"
    return {"text": text, "tone": tone, "href": f"/progress/{ended.id}", "word": _("Look at it")}


async def _ended(stay: Stay, request_id: UUID) -> GenerationRequest | None:
    try:
        return await requests.request(stay.session, organization_id=stay.organization_id, request_id=request_id)
    except NotFound:
        return None  # another organization is shown now
