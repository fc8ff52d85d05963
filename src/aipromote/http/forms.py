"""Forms can only be sent from our own pages: each carries a token that is bound to the browser's session.

It also says for which organization the form was made, so that one from an old tab is not taken for another organization
that the browser shows since (`visits` looks at that). The token alone would do; the Origin that browsers send is looked
at as well, so that a page of another site learns nothing by trying, and a leaked token is of no use to it.

In each answer the token is written differently: under a mask of its own, which stands before it. Pages are compressed,
and a text that is the same in all of them could be guessed by how long they are (BREACH; see `web/compressing.py`).
"""

from __future__ import annotations

import base64
import binascii
import secrets
from urllib.parse import urlsplit
from uuid import UUID

from starlette.requests import Request

from aipromote.errors import InvalidInput, NotAllowed
from aipromote.http import cookies
from aipromote.http.doorway import REVIEW
from aipromote.http.signing import fits, sign
from aipromote.http.visits import MADE_FOR, database_of, signed_in

FIELD = "csrf"
_PURPOSE = "form"
_READS = {"GET", "HEAD", "OPTIONS"}


def new_visitor() -> str:
    """A value for the cookie that forms of people without a session are bound to."""
    return secrets.token_urlsafe(24)


def form_token(request: Request, *, visitor: str = "", organization_id: UUID | None = None) -> str:
    """The token for the forms of a page that answers this request, about this organization if it is about one."""
    bound_to = cookies.session_token(request) or visitor or request.cookies.get(cookies.VISITOR, "")
    made_for = organization_id.hex if organization_id else ""
    return _masked(f"{made_for}.{sign(_PURPOSE, _both(bound_to, made_for))}")


async def guard_forms(request: Request) -> None:
    """Refuse a form that was not sent from a page of ours. A dependency of every router with forms."""
    if request.method in _READS:
        return
    if not _comes_from_us(request):
        raise NotAllowed("This form was sent from another site, so it was not taken.")
    bound_to = cookies.session_token(request) or request.cookies.get(cookies.VISITOR, "")
    if not bound_to:
        raise NotAllowed("This form is no longer valid, because you signed in or out since it was opened.")
    if request.headers.get("content-type", "").startswith("multipart/"):
        # Files may be large: nothing of them is taken in before it is known who asks.
        async with database_of(request).transaction() as session:
            await signed_in(session, request)
    form = await request.form()
    given = form.get(FIELD, "")
    made_for, _, signature = _unmasked(given).rpartition(".") if isinstance(given, str) else ("", "", "")
    if not fits(_PURPOSE, _both(bound_to, made_for), signature):
        raise NotAllowed("This form is no longer valid, because you signed in or out since it was opened.")
    if any(isinstance(value, str) and "\0" in value for _, value in form.multi_items()):
        raise InvalidInput("The text contains a character (number 0) that no text may have.")
    request.scope.setdefault("state", {})[MADE_FOR] = made_for


def _both(bound_to: str, made_for: str) -> str:
    return f"{bound_to}\0{made_for}"


def _masked(token: str) -> str:
    plain = token.encode()
    mask = secrets.token_bytes(len(plain))
    return base64.urlsafe_b64encode(mask + _mixed(plain, mask)).decode()


def _unmasked(given: str) -> str:
    """The token under its mask; an empty text, which fits nothing, where it is none of ours."""
    try:
        both = base64.urlsafe_b64decode(given.encode())
        half = len(both) // 2
        return _mixed(both[half:], both[:half]).decode()
    except (binascii.Error, ValueError):
        return ""


def _mixed(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))


def _comes_from_us(request: Request) -> bool:
    """By the headers that browsers add and scripts cannot change. Programs without them have only the token."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    if origin == "null" and request.url.path.startswith(REVIEW):
        return (
            True  # these pages send no referrer, and so browsers name no origin either; the token is asked for as ever
        )
    return origin is None or urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()
