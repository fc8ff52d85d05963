"""Connecting accounts, disconnecting them, and keeping their tokens alive."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import SYSTEM, Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.billing.queries import plan_of
from aipromote.channels import choices, flows, keeping, queries, servers
from aipromote.channels.choices import Opened
from aipromote.channels.letters import tell_reconnect
from aipromote.channels.models import ConnectChoice, OAuthFlow, SocialAccount
from aipromote.connectors import registry
from aipromote.connectors.contract import App, Consent
from aipromote.db.base import new_id
from aipromote.documents.vocabulary import Platform
from aipromote.errors import LimitReached, NotAllowed
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
    app: App | None = None,
) -> str:
    """Begin an OAuth flow: the URL to send the person to. They must come back within ten minutes, as the same user."""
    user_id = await may_connect(session, actor, organization_id=organization_id, platform=platform)
    network = registry.oauth(connector)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    flow = OAuthFlow(
        organization_id=organization_id,
        id=new_id(),
        user_id=user_id,
        platform=platform,
        connector=connector,
        server=servers.plain(server),
        state_hash=flows.state_hash(state),
        redirect_uri=redirect_uri,
        client_id=app.client_id if app else None,
        expires_at=clock.now() + FLOW_LASTS,
    )
    told = {"platform": platform.value, **(hint or {})}
    flow.code_verifier, flow.hint = verifier, json.dumps(told)
    await flows.sweep(session, organization_id=organization_id)
    session.add(flow)
    await session.flush()
    return network.authorization_url(Consent(flow.server, redirect_uri, state, verifier, app, told))


async def may_connect(session: AsyncSession, actor: Actor, *, organization_id: UUID, platform: Platform) -> UUID:
    """The person who connects, if they may and the plan has the platform. NotAllowed or LimitReached otherwise."""
    await organizations.require(session, actor, organization_id=organization_id, role=Role.ADMIN)
    user_id = _person(actor)
    await _require_plan(session, organization_id=organization_id, platform=platform)
    return user_id


async def take_flow(session: AsyncSession, actor: Actor, *, organization_id: UUID, state: str) -> OAuthFlow:
    """The flow that comes back with this state, which ends with this. NotAllowed for anybody else's."""
    await organizations.require(session, actor, organization_id=organization_id, role=Role.ADMIN)
    return await flows.take(session, organization_id=organization_id, user_id=_person(actor), state=state)


async def offer(session: AsyncSession, actor: Actor, *, organization_id: UUID, opened: Opened) -> UUID:
    """Let the person choose which of these to connect: the id of the choice."""
    await organizations.require(session, actor, organization_id=organization_id, role=Role.ADMIN)
    return await choices.offer(session, organization_id=organization_id, user_id=_person(actor), opened=opened)


async def take_choice(session: AsyncSession, actor: Actor, *, organization_id: UUID, choice_id: UUID) -> ConnectChoice:
    """The choice that this person has to make, which ends with this."""
    await organizations.require(session, actor, organization_id=organization_id, role=Role.ADMIN)
    return await choices.take(session, organization_id=organization_id, user_id=_person(actor), choice_id=choice_id)


async def keep_opened(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, opened: Opened
) -> list[SocialAccount]:
    """Store the accounts that a network opened. One that was connected before keeps its row and its history."""
    await organizations.require(session, actor, organization_id=organization_id, role=Role.ADMIN)
    kept = []
    for grant in opened.grants:
        account = await keeping.keep(
            session,
            organization_id=organization_id,
            platform=opened.platform,
            connector=opened.connector,
            credentials=grant.credentials,
            profile=grant.profile,
            client_id=opened.client_id,
        )
        await _record(session, actor, account, "account.connected")
        kept.append(account)
    return kept


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


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise NotAllowed("Only a person can connect an account.")
    return actor.user_id
