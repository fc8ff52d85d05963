"""Where the link of an invitation leads: join, sign in first, or make the account that it names."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from aipromote import clock
from aipromote.accounts import actions as accounts_actions
from aipromote.accounts import addresses
from aipromote.accounts import queries as accounts
from aipromote.errors import AipromoteError, Conflict, InvalidInput, NotAllowed, NotFound
from aipromote.http import cookies
from aipromote.http.attempts import Allowance, Attempts, TooMany
from aipromote.http.clients import tries_of
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Passing
from aipromote.languages import _, known
from aipromote.organizations import invitations, queries
from aipromote.web import members
from aipromote.web.render import page

router = APIRouter()
_PAGE = "/join/{token}"
_JOINING = Allowance(tries=60, seconds=900)
"""From one address: hashing a password is work."""


@router.get(_PAGE)
async def join_page(request: Request, session: Passing, token: str) -> Response:
    """What somebody is invited to, and the one button that they need."""
    return await _shown(request, session, token)


@router.post(_PAGE)
async def join(request: Request, session: Passing, token: str) -> Response:
    """Join, as who is signed in."""
    user = await accounts.user_of(session, token=cookies.session_token(request))
    if user is None:
        return see_other(f"/join/{token}")
    try:
        async with session.begin_nested():
            organization = await invitations.accept(session, accounts.actor_of(user), text=token)
    except (Conflict, NotAllowed, NotFound) as refused:
        return await _shown(request, session, token, problem=refused)
    return _arrive(str(organization.id), organization.name)


@router.post(_PAGE + "/account")
async def make_account(
    request: Request,
    session: Passing,
    token: str,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """Make the account and join: also where people may not sign up by themselves."""
    attempts: Attempts = request.app.state.attempts
    if await accounts.user_of(session, token=cookies.session_token(request)) is not None:
        return see_other(f"/join/{token}")
    try:
        await attempts.spend(_JOINING, "joining", tries_of(request))
        async with session.begin_nested():
            user = await invitations.accept_anew(session, text=token, name=name[:200], password=password)
            agent = request.headers.get("user-agent")
            opened = await accounts_actions.open_session(session, user_id=user.id, user_agent=agent)
    except (Conflict, InvalidInput, NotFound, TooMany) as refused:
        return await _shown(request, session, token, problem=refused, name=name)
    place = (await queries.memberships_of(session, user_id=user.id))[0]
    response = _arrive(str(place.organization_id), place.name)
    cookies.put(response, cookies.SESSION, opened, lasts=cookies.SESSION_LASTS)
    cookies.drop(response, cookies.VISITOR)
    return response


def _arrive(organization_id: str, name: str) -> Response:
    response = see_other("/this-week", Notice(_("Welcome to %(name)s.", name=name)))
    cookies.put(response, cookies.ORGANIZATION, organization_id, lasts=cookies.SESSION_LASTS)
    return response


async def _shown(
    request: Request, session: Passing, token: str, *, problem: AipromoteError | None = None, name: str = ""
) -> Response:
    person = await accounts.user_of(session, token=cookies.session_token(request))
    found, has_account, is_member = None, False, False
    try:
        found = await invitations.opened(session, text=token)
    except (Conflict, NotFound) as refused:
        problem = refused
    else:
        # Who was shown the link need not be whom it names, and does not learn whether that address has an account.
        has_account = found.is_mailed and await _has_account(session, found.invitation.email)
        if person is not None:
            mine = {"organization_id": found.organization.id, "user_id": person.id}
            is_member = await queries.membership(session, **mine) is not None
    return page(
        request,
        "join.html",
        status=problem.status if problem else 200,
        found=found,
        token=token,
        person=person,
        is_meant=bool(person and found and addresses.same(person.email, found.invitation.email)),
        has_account=has_account,
        is_member=is_member,
        problem=known(problem.message) if problem else "",
        days=max(1, (found.invitation.expires_at - clock.now()).days) if found else 0,
        words=members.ROLES,
        name=name,
    )


async def _has_account(session: Passing, email: str) -> bool:
    try:
        await accounts.by_email(session, email=email)
    except NotFound:
        return False
    return True
