"""Pages for people who come by themselves: signing up, and confirming an e-mail.

Whether an address has an account is said by no answer here: they are the same, and letters tell who may know.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from aipromote.accounts import letters, providers, registering
from aipromote.errors import AipromoteError, NotSignedIn
from aipromote.http.attempts import Allowance, Attempts
from aipromote.http.clients import tries_of
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Passing, Visiting
from aipromote.languages import _
from aipromote.web.admitting import HOME
from aipromote.web.render import page

router = APIRouter()

_PER_ADDRESS = Allowance(tries=20, seconds=3600)
_PER_ACCOUNT = Allowance(tries=5, seconds=3600)
_RESENDS = Allowance(tries=5, seconds=3600)


class NewAccount(BaseModel):
    """The form."""

    email: str = ""
    password: str = ""
    name: str = ""


@router.get("/sign-up")
async def sign_up_page(request: Request) -> Response:
    """The form; or, where sign-up is closed, how one gets in."""
    return _form(request, NewAccount())


@router.post("/sign-up")
async def sign_up(request: Request, session: Passing, given: Annotated[NewAccount, Form()]) -> Response:
    """Make the account, or tell its owner that somebody tried."""
    attempts: Attempts = request.app.state.attempts
    try:
        await attempts.spend(_PER_ADDRESS, "sign-up", tries_of(request))
        await attempts.spend(_PER_ACCOUNT, "sign-up", given.email.strip().lower())
        await registering.sign_up(session, email=given.email, password=given.password, name=given.name)
    except AipromoteError as refused:
        return _form(request, given, refused=refused)
    return see_other("/sign-up/sent")


@router.get("/sign-up/sent")
async def sent(request: Request) -> Response:
    """Look into your inbox: the same for everybody."""
    return page(request, "sign_up_sent.html", has_mail=registering.has_mail())


@router.get("/verify/{token}")
async def verify_page(request: Request, visit: Visiting, token: str) -> Response:
    """The link of the letter, for whoever is signed in. Only a form uses it up: programs open links in mail, too."""
    if visit.user.verified:
        return see_other(HOME, Notice(_("Your e-mail is confirmed.")))
    try:
        row = await letters.opened(visit.session, template="verify", token=token)
    except NotSignedIn as refused:
        return see_other("/account", Notice(refused.message, "careful"))
    return page(request, "verify.html", visit=visit, email=row.recipient, is_mine=row.user_id == visit.user.id)


@router.post("/verify/{token}")
async def verify(visit: Visiting, token: str) -> Response:
    """Confirm it."""
    try:
        async with visit.trying():
            await registering.verify(visit.session, visit.actor, token=token)
    except NotSignedIn as refused:
        return see_other("/account", Notice(refused.message, "careful"))
    return see_other(HOME, Notice(_("Your e-mail is confirmed.")))


@router.post("/account/verification")
async def again(request: Request, visit: Visiting) -> Response:
    """Send the letter once more."""
    attempts: Attempts = request.app.state.attempts
    try:
        await attempts.spend(_RESENDS, "verification", str(visit.user.id))
    except AipromoteError as refused:
        return see_other("/account", Notice(refused.message, "careful"))
    if not visit.user.verified:
        await registering.owe_once(visit.session, user=visit.user, template="verify")
    return see_other("/account", Notice(_("A letter is on its way to %(email)s.", email=visit.user.email)))


def _form(request: Request, given: NewAccount, *, refused: AipromoteError | None = None) -> Response:
    is_open = registering.is_open()
    return page(
        request,
        "sign_up.html",
        status=refused.status if refused else 200,
        given=given,
        refused=refused,
        is_open=is_open,
        closed=registering.CLOSED,
        has_mail=registering.has_mail(),
        providers=providers.offered() if is_open else [],
    )
