"""A film is uploaded first; finishing its upload publishes it, and its status tells what became of that.

To finish the same upload twice cannot make two films.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import aiohttp

from aipromote import clock
from aipromote.connectors import matching, meta
from aipromote.connectors.contract import Absent, Armed, Credentials, LookUp, Part, Processing, Published, Undecided
from aipromote.connectors.errors import MediaRejected
from aipromote.connectors.facebook import files
from aipromote.connectors.facebook.graph import API, HOME

_ASK_AFTER = timedelta(seconds=30)
_WORKING = "Facebook is working on the film."
_LONGEST = timedelta(hours=6)
_PHASES = ("uploading_phase", "processing_phase", "publishing_phase")
_NOT_FINISHED = frozenset({"in_progress", "not_started"})


async def finish(http: aiohttp.ClientSession, credentials: Credentials, part: Part, made: files.Made) -> Processing:
    """Finish the upload, once. Facebook works on the film before it is out."""
    fields = {"upload_phase": "finish", "upload_session_id": made.session, "description": part.text}
    if part.title:
        fields["title"] = part.title
    path, server = f"{credentials.account_id}/videos", files.video_server(credentials)
    answer = await API.post(http, credentials, path, fields, publishes=True, server=server)
    if API.readable(answer).get("success") is not True:
        raise answer.unusable(API.network)
    return Processing(made.film, _WORKING, _ASK_AFTER)


async def look_up(http: aiohttp.ClientSession, credentials: Credentials, film: str, armed: Armed) -> LookUp:
    """What the film's status says. Raises MediaRejected where Facebook could not use it."""
    fields = "status,published,created_time,permalink_url,post_id"
    answer = await API.get(http, credentials, film, fields=fields)
    is_late = clock.now() - armed.armed_at > matching.AFTER
    if meta.is_not_there(answer):
        return Undecided("Facebook does not know this film any more; look at the Page.", final=is_late)
    body = API.readable(answer)
    status = body.get("status")
    if not isinstance(status, dict):
        raise answer.unusable(API.network)
    whole, phases = meta.word(status.get("video_status")), {name: _phase(status, name) for name in _PHASES}
    if whole in {"error", "upload_failed"} or "error" in phases.values():
        raise MediaRejected(f"Facebook could not use this film ({_reason(status)}).", code=whole)
    if phases["publishing_phase"] == "complete" or (whole == "ready" and body.get("published") is True):
        return _published(credentials, film, body)
    if whole == "expired" or phases["uploading_phase"] in _NOT_FINISHED:
        return Absent() if is_late else Undecided("The call may still be on its way.")
    if clock.now() - armed.armed_at > _LONGEST:
        return Undecided("Facebook has worked on this film for hours; look at the Page.", final=True)
    return Processing(film, _WORKING, _ASK_AFTER)


def _phase(status: dict[str, Any], name: str) -> str:
    phase = status.get(name)
    return meta.word(phase.get("status")) if isinstance(phase, dict) else ""


def _reason(status: dict[str, Any]) -> str:
    for name in _PHASES:
        phase = status.get(name)
        errors = phase.get("errors") if isinstance(phase, dict) else None
        first = errors[0] if isinstance(errors, list) and errors else None
        told = meta.word(first.get("message")) if isinstance(first, dict) else ""
        if told:
            return " ".join(told.split())[:200].rstrip(".")
    return "it says no reason"


def _published(credentials: Credentials, film: str, body: dict[str, Any]) -> Published:
    """By the post around the film where Facebook names it: counters are told of posts."""
    post, link = meta.word(body.get("post_id")), meta.word(body.get("permalink_url"))
    if post and "_" not in post:
        post = f"{credentials.account_id}_{post}"
    name = post or film
    url = link if link.startswith("https://") else f"{HOME}{link.lstrip('/') or name}"
    return Published(name, url, meta.moment(body.get("created_time")) or clock.now())
