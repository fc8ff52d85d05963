"""What a form did, in words, for the page that is shown after it. Travels in a signed cookie and is shown once."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Literal

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from aipromote.http import cookies
from aipromote.http.signing import fits, sign

_PURPOSE = "notice"
_LASTS = timedelta(minutes=2)
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence, and below it more of them where needed."""

    text: str
    tone: Literal["good", "careful", "bad"] = "good"
    details: tuple[str, ...] = ()


def see_other(url: str, notice: Notice | None = None) -> Response:
    """The answer to a form that was taken: look there, and read this."""
    response = RedirectResponse(url, status_code=303)
    if notice is not None:
        payload = base64.urlsafe_b64encode(json.dumps(asdict(_shortened(notice))).encode()).decode()
        cookies.put(response, cookies.NOTICE, f"{payload}.{sign(_PURPOSE, payload)}", lasts=_LASTS)
    return response


def notice_of(request: Request) -> Notice | None:
    """The notice that came with this request, if it is one of ours."""
    payload, _, signature = request.cookies.get(cookies.NOTICE, "").partition(".")
    if not payload or not fits(_PURPOSE, payload, signature):
        return None
    try:
        data = json.loads(base64.urlsafe_b64decode(payload))
        return Notice(text=data["text"], tone=data["tone"], details=tuple(data["details"]))
    except (binascii.Error, ValueError, KeyError, TypeError):
        return None


def _shortened(notice: Notice) -> Notice:
    """What fits into a cookie: browsers drop those of more than 4 kB."""
    details = tuple(detail[:_LONGEST] for detail in notice.details[:4])
    if len(notice.details) > len(details):
        details = (*details, f"And {len(notice.details) - len(details)} more.")
    return Notice(text=notice.text[:_LONGEST], tone=notice.tone, details=details)
