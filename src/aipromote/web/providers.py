"""Signing in with Google or GitHub, and linking them to an account.

The provider is asked while no transaction is open. What a browser brings back is good once: its flow is over with it.
"""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import APIRouter, Form
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from aipromote.accounts import actions, identities, providers, queries
from aipromote.accounts.identities import Claimed, Secrets
from aipromote.accounts.models import SignInFlow
from aipromote.accounts.providers import App
from aipromote.errors import AipromoteError, NotSignedIn
from aipromote.http import cookies
from aipromote.http.attempts import Allowance, Attempts
from aipromote.http.clients import tries_of
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Visiting, database_of, signed_in
from aipromote.languages import _
from aipromote.web.admitting import HOME, admitted, inside
from aipromote.web.channels import own_address
from aipromote.web.confirming import must_confirm
from aipromote.web.render import page

router = APIRouter()

_PER_ADDRESS = Allowance(tries=60, seconds=900)
_LONGEST = 2000


@router.post("/sign-in/{provider}")
async def begin(request: Request, provider: str, after: Annotated[str, Form()] = HOME) -> Response:
    """Set out to sign in."""
    app = providers.app_of(provider)
    attempts: Attempts = request.app.state.attempts
    try:
        await attempts.spend(_PER_ADDRESS, "provider", tries_of(request))
        async with database_of(request).transaction() as session:
            to = inside(after)
            to = to if len(to) <= _LONGEST else HOME
            token = await identities.set_out(session, provider=app.provider, after=to)
        return await _leave(request, app, token)
    except AipromoteError as refused:
        return see_other("/sign-in", Notice(refused.message, "careful"))


@router.post("/account/identities/{provider}")
async def begin_linking(request: Request, provider: str) -> Response:
    """Set out to link the account."""
    app = providers.app_of(provider)
    try:
        async with database_of(request).transaction() as session:
            user = await signed_in(session, request)
            identities.may_link(user)
            if (asked := await must_confirm(request, session, user, after="/account")) is not None:
                return asked
            token = await identities.set_out(session, provider=app.provider, after="/account", user_id=user.id)
        return await _leave(request, app, token)
    except NotSignedIn:
        raise
    except AipromoteError as refused:
        return see_other("/account", Notice(refused.message, "careful"))


@router.post("/account/identities/{provider}/remove")
async def remove(request: Request, visit: Visiting, provider: str) -> Response:
    """Not linked any more."""
    app = providers.app_of(provider)
    if (asked := await must_confirm(request, visit.session, visit.user, after="/account")) is not None:
        return asked
    try:
        await identities.unlink(visit.session, visit.actor, provider=app.provider)
    except AipromoteError as refused:
        return see_other("/account", Notice(refused.message, "careful"))
    return see_other("/account", Notice(_("%(site)s is no longer a way to sign in.", site=app.provider.label)))


@router.get("/sign-in/{provider}/callback")
async def come_back(request: Request, provider: str, code: str = "", state: str = "", error: str = "") -> Response:
    """Back from the provider, with a code or a refusal."""
    app = providers.app_of(provider)
    try:
        response = await _returned(request, app, code=code, state=state, error=error)
    except AipromoteError as refused:
        async with database_of(request).transaction() as session:
            is_in = await _is_signed_in(session, request)
        response = see_other("/account" if is_in else "/sign-in", Notice(refused.message, "careful"))
    cookies.drop(response, cookies.FLOW)
    return response


async def _leave(request: Request, app: App, token: str) -> Response:
    secrets = Secrets.of(token)
    address = await providers.address(app, secrets, redirect_uri=_callback(request, app))
    response = page(request, "channels_leave.html", address=address, label=app.provider.label)
    cookies.put(response, cookies.FLOW, token, lasts=identities.FLOW_LASTS)
    return response


async def _returned(request: Request, app: App, *, code: str, state: str, error: str) -> Response:
    token, label = request.cookies.get(cookies.FLOW, ""), app.provider.label
    secrets = Secrets.of(token)
    if not token or not hmac.compare_digest(state.encode(), secrets.state.encode()):
        raise NotSignedIn(f"Signing in with {label} was begun in another browser, or too long ago. Please begin anew.")
    async with database_of(request).transaction() as session:
        flow = await identities.come_back(session, token=token, provider=app.provider)
    if error or not code:
        raise NotSignedIn(f"You did not give your consent at {label}, so nothing was done.")
    claimed = await providers.identify(app, secrets, code=code, redirect_uri=_callback(request, app))
    return await (_link if flow.user_id else _enter)(request, flow, claimed)


async def _enter(request: Request, flow: SignInFlow, claimed: Claimed) -> Response:
    async with database_of(request).transaction() as session:
        user = await identities.sign_in(session, claimed=claimed)
        entry = await actions.finish_sign_in(session, user_id=user.id, user_agent=request.headers.get("user-agent"))
    return admitted(entry, to=flow.after)


async def _link(request: Request, flow: SignInFlow, claimed: Claimed) -> Response:
    async with database_of(request).transaction() as session:
        user = await signed_in(session, request)
        if user.id != flow.user_id:
            raise NotSignedIn("You signed in as somebody else meanwhile. Please begin anew.")
        await identities.link(session, queries.actor_of(user), claimed=claimed)
    return see_other("/account", Notice(_("You can sign in with %(site)s from now on.", site=claimed.provider.label)))


def _callback(request: Request, app: App) -> str:
    return own_address(request, f"/sign-in/{app.provider}/callback")


async def _is_signed_in(session: AsyncSession, request: Request) -> bool:
    try:
        await signed_in(session, request)
    except NotSignedIn:
        return False
    return True
