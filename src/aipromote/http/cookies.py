"""The product's cookies: none is readable by scripts, none goes along with a request that another site starts."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from aipromote import settings

SESSION = "aipromote_session"
"""The token of a signed-in browser."""
VISITOR = "aipromote_visitor"
"""A random value for browsers that are not signed in: forms are bound to it."""
ORGANIZATION = "aipromote_organization"
"""Which of a person's organizations is shown."""
NOTICE = "aipromote_notice"
"""What the last form did, for the page that is shown next."""
LANGUAGE = "aipromote_language"
"""The language that was chosen in this browser."""
THEME = "aipromote_theme"
"""Light or dark, where this browser is not to follow the system."""
RAIL = "aipromote_rail"
"""There while the rail shows icons only."""
WROTE = "aipromote_wrote"
"""There for as long as a replica may lack what this browser has just changed."""
SECOND = "aipromote_second"
"""The token of a sign-in that waits for a second factor, and where it leads."""
CONFIRMED = "aipromote_confirmed"
"""When this session's person proved once more who they are; signed, and worth nothing to another session."""

FLOW = "aipromote_flow"
"""A browser on its way to a provider that says who somebody is."""

SESSION_LASTS = timedelta(days=30)


def is_secure() -> bool:
    """Whether people reach the product by https, so that cookies may be kept to it."""
    return urlsplit(settings.get().public_url).scheme == "https"


def put(response: Response, name: str, value: str, *, lasts: timedelta | None = None) -> None:
    """Set a cookie; without `lasts` until the browser closes."""
    response.set_cookie(
        name,
        value,
        max_age=int(lasts.total_seconds()) if lasts else None,
        httponly=True,
        samesite="lax",
        secure=is_secure(),
        path="/",
    )


def drop(response: Response, name: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(name, path="/", httponly=True, samesite="lax", secure=is_secure())


def session_token(request: Request) -> str:
    """The browser's token, or an empty text."""
    return request.cookies.get(SESSION, "")


def has_written(request: Request) -> bool:
    """Whether the browser has changed something so lately that a replica may not have it yet."""
    return WROTE in request.cookies


def wrote(seconds: float) -> str:
    """The Set-Cookie header that says so, until a replica that is at most `seconds` behind has the change for sure."""
    secure = "; Secure" if is_secure() else ""
    return f"{WROTE}=1; Max-Age={int(seconds) + 2}; Path=/; HttpOnly; SameSite=lax{secure}"
