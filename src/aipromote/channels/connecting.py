"""Connecting an account from the first click to the stored tokens, and letting it go.

Each step is a short transaction; networks are called between them, with no connection held. What a step used up (the
state of a flow, a choice) is used up whatever the network answers afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import aiohttp
import structlog

from aipromote.accounts.actor import Actor
from aipromote.channels import actions, apps, choices, queries, registering, servers, tokens
from aipromote.channels.choices import Opened
from aipromote.channels.models import SocialAccount
from aipromote.channels.telling import for_people
from aipromote.connectors import registry
from aipromote.connectors.base import revokes
from aipromote.connectors.contract import Ask, Consent, Credentials
from aipromote.connectors.errors import ConnectorError, Revoked
from aipromote.connectors.protocols import Connector
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_LONGEST = 2000
_MOST = 500
"""More places than anybody has; a network that offers more is cut short."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The accounts that are connected now, or the choice that the person has to make first."""

    accounts: tuple[SocialAccount, ...] = ()
    choice_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class LetGo:
    """An account that was disconnected, and what a person should know of the network's side of it."""

    account: SocialAccount
    note: str


async def begin(
    database: Database,
    actor: Actor,
    http: aiohttp.ClientSession,
    *,
    organization_id: UUID,
    connector: str,
    redirect_uri: str,
    server: str = "",
    given: Mapping[str, str] | None = None,
    platform: Platform | None = None,
) -> str:
    """The address of the network's consent page. `given` are the answers to the connector's `asks`.

    Conflict where an app is missing, InvalidInput for what was typed, Unavailable when the network does not answer.
    """
    network = registry.oauth(connector)
    wanted = _platform(network, platform)
    async with database.transaction(organization_id) as session:
        await actions.may_connect(session, actor, organization_id=organization_id, platform=wanted)
    told, place = answers(network.asks, given or {}), servers.chosen(network, server)
    app = await registering.ready(database, http, network, server=place, redirect_uri=redirect_uri)
    async with database.transaction(organization_id) as session:
        return await actions.start_connect(
            session,
            actor,
            organization_id=organization_id,
            platform=wanted,
            connector=connector,
            server=place,
            redirect_uri=redirect_uri,
            hint=told,
            app=app,
        )


async def come_back(
    database: Database, actor: Actor, http: aiohttp.ClientSession, *, organization_id: UUID, state: str, code: str
) -> Outcome:
    """The person is back: trade the code for tokens, and keep the account or ask which of several.

    The state is good once, for who began the flow, in the same organization, for ten minutes; anything else is
    NotAllowed. A network that refuses or does not answer is InvalidInput or Unavailable.
    """
    async with database.transaction(organization_id) as session:
        flow = await actions.take_flow(session, actor, organization_id=organization_id, state=state)
        network = registry.oauth(flow.connector)
        place = apps.place_of(network, flow.server)
        known = (await apps.all_known(session, [place]))[place] if apps.uses(network) else []
    app = apps.through(known, flow.client_id)
    consent = Consent(
        flow.server, flow.redirect_uri, state, flow.code_verifier or "", app, json.loads(flow.hint or "{}")
    )
    try:
        found = await network.exchange(http, consent, code=code)
    except ConnectorError as error:
        raise for_people(error) from error
    opened = Opened(flow.platform, flow.connector, tuple(found[:_MOST]), app.client_id if app else None)
    return await _settled(database, actor, organization_id=organization_id, opened=opened)


async def turn_back(database: Database, actor: Actor, *, organization_id: UUID, state: str) -> None:
    """The person left the network's page without a consent: the flow ends. NotAllowed as with `come_back`."""
    async with database.transaction(organization_id) as session:
        await actions.take_flow(session, actor, organization_id=organization_id, state=state)


async def sign_in(
    database: Database,
    actor: Actor,
    http: aiohttp.ClientSession,
    *,
    organization_id: UUID,
    connector: str,
    given: Mapping[str, str],
    server: str = "",
) -> Outcome:
    """Connect with what the person typed, by the names of the connector's `asks`."""
    network = registry.keyed(connector)
    async with database.transaction(organization_id) as session:
        await actions.may_connect(session, actor, organization_id=organization_id, platform=network.platform)
    told, place = answers(network.asks, given), servers.chosen(network, server)
    try:
        found = await network.sign_in(http, server=place, given=told)
    except ConnectorError as error:
        raise for_people(error) from error
    opened = Opened(network.platform, connector, tuple(found[:_MOST]))
    return await _settled(database, actor, organization_id=organization_id, opened=opened)


async def choose(
    database: Database, actor: Actor, *, organization_id: UUID, choice_id: UUID, chosen: Collection[int]
) -> list[SocialAccount]:
    """Connect these of the places, by their position. The choice is made with this; nothing is kept of the others."""
    async with database.transaction(organization_id) as session:
        choice = await actions.take_choice(session, actor, organization_id=organization_id, choice_id=choice_id)
        opened = choices.opened(choice)
        wanted = tuple(grant for position, grant in enumerate(opened.grants) if position in chosen)
        if not wanted:
            raise InvalidInput("Choose at least one of them.", field="chosen")
        return await actions.keep_opened(
            session, actor, organization_id=organization_id, opened=replace(opened, grants=wanted)
        )


async def disconnect(
    database: Database, actor: Actor, http: aiohttp.ClientSession, *, organization_id: UUID, account_id: UUID
) -> LetGo:
    """Erase the tokens, then tell the network that they are not needed any more. The network cannot prevent it."""
    async with database.transaction(organization_id) as session:
        account = await queries.account(session, organization_id=organization_id, account_id=account_id, lock=True)
        app = (await apps.of_accounts(session, [account])).get((organization_id, account_id))
        try:
            known: Credentials | None = tokens.credentials(account, app)
        except Revoked:
            known = None
        await actions.disconnect(session, actor, organization_id=organization_id, account_id=account_id)
    return LetGo(account, await _revoked(http, account, known))


async def _revoked(http: aiohttp.ClientSession, account: SocialAccount, known: Credentials | None) -> str:
    """Best effort; what the person has to know when it did not work."""
    label = account.platform.label
    by_hand = f"Take AIPromote's access away on {label} as well, in the settings of the account there."
    if known is None:
        return ""
    network = registry.get(account.connector)
    if not revokes(network):
        return f"{label} takes no word of it from programs. {by_hand}" if account.connector != servers.SANDBOX else ""
    try:
        await network.revoke(http, known)
    except ConnectorError as error:
        log.warning("access was not revoked", account=str(account.id), error=type(error).__name__, code=error.code)
        return f"{label} could not be told: {error.reason} {by_hand}"
    except Exception as error:  # noqa: BLE001 -- what is erased here is erased, whatever a connector does
        log.warning("access was not revoked", account=str(account.id), error=type(error).__name__)
        return f"{label} could not be told ({type(error).__name__}). {by_hand}"
    return f"{label} was told that its access has ended."


async def _settled(database: Database, actor: Actor, *, organization_id: UUID, opened: Opened) -> Outcome:
    if not opened.grants:
        raise InvalidInput(f"{opened.platform.label} let us in, but named no place that you can publish to.")
    async with database.transaction(organization_id) as session:
        if len(opened.grants) > 1:
            choice = await actions.offer(session, actor, organization_id=organization_id, opened=opened)
            return Outcome(choice_id=choice)
        kept = await actions.keep_opened(session, actor, organization_id=organization_id, opened=opened)
        return Outcome(tuple(kept))


def answers(asks: Sequence[Ask], given: Mapping[str, str]) -> dict[str, str]:
    """What was typed, by the names that the connector asks for. InvalidInput for what is missing or too long."""
    told = {}
    for ask in asks:
        value = given.get(ask.name, "")
        value = value if ask.is_secret else value.strip()
        if not value.strip() and ask.is_required:
            raise InvalidInput(f"Please fill in: {ask.label}.", field=ask.name)
        if len(value) > _LONGEST or "\x00" in value:
            raise InvalidInput(f"{ask.label}: that is too long, or holds characters that cannot be.", field=ask.name)
        if value.strip():
            told[ask.name] = value
    return told


def _platform(network: Connector, wanted: Platform | None) -> Platform:
    """The sandbox stands in for any platform; every other network serves its own."""
    return (wanted or network.platform) if network.name == servers.SANDBOX else network.platform
