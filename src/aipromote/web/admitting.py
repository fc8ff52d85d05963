"""What every way in ends with: the cookie of a session, or the question for a second factor."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from aipromote import clock
from aipromote.accounts.actions import Entry
from aipromote.accounts.factors import pending
from aipromote.http import cookies
from aipromote.http.notices import Notice, see_other
from aipromote.http.signing import fits, sign

HOME = "/this-week"
"""Where people are led who did not ask for a page."""
_CONFIRMED = "confirmed"
_CONFIRMATION_SECONDS = 600


def admitted(entry: Entry, *, to: str, notice: Notice | None = None) -> Response:
    """Lead a person on: in, or to the page that asks for the second factor. `to` is an address of ours."""
    if not entry.is_pending:
        return let_in(see_other(to, notice), entry.token)
    response = see_other(f"/sign-in/second?next={quote(to, safe='')}")
    cookies.put(response, cookies.SECOND, entry.token, lasts=pending.LASTS)
    return response


def let_in(response: Response, token: str) -> Response:
    """The cookie of a session; what belonged to somebody who was not signed in goes."""
    cookies.put(response, cookies.SESSION, token, lasts=cookies.SESSION_LASTS)
    cookies.drop(response, cookies.VISITOR)
    cookies.drop(response, cookies.SECOND)
    cookies.drop(response, cookies.CONFIRMED)
    return response


def note_confirmed(request: Request, response: Response) -> Response:
    """This session's person has just proved who they are: for ten minutes they need not do so again."""
    until = str(int(clock.now().timestamp()) + _CONFIRMATION_SECONDS)
    signature = sign(_CONFIRMED, f"{until}:{cookies.session_token(request)}")
    cookies.put(response, cookies.CONFIRMED, f"{until}.{signature}")
    return response


def is_confirmed(request: Request) -> bool:
    """Whether that is so. The cookie of another session, and one that is too old, say nothing."""
    until, _, signature = request.cookies.get(cookies.CONFIRMED, "").partition(".")
    if not fits(_CONFIRMED, f"{until}:{cookies.session_token(request)}", signature):
        return False
    return int(until) > clock.now().timestamp()


def inside(address: str) -> str:
    """The address if it is one of our own pages; this week's otherwise, so that a link cannot lead people astray."""
    is_ours = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_ours else HOME
