"""Ways in and out: the first account, signing in and out, one-time links, and choosing an organization."""

from __future__ import annotations

import hmac
import ipaddress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from aipromote import settings
from aipromote.accounts import actions, queries
from aipromote.accounts.states import UserRole
from aipromote.errors import AipromoteError, Conflict, InvalidInput, NotAllowed, NotFound, NotSignedIn
from aipromote.http import cookies
from aipromote.http.attempts import Allowance, Attempts
from aipromote.http.clients import tries_of
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Passing, Visiting
from aipromote.languages import _
from aipromote.web.admitting import HOME, admitted, inside, let_in
from aipromote.web.render import page
from aipromote.web.ways import sign_in_form

router = APIRouter()

_PER_ACCOUNT = Allowance(tries=10, seconds=900)
_PER_ADDRESS = Allowance(tries=60, seconds=900)
_NO_PLACE = {
    "/sign-in", "/sign-in/second", "/sign-up", "/forgotten", "/setup", "/export", "/metrics", "/health", "/ready",
}  # fmt: skip
"""Addresses that are no pages of an organization."""


@router.get("/")
async def root() -> Response:
    """The address without a page is this week's."""
    return see_other(HOME)


@router.get("/sign-in")
async def sign_in_page(request: Request, session: Passing, next: str = HOME) -> Response:  # noqa: A002 -- its name in the address
    """The form, or the way to the first account while there is none."""
    if await queries.count(session) == 0:
        return see_other("/setup")
    return sign_in_form(request, after=inside(next))


@router.post("/sign-in")
async def sign_in(
    request: Request,
    session: Passing,
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    after: Annotated[str, Form()] = HOME,
) -> Response:
    """Sign in. Unknown user and wrong password get the same answer, after the same work."""
    attempts: Attempts = request.app.state.attempts
    address = tries_of(request)
    account = ("sign-in", address, email.strip().lower())
    try:
        # Counted by an address that no client can choose.
        await attempts.spend(_PER_ADDRESS, "sign-in", address)
        await attempts.spend(_PER_ACCOUNT, *account)
        entry = await actions.sign_in(
            session, email=email, password=password, user_agent=request.headers.get("user-agent")
        )
    except AipromoteError as error:
        return sign_in_form(request, email=email, after=inside(after), status=error.status, problem=error.message)
    await attempts.forgive(*account)
    return admitted(entry, to=inside(after))


@router.post("/sign-out")
async def sign_out(request: Request, session: Passing) -> Response:
    """End this browser's session."""
    await actions.sign_out(session, token=cookies.session_token(request))
    response = see_other("/sign-in", Notice(_("You are signed out.")))
    cookies.drop(response, cookies.SESSION)
    cookies.drop(response, cookies.ORGANIZATION)
    return response


@router.get("/enter/{token}")
async def enter(request: Request, session: Passing, token: str, next: str = HOME) -> Response:  # noqa: A002 -- its name in the address
    """A one-time link, of whoever runs this machine. Opened a second time by the same browser it leads on as well.

    It asks for no second factor: it was printed at the terminal of the instance, from where all of them can be reset.
    """
    try:
        opened = await actions.exchange_link(session, token=token, user_agent=request.headers.get("user-agent"))
    except NotSignedIn as error:
        if await queries.user_of(session, token=cookies.session_token(request)):
            return see_other(inside(next))
        return see_other("/sign-in", Notice(error.message, "careful"))
    return let_in(see_other(inside(next)), opened)


class FirstAccount(BaseModel):
    """The form of the first account."""

    email: str = ""
    password: str = ""
    name: str = ""
    token: str = ""


@router.get("/setup")
async def setup_page(request: Request, session: Passing, token: str = "") -> Response:
    """The form for the first account."""
    await _must_be_first(request, session)
    return _setup_form(request, FirstAccount(token=token))


@router.post("/setup")
async def setup(request: Request, session: Passing, given: Annotated[FirstAccount, Form()]) -> Response:
    """Make the first account, an administrator's, and sign in."""
    await _must_be_first(request, session)
    if not hmac.compare_digest(given.token.encode(), _setup_token().encode()):
        return _setup_form(request, given, status=422, problem="This is not the setup code that aipromote up printed.")
    try:
        user = await actions.create_user(
            session, email=given.email, password=given.password, name=given.name, role=UserRole.ADMIN, verified=True
        )
    except (InvalidInput, Conflict) as error:
        return _setup_form(request, given, status=error.status, problem=error.message)
    agent = request.headers.get("user-agent")
    return let_in(see_other("/start"), await actions.open_session(session, user_id=user.id, user_agent=agent))


@router.post("/switch")
async def switch(
    request: Request, visit: Visiting, organization: Annotated[UUID, Form()], after: Annotated[str, Form()] = HOME
) -> Response:
    """Show another of the person's organizations, on the page where they are if that one has it, too."""
    place = next((place for place in visit.places if place.organization_id == organization), None)
    if place is None:
        raise NotFound("You belong to no such organization.")
    response = see_other(_same_page(request, after), Notice(f"You are in {place.name} now."))
    cookies.put(response, cookies.ORGANIZATION, str(organization), lasts=cookies.SESSION_LASTS)
    return response


def _same_page(request: Request, address: str) -> str:
    """The nearest page above `address` that every organization has: one without a key in its address."""
    known = {route.path for route in iter_route_contexts(request.app.routes) if "GET" in (route.methods or ())}
    path = address.partition("?")[0]
    while path.startswith("/") and len(path) > 1:
        if path in known and path not in _NO_PLACE:
            return path
        path = path.rpartition("/")[0]
    return HOME


def _setup_form(request: Request, given: FirstAccount, *, status: int = 200, problem: str = "") -> Response:
    return page(request, "setup.html", status=status, given=given, asks_token=_setup_token() != "", problem=problem)


def _setup_token() -> str:
    return settings.get().setup_token.get_secret_value()


async def _must_be_first(request: Request, session: Passing) -> None:
    if await queries.count(session) > 0:
        raise NotFound("This instance has been set up already.")
    if not _setup_token() and not _from_this_machine(request):
        raise NotAllowed("The first account can only be made on the machine itself, or with a setup code.")


def _from_this_machine(request: Request) -> bool:
    """Whether the connection comes from here. One that a proxy passes on comes from elsewhere."""
    if {"x-forwarded-for", "forwarded", "x-real-ip"} & set(request.headers):
        return False
    try:
        return ipaddress.ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False
