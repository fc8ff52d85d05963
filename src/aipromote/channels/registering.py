"""Registering apps with networks: one that an administrator enters, or that a server makes when it is asked."""

from __future__ import annotations

import aiohttp
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts import queries as accounts
from aipromote.accounts.actor import SYSTEM, Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.channels import apps
from aipromote.channels.apps import Known, Source
from aipromote.channels.models import NetworkApp
from aipromote.channels.telling import for_people
from aipromote.connectors.contract import App
from aipromote.connectors.errors import ConnectorError
from aipromote.connectors.protocols import Connector, registers
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.errors import Conflict, InvalidInput, NotFound
from aipromote.organizations.actions import make_internal
from aipromote.organizations.models import INTERNAL_ORGANIZATION

_LONGEST_ID, _LONGEST_SECRET = 500, 2000


async def ready(
    database: Database, http: aiohttp.ClientSession, connector: Connector, *, server: str, redirect_uri: str
) -> App | None:
    """The app to send a person away with: known, or registered now where the server does that by itself.

    None where the network needs none. Conflict where the operator has not registered one yet.
    """
    if not apps.uses(connector):
        return None
    async with database.transaction() as session:
        known = await apps.current(session, connector, server, redirect_uri=redirect_uri)
    if known is not None:
        return known.app
    if not registers(connector):
        raise Conflict(apps.missing(connector))
    try:
        app = await connector.register(http, server=server, redirect_uri=redirect_uri)
    except ConnectorError as error:
        raise for_people(error) from error
    async with database.transaction(INTERNAL_ORGANIZATION) as session:
        await make_internal(session)
        fresh = Known(connector.name, server, app.client_id, Source.SERVER, redirect_uri, app.client_secret)
        await _store(session, SYSTEM, fresh)
    return app


async def enter(session: AsyncSession, actor: Actor, *, connector: Connector, client_id: str, secret: str) -> None:
    """Keep the app that an administrator registered. The caller's transaction names the product's own organization.

    An empty secret keeps the one that is stored for this id. Conflict where the settings name one, NotAllowed for who
    does not administer the instance.
    """
    await accounts.must_administer(session, actor)
    if not apps.is_entered(connector):
        raise NotFound(f"{connector.platform.label} needs no app here.")
    place = (connector.name, connector.server)
    if place in apps.from_settings():
        raise Conflict("This app stands in AIPROMOTE_APPS, which comes first. Change it there.")
    given_id, given_secret = client_id.strip(), secret.strip()
    if not given_id or len(given_id) > _LONGEST_ID or not given_id.isprintable():
        raise InvalidInput("Please give the client id, as the network shows it.", field="client_id")
    if len(given_secret) > _LONGEST_SECRET or not given_secret.isprintable():
        raise InvalidInput("This is no client secret: it is too long, or has line breaks.", field="client_secret")
    if not given_secret:
        stored = (await apps.all_known(session, [place]))[place]
        given_secret = next((one.secret for one in stored if one.client_id == given_id), "")
    await make_internal(session)
    await _store(session, actor, Known(*place, given_id, Source.PAGE, secret=given_secret))


async def remove(session: AsyncSession, actor: Actor, *, connector: Connector, client_id: str) -> None:
    """Forget an app that was entered. Accounts that were connected through it cannot be renewed any more.

    NotAllowed for who does not administer the instance.
    """
    await accounts.must_administer(session, actor)
    gone: NetworkApp | None = await session.scalar(
        delete(NetworkApp)
        .where(
            NetworkApp.organization_id == INTERNAL_ORGANIZATION,
            NetworkApp.connector == connector.name,
            NetworkApp.server == connector.server,
            NetworkApp.client_id == client_id,
        )
        .returning(NetworkApp)
    )
    if gone is None:
        raise NotFound("There is no such app (any more).")
    await _record(session, actor, "network_app.removed", gone)


async def _store(session: AsyncSession, actor: Actor, known: Known) -> None:
    mine = (
        NetworkApp.organization_id == INTERNAL_ORGANIZATION,
        NetworkApp.connector == known.connector,
        NetworkApp.server == known.server,
        NetworkApp.client_id == known.client_id,
    )
    fresh = insert(NetworkApp).values(
        organization_id=INTERNAL_ORGANIZATION,
        id=new_id(),
        connector=known.connector,
        server=known.server,
        client_id=known.client_id,
        chosen_at=clock.now(),
    )
    await session.execute(fresh.on_conflict_do_nothing())
    row = await session.scalar(select(NetworkApp).where(*mine).with_for_update())
    if row is None:  # taken away at the same moment
        raise Conflict("This app was removed meanwhile. Please enter it again.")
    row.client_secret, row.redirect_uri, row.chosen_at = known.secret or None, known.redirect_uri, clock.now()
    await session.flush()
    await _record(session, actor, "network_app.chosen", row)


async def _record(session: AsyncSession, actor: Actor, action: str, app: NetworkApp) -> None:
    told = {"connector": app.connector, "server": app.server, "client_id": app.client_id}
    await audit.record(
        session,
        actor,
        organization_id=INTERNAL_ORGANIZATION,
        action=action,
        subject="network_apps",
        subject_id=app.id,
        detail=Detail(after=told),
    )
