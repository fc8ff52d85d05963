"""Connecting accounts, disconnecting them, and keeping their tokens alive."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import aiohttp
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import SYSTEM, Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.billing.queries import plan_of
from aipromote.channels import flows, keeping, queries
from aipromote.channels.letters import tell_reconnect
from aipromote.channels.models import OAuthFlow, SocialAccount
from aipromote.connectors import registry
from aipromote.connectors.contract import Consent
from aipromote.connectors.errors import ConnectorError, RateLimited, Unreachable
from aipromote.db.base import new_id
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict, InvalidInput, LimitReached, NotAllowed, Unavailable
from aipromote.organizations import actions as organizations
from aipromote.organizations.queries import organization
from aipromote.organizations.states import Role

FLOW_LASTS = timedelta(minutes=10)


async def start_connect(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    platform: Platform,
    connector: str,
    server: str,
    redirect_uri: str,
    hint: Mapping[str, str] | None = None,
) -> str:
    """Begin an OAuth flow: the URL to send the person to. They must come back within ten minutes, as the same user."""
    await organizations.require(session, actor, organization_id=organization_id, role=Role.ADMIN)
    user_id = _person(actor)
    await _require_plan(session, organization_id=organization_id, platform=platform)
    network = registry.oauth(connector)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    flow = OAuthFlow(
        organization_id=organization_id,
        id=new_id(),
        user_id=user_id,
        platform=platform,
        connector=connector,
        server=_clean_server(server),
        state_hash=flows.state_hash(state),
        redirect_uri=redirect_uri,
        expires_at=clock.now() + FLOW_LASTS,
    )
    flow.code_verifier = verifier
    await flows.sweep(session, organization_id=organization_id)
    session.add(flow)
    await session.flush()
    told = {"platform": platform.value, **(hint or {})}
    return network.authorization_url(Consent(flow.server, redirect_uri, state, verifier, hint=told))


async def finish_connect(
    session: AsyncSession, actor: Actor, http: aiohttp.ClientSession, *, organization_id: UUID, state: str, code: str
) -> SocialAccount:
    """The person came back: trade the code for tokens and keep the account.

    The state is good once, for who began the flow, until it expires; anything else is NotAllowed. A network that
    refuses or does not answer is InvalidInput or Unavailable.
    """
    await organizations.require(session, actor, organization_id=organization_id, role=Role.ADMIN)
    flow = await flows.take(session, organization_id=organization_id, user_id=_person(actor), state=state)
    network = registry.oauth(flow.connector)
    try:
        consent = Consent(flow.server, flow.redirect_uri, state, flow.code_verifier or "")
        grant, *_ = await network.exchange(http, consent, code=code)
    except ConnectorError as error:
        raise _for_people(error) from error
    account = await keeping.keep(
        session,
        organization_id=organization_id,
        platform=flow.platform,
        connector=flow.connector,
        credentials=grant.credentials,
        profile=grant.profile,
    )
    await _record(session, actor, account, "account.connected")
    return account


async def connect_with_password(
    session: AsyncSession,
    actor: Actor,
    http: aiohttp.ClientSession,
    *,
    organization_id: UUID,
    server: str,
    identifier: str,
    password: str,
    connector: str = "bluesky",
) -> SocialAccount:
    """Connect an account by its handle and an app password, which is not kept."""
    await organizations.require(session, actor, organization_id=organization_id, role=Role.ADMIN)
    platform = Platform.BLUESKY if connector == "bluesky" else Platform.SANDBOX
    await _require_plan(session, organization_id=organization_id, platform=platform)
    network = registry.keyed(connector)
    try:
        given = {"identifier": identifier, "password": password}
        grant, *_ = await network.sign_in(http, server=_clean_server(server), given=given)
    except ConnectorError as error:
        raise _for_people(error) from error
    account = await keeping.keep(
        session,
        organization_id=organization_id,
        platform=platform,
        connector=connector,
        credentials=grant.credentials,
        profile=grant.profile,
    )
    await _record(session, actor, account, "account.connected")
    return account


async def disconnect(session: AsyncSession, actor: Actor, *, organization_id: UUID, account_id: UUID) -> SocialAccount:
    """Forget the tokens and publish nothing more; the row and its history stay."""
    await organizations.require(session, actor, organization_id=organization_id, role=Role.ADMIN)
    account = await queries.account(session, organization_id=organization_id, account_id=account_id, lock=True)
    _deactivate(account, reason=None)
    account.access_token = account.refresh_token = None
    account.expires_at = None
    await _record(session, actor, account, "account.disconnected")
    await session.flush()
    return account


async def mark_unusable(session: AsyncSession, *, organization_id: UUID, account_id: UUID, reason: str) -> None:
    """The network no longer lets this account in: a person must connect it again. `reason` is what they read."""
    account = await queries.account(session, organization_id=organization_id, account_id=account_id, lock=True)
    if account.is_active:
        _deactivate(account, reason=reason)
        await _record(session, SYSTEM, account, "account.turned_away", reason=reason)
        await session.flush()
        await tell_reconnect(session, account)


async def _record(
    session: AsyncSession, actor: Actor, account: SocialAccount, action: str, *, reason: str | None = None
) -> None:
    told = {"platform": account.platform, "handle": account.handle, "server": account.server}
    await audit.record(
        session,
        actor,
        organization_id=account.organization_id,
        action=action,
        subject="social_accounts",
        subject_id=account.id,
        detail=Detail(after=told, reason=reason),
    )


def _deactivate(account: SocialAccount, *, reason: str | None) -> None:
    account.is_active = False
    account.error_message = reason[:2000] if reason else None


async def _require_plan(session: AsyncSession, *, organization_id: UUID, platform: Platform) -> None:
    startup = await organization(session, organization_id=organization_id)
    plan = await plan_of(session, user_id=startup.owner_id)
    if plan.platforms is not None and platform not in plan.platforms:
        allowed = ", ".join(sorted(one.label for one in plan.platforms))
        raise LimitReached(f"The plan {plan.label} publishes to {allowed}. A larger plan allows {platform.label}.")


def _clean_server(server: str) -> str:
    """The base URL of an instance, without a slash at its end. InvalidInput for anything but http(s)."""
    parts = urlsplit(server.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise InvalidInput("Please give the address of the server, such as https://bsky.social.", field="server")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise NotAllowed("Only a person can connect an account.")
    return actor.user_id


def _for_people(error: ConnectorError) -> InvalidInput | Unavailable | Conflict:
    """What a person reads when the network does not play along while they connect."""
    if isinstance(error, RateLimited):
        return Conflict(f"The network asks to wait before connecting: {error.reason}")
    if isinstance(error, Unreachable):
        return Unavailable(f"The network does not answer: {error.reason} Please try again.")
    return InvalidInput(f"The network did not accept the connection: {error.reason}")
