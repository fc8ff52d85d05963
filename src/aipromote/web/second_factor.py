"""Signing in with more than a password, or with a passkey and without one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from aipromote.accounts.factors import passkeys, proving, queries
from aipromote.accounts.factors.party import party
from aipromote.accounts.factors.states import Purpose
from aipromote.accounts.models import User
from aipromote.errors import AipromoteError, InvalidInput, NotSignedIn
from aipromote.http import cookies
from aipromote.http.attempts import Allowance, Attempts
from aipromote.http.clients import tries_of
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Passing
from aipromote.languages import _
from aipromote.web import guessing
from aipromote.web.admitting import HOME, admitted, inside
from aipromote.web.render import page
from aipromote.web.ways import sign_in_form

router = APIRouter()

_PER_ADDRESS = Allowance(tries=60, seconds=900)


def json_text(text: str) -> Response:
    """JSON that is a text already."""
    return Response(text, media_type="application/json", headers={"cache-control": "no-store"})


@router.get("/sign-in/second")
async def second_page(request: Request, session: Passing, next: str = HOME) -> Response:  # noqa: A002 -- its name in the address
    """The question for a second factor. Who owes none is sent to the beginning."""
    user = await queries.awaited(session, token=_token(request))
    if user is None:
        return _again(_("Please sign in first."))
    return await _asked(request, session, user, after=inside(next))


@router.post("/sign-in/second")
async def second(
    request: Request,
    session: Passing,
    code: Annotated[str, Form()] = "",
    after: Annotated[str, Form()] = HOME,
) -> Response:
    """A code of the app, or a recovery code."""
    user = await queries.awaited(session, token=_token(request))
    if user is None:
        return _again(_("More than five minutes went by since the password. Please sign in again."))
    try:
        await guessing.spend(request, user.id)
        entry = await proving.second_by_code(session, token=_token(request), code=code, user_agent=_agent(request))
    except NotSignedIn as late:
        return _again(late.message)
    except AipromoteError as error:
        return await _asked(request, session, user, after=inside(after), status=error.status, problem=error.message)
    await guessing.forgive(request, user.id)
    left = (await queries.standing(session, user_id=user.id)).codes_left
    was_digits = "".join(code.split()).isdigit()
    notice = None if was_digits or left > _FEW else Notice(_few_left(left), "careful")
    return admitted(entry, to=inside(after), notice=notice)


@router.post("/sign-in/second/passkey/options")
async def second_options(request: Request, session: Passing) -> Response:
    """What the passkey is to sign, after the password."""
    user = await queries.awaited(session, token=_token(request))
    if user is None:
        raise NotSignedIn("More than five minutes went by since the password. Please sign in again.")
    return json_text(await passkeys.ask(session, purpose=Purpose.SECOND, browser=_browser(request), user_id=user.id))


@router.post("/sign-in/second/passkey")
async def second_passkey(
    request: Request,
    session: Passing,
    answer: Annotated[str, Form()] = "",
    after: Annotated[str, Form()] = HOME,
) -> Response:
    """What the passkey signed, after the password."""
    user = await queries.awaited(session, token=_token(request))
    if user is None:
        return _again(_("More than five minutes went by since the password. Please sign in again."))
    try:
        entry = await proving.second_by_passkey(
            session, token=_token(request), browser=_browser(request), answer=answer, user_agent=_agent(request)
        )
    except NotSignedIn as late:
        return _again(late.message)
    except InvalidInput as error:
        return await _asked(request, session, user, after=inside(after), status=error.status, problem=error.message)
    return admitted(entry, to=inside(after))


@router.post("/sign-in/passkey/options")
async def passkey_options(request: Request, session: Passing) -> Response:
    """What a passkey is to sign, of somebody who has said nothing yet."""
    attempts: Attempts = request.app.state.attempts
    await attempts.spend(_PER_ADDRESS, "passkey", tries_of(request))
    return json_text(await passkeys.ask(session, purpose=Purpose.SIGN_IN, browser=_browser(request)))


@router.post("/sign-in/passkey")
async def passkey(
    request: Request,
    session: Passing,
    answer: Annotated[str, Form()] = "",
    after: Annotated[str, Form()] = HOME,
) -> Response:
    """Sign in with a passkey alone."""
    try:
        entry = await proving.sign_in_by_passkey(
            session, browser=_browser(request), answer=answer, user_agent=_agent(request)
        )
    except InvalidInput as error:
        return sign_in_form(request, after=inside(after), status=error.status, problem=error.message)
    return admitted(entry, to=inside(after))


_FEW = 3


def _few_left(left: int) -> str:
    if left == 0:
        return _("That was your last recovery code. Make new ones under “Signing in”.")
    return _("Recovery codes left: %(left)s. Make new ones under “Signing in”, before they are all used.", left=left)


async def _asked(
    request: Request, session: Passing, user: User, *, after: str, status: int = 200, problem: str = ""
) -> Response:
    standing = await queries.standing(session, user_id=user.id)
    return page(
        request,
        "second_factor.html",
        status=status,
        standing=standing,
        passkeys=bool(standing.passkeys) and party() is not None,
        after=after,
        problem=problem,
    )


def _again(message: str) -> Response:
    response = see_other("/sign-in", Notice(message, "careful"))
    cookies.drop(response, cookies.SECOND)
    return response


def _token(request: Request) -> str:
    return request.cookies.get(cookies.SECOND, "")


def _browser(request: Request) -> str:
    return request.cookies.get(cookies.VISITOR, "")


def _agent(request: Request) -> str | None:
    return request.headers.get("user-agent")
