"""What the page for signing in offers beside the password: whoever shows that page needs all of it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from aipromote.accounts import providers, registering
from aipromote.accounts.factors.party import party
from aipromote.web.render import page


def sign_in_form(request: Request, *, email: str = "", after: str, status: int = 200, problem: str = "") -> Response:
    """The page. `after` is an address of ours."""
    ways: dict[str, Any] = {
        "providers": providers.offered(),
        "is_open": registering.is_open(),
        "passkeys": party() is not None,
    }
    return page(request, "sign_in.html", status=status, email=email, after=after, problem=problem, **ways)
