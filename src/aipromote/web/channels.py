"""Connected accounts: their state, connecting more of them, disconnecting."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from aipromote import settings
from aipromote.channels import actions, queries
from aipromote.documents.vocabulary import Platform
from aipromote.errors import AipromoteError, InvalidInput
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Administering, Stay, Viewing, http_of
from aipromote.web.render import page

router = APIRouter()

_BLUESKY = "https://bsky.social"


@router.get("/channels")
async def channels_page(request: Request, stay: Viewing) -> Response:
    """All accounts, and the ways to connect one."""
    return await _shown(request, stay)


@router.post("/channels/sandbox")
async def connect_sandbox(
    request: Request, stay: Administering, platform: Annotated[Platform, Form()], handle: Annotated[str, Form()] = ""
) -> Response:
    """Lead to the sandbox network's consent page, for an account that stands in for the platform."""
    server = settings.get().sandbox_url
    if not server:
        raise InvalidInput("The sandbox network is not running here. `aipromote up` starts it.")
    address = await actions.start_connect(
        stay.session,
        stay.actor,
        organization_id=stay.organization_id,
        platform=platform,
        connector="sandbox",
        server=server,
        redirect_uri=_own_address(request, "/channels/callback"),
        hint={"platform": platform.value, "handle": handle.strip()},
    )
    return see_other(address)


@router.get("/channels/callback")
async def came_back(
    request: Request, stay: Administering, state: str = "", code: str = "", error: str = ""
) -> Response:
    """The person is back from a network's consent page."""
    if error or not code:
        return see_other("/channels", Notice("The account was not connected: the network's page was left.", "careful"))
    try:
        async with stay.trying():
            account = await actions.finish_connect(
                stay.session, stay.actor, http_of(request), organization_id=stay.organization_id, state=state, code=code
            )
    except AipromoteError as refused:
        return see_other("/channels", Notice(f"The account was not connected. {refused.message}", "bad"))
    return see_other("/channels", Notice(f"{account.platform.label}: {account.handle} is connected."))


@router.post("/channels/bluesky")
async def connect_bluesky(
    request: Request,
    stay: Administering,
    identifier: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    server: Annotated[str, Form()] = _BLUESKY,
) -> Response:
    """Connect with an app password, which is used once and not kept."""
    try:
        async with stay.trying():
            account = await actions.connect_with_password(
                stay.session,
                stay.actor,
                http_of(request),
                organization_id=stay.organization_id,
                server=server,
                identifier=identifier,
                password=password,
            )
    except AipromoteError as refused:
        return await _shown(
            request, stay, status=refused.status, identifier=identifier, server=server, problem=refused.message
        )
    return see_other("/channels", Notice(f"Bluesky: {account.handle} is connected."))


@router.post("/channels/{account_id}/disconnect")
async def disconnect(stay: Administering, account_id: UUID) -> Response:
    """Forget the account's tokens."""
    account = await actions.disconnect(
        stay.session, stay.actor, organization_id=stay.organization_id, account_id=account_id
    )
    text = f"{account.platform.label}: {account.handle} is disconnected. Its tokens are gone, its history stays."
    return see_other("/channels", Notice(text))


async def _shown(
    request: Request, stay: Stay, *, status: int = 200, identifier: str = "", server: str = _BLUESKY, problem: str = ""
) -> Response:
    accounts = await queries.accounts(stay.session, organization_id=stay.organization_id, active_only=False)
    return page(
        request,
        "channels.html",
        stay=stay,
        status=status,
        accounts=accounts,
        platforms=list(Platform),
        identifier=identifier,
        server=server,
        is_usual_server=server == _BLUESKY,
        problem=problem,
    )


def _own_address(request: Request, path: str) -> str:
    """A page's whole address, as networks send people back to it."""
    base = settings.get().public_url or str(request.base_url)
    return base.rstrip("/") + path
