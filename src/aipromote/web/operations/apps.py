"""The apps that networks know this instance by: which there are, entering one, removing one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from aipromote import clock
from aipromote.channels import apps, registering
from aipromote.connectors import registry
from aipromote.connectors.protocols import Connector, registers
from aipromote.errors import AipromoteError
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Operating, Operator, database_of
from aipromote.languages import _
from aipromote.organizations.models import INTERNAL_ORGANIZATION
from aipromote.web.channels import own_address
from aipromote.web.render import page

router = APIRouter()

Text = Annotated[str, Form(max_length=4000)]


@router.get("/operations/apps")
async def apps_page(request: Request, operator: Operating) -> Response:
    """One line per network that wants an app. Secrets are never shown again."""
    return await _shown(request, operator)


@router.post("/operations/apps/{connector}")
async def enter(
    request: Request, operator: Operating, connector: str, client_id: Text = "", client_secret: Text = ""
) -> Response:
    """Keep what the administrator got from the network."""
    network = registry.get(connector)
    try:
        async with database_of(request).transaction(INTERNAL_ORGANIZATION) as session:
            await registering.enter(
                session, operator.actor, connector=network, client_id=client_id, secret=client_secret
            )
    except AipromoteError as refused:
        return await _shown(request, operator, refused=refused, at=connector, client_id=client_id)
    text = _("The app of %(network)s is kept. People can connect their accounts now.", network=network.platform.label)
    return see_other("/operations/apps", Notice(text))


@router.post("/operations/apps/{connector}/remove")
async def remove(request: Request, operator: Operating, connector: str, client_id: Text) -> Response:
    """Forget one."""
    network = registry.get(connector)
    async with database_of(request).transaction(INTERNAL_ORGANIZATION) as session:
        await registering.remove(session, operator.actor, connector=network, client_id=client_id)
    text = _("The app %(name)s of %(network)s is gone.", name=client_id[:60], network=network.platform.label)
    more = _("Accounts that were connected through it publish until their access ends. Then connect them again.")
    return see_other("/operations/apps", Notice(text, "careful", (more,)))


async def _shown(
    request: Request, operator: Operator, *, refused: AipromoteError | None = None, at: str = "", client_id: str = ""
) -> Response:
    wanted = [one for one in registry.own() if apps.is_entered(one)]
    async with database_of(request).transaction() as session:
        known = await apps.all_known(session, [apps.place_of(one, one.server) for one in wanted])
    return page(
        request,
        "operations/apps.html",
        status=refused.status if refused else 200,
        operator=operator,
        real=clock.real_now(),
        zone=operator.zone,
        networks=[_network(one, known[apps.place_of(one, one.server)]) for one in wanted],
        by_themselves=[one.platform.label for one in registry.own() if registers(one)],
        unknown=apps.unknown_in_settings(),
        back=own_address(request, "/channels/callback"),
        at=at,
        client_id=client_id,
        problem=refused.message if refused else "",
    )


def _network(connector: Connector, known: list[apps.Known]) -> dict[str, object]:
    """What the page shows of one: the app that connects, and older ones that are kept for what they connected."""
    return {
        "name": connector.name,
        "label": connector.platform.label,
        "scopes": sorted(connector.scopes),
        "app": known[0] if known else None,
        "is_set": bool(known) and known[0].source is apps.Source.SETTINGS,
        "older": known[1:],
    }
