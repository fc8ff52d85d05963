"""Pages for a password that was forgotten."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from aipromote.accounts import recovering, registering
from aipromote.errors import AipromoteError, NotSignedIn
from aipromote.http import cookies
from aipromote.http.attempts import Allowance, Attempts
from aipromote.http.clients import tries_of
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Passing
from aipromote.languages import _
from aipromote.web.render import page

router = APIRouter()

_PER_ADDRESS = Allowance(tries=20, seconds=3600)
_PER_ACCOUNT = Allowance(tries=5, seconds=3600)
"""From one address. Counted for all together, anybody could use up the tries of the person."""
_RESETS = Allowance(tries=30, seconds=900)


@router.get("/forgotten")
async def forgotten_page(request: Request, email: str = "") -> Response:
    """The form."""
    return page(request, "forgotten.html", email=email[:320], problem="", has_mail=registering.has_mail())


@router.post("/forgotten")
async def forgotten(request: Request, session: Passing, email: Annotated[str, Form()] = "") -> Response:
    """Owe a letter. The same answer and the same work, whether anybody here has the address or not."""
    attempts: Attempts = request.app.state.attempts
    try:
        await attempts.spend(_PER_ADDRESS, "forgotten", tries_of(request))
        await attempts.spend(_PER_ACCOUNT, "forgotten", tries_of(request), email.strip().lower())
        await recovering.ask(session, email=email)
    except AipromoteError as refused:
        told: dict[str, Any] = {"email": email, "problem": refused.message, "has_mail": registering.has_mail()}
        return page(request, "forgotten.html", status=refused.status, **told)
    return see_other("/forgotten/sent")


@router.get("/forgotten/sent")
async def sent(request: Request) -> Response:
    """Look into your inbox."""
    return page(request, "forgotten_sent.html", has_mail=registering.has_mail())


@router.get("/reset/{token}")
async def reset_page(request: Request, session: Passing, token: str) -> Response:
    """The form behind the link. Opening it uses nothing up."""
    try:
        await recovering.look(session, token=token)
    except NotSignedIn as refused:
        return see_other("/forgotten", Notice(refused.message, "careful"))
    return page(request, "reset.html", token=token, problem="")


@router.post("/reset/{token}")
async def reset(request: Request, session: Passing, token: str, password: Annotated[str, Form()] = "") -> Response:
    """The new password. Nobody is signed in by it: whoever reads the mail may lack the second factor."""
    attempts: Attempts = request.app.state.attempts
    try:
        await attempts.spend(_RESETS, "reset", tries_of(request))
        async with session.begin_nested():
            await recovering.reset(session, token=token, password=password)
    except NotSignedIn as refused:
        return see_other("/forgotten", Notice(refused.message, "careful"))
    except AipromoteError as refused:
        return page(request, "reset.html", status=refused.status, token=token, problem=refused.message)
    response = see_other("/sign-in", Notice(_("Your password is changed. Sign in with the new one.")))
    cookies.drop(response, cookies.SESSION)
    return response
