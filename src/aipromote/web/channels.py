"""Connected accounts: how they stand, connecting more of them, choosing among several, checking, disconnecting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from aipromote import settings
from aipromote.channels import apps, choices, connecting, looks
from aipromote.channels.standing import standing, standings
from aipromote.connectors import registry
from aipromote.connectors.describing import abilities, reported
from aipromote.connectors.protocols import Connector, by_key, by_oauth, registers
from aipromote.documents.vocabulary import Platform
from aipromote.errors import AipromoteError, InvalidInput, NotSignedIn
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Administering, Stay, Viewing, database_of, entering, http_of
from aipromote.languages import _, ngettext
from aipromote.organizations.states import Role
from aipromote.web.render import page

router = APIRouter()

PREFIX = "ask-"
"""What the names of fields begin with that a connector asks for."""


@router.get("/channels")
async def channels_page(request: Request, stay: Viewing) -> Response:
    """All accounts, and the ways to connect one."""
    return await _shown(request, stay)


@router.post("/channels/connect/{connector}")
async def connect(
    request: Request,
    connector: str,
    server: Annotated[str, Form(max_length=2000)] = "",
    platform: Annotated[Platform | None, Form()] = None,
) -> Response:
    """Lead to the network's consent page, or connect with what was typed."""
    network = registry.get(connector)
    form = await request.form()
    given = {ask.name: str(form.get(PREFIX + ask.name) or "") for ask in network.asks}
    async with entering(request, Role.ADMIN) as stay:
        pass
    try:
        if by_oauth(network):
            address = await connecting.begin(
                database_of(request),
                stay.actor,
                http_of(request),
                organization_id=stay.organization_id,
                connector=connector,
                platform=platform,
                server=server,
                given=given,
                redirect_uri=own_address(request, "/channels/callback"),
            )
            return page(request, "channels_leave.html", address=address, label=network.platform.label)
        outcome = await connecting.sign_in(
            database_of(request),
            stay.actor,
            http_of(request),
            organization_id=stay.organization_id,
            connector=connector,
            server=server,
            given=given,
        )
    except NotSignedIn:
        raise
    except AipromoteError as refused:
        kept = {ask.name: given[ask.name] for ask in network.asks if not ask.is_secret}
        async with entering(request, Role.ADMIN) as again:
            return await _shown(
                request, again, refused=refused, at=connector, typed=kept | {"server": server}, platform=platform
            )
    return _led_on(outcome)


@router.get("/channels/callback")
async def came_back(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
    """The person is back from a network's consent page."""
    async with entering(request, Role.ADMIN) as stay:
        pass
    try:
        if error or not code:
            await connecting.turn_back(
                database_of(request), stay.actor, organization_id=stay.organization_id, state=state[:500]
            )
            text = _("The account was not connected: the network's page was left without a consent.")
            return see_other("/channels", Notice(text, "careful"))
        outcome = await connecting.come_back(
            database_of(request),
            stay.actor,
            http_of(request),
            organization_id=stay.organization_id,
            state=state[:500],
            code=code[:10_000],
        )
    except AipromoteError as refused:
        return see_other("/channels", Notice(_("The account was not connected."), "bad", (refused.message,)))
    return _led_on(outcome)


@router.get("/channels/choose/{choice_id}")
async def choose_page(request: Request, stay: Administering, choice_id: UUID) -> Response:
    """The places that a consent opened, to tick."""
    return await _to_choose(request, stay, choice_id)


@router.post("/channels/choose/{choice_id}")
async def choose(request: Request, choice_id: UUID, chosen: Annotated[list[int] | None, Form()] = None) -> Response:
    """Connect those that were ticked."""
    async with entering(request, Role.ADMIN) as stay:
        pass
    try:
        connected = await connecting.choose(
            database_of(request),
            stay.actor,
            organization_id=stay.organization_id,
            choice_id=choice_id,
            chosen=set(chosen or []),
        )
    except InvalidInput as refused:
        async with entering(request, Role.ADMIN) as again:
            return await _to_choose(request, again, choice_id, refused=refused)
    return _led_on(connecting.Outcome(tuple(connected)))


@router.post("/channels/{account_id}/check")
async def check(request: Request, account_id: UUID) -> Response:
    """Ask the network now whether it lets the account in."""
    async with entering(request, Role.ADMIN) as stay:
        pass
    key = (stay.organization_id, account_id)
    await looks.ask(database_of(request), http_of(request), [key], every=looks.ASK_NOW_EVERY)
    async with entering(request, Role.ADMIN) as again:
        told = await standing(again.session, organization_id=again.organization_id, account_id=account_id)
    name = f"{told.account.platform.label}: {told.account.handle}"
    if told.answer == "lets it in":
        return see_other("/channels", Notice(_("%(account)s was checked: the network lets it in.", account=name)))
    text = _(
        "%(account)s was checked. %(answer)s",
        account=name,
        answer=told.answer or told.account.error_message or _("It is not connected."),
    )
    return see_other("/channels", Notice(text, "careful", (told.advice,) if told.advice else ()))


@router.post("/channels/{account_id}/disconnect")
async def disconnect(request: Request, account_id: UUID) -> Response:
    """Erase the account's tokens, and tell the network."""
    async with entering(request, Role.ADMIN) as stay:
        pass
    gone = await connecting.disconnect(
        database_of(request),
        stay.actor,
        http_of(request),
        organization_id=stay.organization_id,
        account_id=account_id,
    )
    text = _(
        "%(network)s: %(handle)s is disconnected. Its tokens are gone, its history stays.",
        network=gone.account.platform.label,
        handle=gone.account.handle,
    )
    return see_other("/channels", Notice(text, details=(gone.note,) if gone.note else ()))


def _led_on(outcome: connecting.Outcome) -> Response:
    """To the choice that has to be made, or back to the list."""
    if outcome.choice_id is not None:
        return see_other(f"/channels/choose/{outcome.choice_id}")
    names = ", ".join(account.handle for account in outcome.accounts)
    text = ngettext(
        "%(network)s: %(names)s is connected.",
        "%(network)s: %(names)s are connected.",
        len(outcome.accounts),
        network=outcome.accounts[0].platform.label,
        names=names,
    )
    return see_other("/channels", Notice(text))


async def _to_choose(
    request: Request, stay: Stay, choice_id: UUID, *, refused: AipromoteError | None = None
) -> Response:
    choice = await choices.look(
        stay.session, organization_id=stay.organization_id, user_id=stay.user.id, choice_id=choice_id
    )
    return page(
        request,
        "channels_choose.html",
        stay=stay,
        status=refused.status if refused else 200,
        choice=choice,
        profiles=[grant.profile for grant in choices.opened(choice).grants],
        problem=refused.message if refused else "",
    )


async def _shown(
    request: Request,
    stay: Stay,
    *,
    refused: AipromoteError | None = None,
    at: str = "",
    typed: Mapping[str, str] | None = None,
    platform: Platform | None = None,
) -> Response:
    own = registry.own()
    places = [apps.place_of(one, one.server) for one in own if apps.is_entered(one)]
    known = await apps.all_known(stay.session, places)
    return page(
        request,
        "channels.html",
        stay=stay,
        status=refused.status if refused else 200,
        standings=await standings(stay.session, organization_id=stay.organization_id),
        networks=[_network(one, has_app=bool(known.get(apps.place_of(one, one.server)))) for one in own],
        sandbox=registry.get("sandbox"),
        platforms=list(Platform),
        platform=platform,
        at=at,
        typed=typed or {},
        problem=refused.message if refused else "",
        ask_prefix=PREFIX,
        is_on_this_machine=bool(settings.get().sandbox_url),
    )


def _network(connector: Connector, *, has_app: bool) -> dict[str, object]:
    """What the page shows of one."""
    can, limits = connector.capabilities(connector.platform), connector.limits(connector.platform)
    return {
        "connector": connector,
        "label": connector.platform.label,
        "can": abilities(can, limits),
        "reports": reported(can),
        "lacks_app": apps.is_entered(connector) and not has_app,
        "asks_server": registers(connector),
        "is_typed": by_key(connector) and not by_oauth(connector),
    }


def own_address(request: Request, path: str) -> str:
    """A page's whole address, as networks send people back to it."""
    base = settings.get().public_url or str(request.base_url)
    return base.rstrip("/") + path
