"""The page about a person's own account: name, language, e-mail, password, ways to sign in, signed-in browsers."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from aipromote.accounts import changing, identities, providers, registering, sessions
from aipromote.errors import AipromoteError, Conflict, NotFound, NotSignedIn
from aipromote.http import cookies
from aipromote.http.attempts import Allowance, Attempts
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Visit, Visiting, around
from aipromote.languages import _
from aipromote.web.render import page

router = APIRouter()

_PER_ACCOUNT = Allowance(tries=10, seconds=900)
"""Guesses at the current password, by whoever sits at an unlocked screen; and letters to addresses they make up."""


@router.get("/account")
async def account_page(request: Request, visit: Visiting) -> Response:
    """Everything at once."""
    return await _shown(request, visit)


@router.post("/account/profile")
async def profile(
    request: Request,
    visit: Visiting,
    name: Annotated[str, Form()] = "",
    language: Annotated[str, Form()] = "",
) -> Response:
    """Name and language."""
    try:
        await changing.profile(visit.session, visit.actor, name=name, language=language)
    except AipromoteError as refused:
        return await _shown(request, visit, refused=refused, typed={"name": name})
    return see_other("/account", Notice(_("Saved.")))


@router.post("/account/password")
async def password(
    request: Request,
    visit: Visiting,
    current: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """Another password. This browser stays signed in, the others do not."""
    token = cookies.session_token(request)
    try:
        await _spend(request, visit)
        async with visit.trying():
            ended = await changing.password(visit.session, visit.actor, current=current, new=password, keep=token)
    except AipromoteError as refused:
        return await _shown(request, visit, refused=refused, at="password")
    if ended:
        return see_other("/account", Notice(_("Your password is changed. Your other browsers were signed out.")))
    return see_other("/account", Notice(_("Your password is changed. No other browser was signed in.")))


@router.post("/account/email")
async def email(
    request: Request,
    visit: Visiting,
    current: Annotated[str, Form()] = "",
    email: Annotated[str, Form()] = "",
) -> Response:
    """Ask for another e-mail. It counts once the letter there was opened."""
    try:
        await _spend(request, visit)
        await changing.ask_for_email(visit.session, visit.actor, current=current, email=email)
    except AipromoteError as refused:
        return await _shown(request, visit, refused=refused, at="email", typed={"email": email})
    text = _(
        "Look into the inbox of %(email)s. Until you open the link there, your e-mail stays as it is.",
        email=email.strip(),
    )
    return see_other("/account", Notice(text))


@router.get("/account/email/{token}")
async def email_page(request: Request, visit: Visiting, token: str) -> Response:
    """The link of that letter. Only a form uses it up."""
    return page(request, "new_email.html", token=token, visit=visit)


@router.post("/account/email/{token}")
async def confirm_email(visit: Visiting, token: str) -> Response:
    """The new address counts."""
    try:
        async with visit.trying():
            address = await changing.confirm_email(visit.session, visit.actor, token=token)
    except (NotSignedIn, Conflict) as refused:
        return see_other("/account", Notice(refused.message, "careful"))
    return see_other("/account", Notice(_("Your e-mail is %(email)s now.", email=address)))


@router.post("/account/sessions/{session_id}/end")
async def end_session(visit: Visiting, session_id: UUID) -> Response:
    """Sign one browser out."""
    try:
        await sessions.end(visit.session, user_id=visit.user.id, session_id=session_id)
    except NotFound as refused:
        return see_other("/account", Notice(refused.message, "careful"))
    return see_other("/account", Notice(_("That browser is signed out.")))


@router.post("/account/sessions/end-others")
async def end_others(request: Request, visit: Visiting) -> Response:
    """Sign out all but this one."""
    token = cookies.session_token(request)
    ended = await sessions.end_others(visit.session, user_id=visit.user.id, keep=token)
    told = _("All other browsers are signed out.") if ended else _("No other browser was signed in.")
    return see_other("/account", Notice(told))


async def _spend(request: Request, visit: Visit) -> None:
    attempts: Attempts = request.app.state.attempts
    await attempts.spend(_PER_ACCOUNT, "account", str(visit.user.id))


async def _shown(
    request: Request,
    visit: Visit,
    *,
    refused: AipromoteError | None = None,
    at: str = "profile",
    typed: dict[str, str] | None = None,
) -> Response:
    """The page; with what was refused beside its field, and what was typed kept (never a password)."""
    stay = await around(visit, request)
    linked = {row.provider: row for row in await identities.of(visit.session, user_id=visit.user.id)}
    token = cookies.session_token(request)
    return page(
        request,
        "account.html",
        stay=stay,
        status=refused.status if refused else 200,
        user=visit.user,
        zone=stay.organization.time_zone if stay else "UTC",
        has_mail=registering.has_mail(),
        providers=[(provider, linked.get(provider)) for provider in providers.offered()],
        browsers=await sessions.of(visit.session, user_id=visit.user.id, token=token),
        refused=refused,
        at=at,
        typed=typed or {},
    )
