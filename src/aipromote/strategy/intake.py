"""From a brief to a running start: the organization, its rules and facts, and the request for its first strategy."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.ai import actions as requests
from aipromote.ai.models import GenerationRequest, Order
from aipromote.ai.states import RequestKind
from aipromote.assets import actions as assets
from aipromote.assets.states import AssetType
from aipromote.billing import actions as billing
from aipromote.billing import queries as plans
from aipromote.brand import actions as brand
from aipromote.documents.brief import Brief
from aipromote.errors import NotAllowed
from aipromote.organizations import actions as organizations
from aipromote.organizations.models import Organization
from aipromote.organizations.states import Role


async def begin(
    session: AsyncSession, actor: Actor, *, brief: Brief, brief_yaml: str | None = None, start: date | None = None
) -> tuple[Organization, GenerationRequest]:
    """Found the organization and ask for its strategy, in one transaction, which then sees only this organization.

    `brief_yaml` is kept as a file, as it was handed in. The plan begins on `start`, or tomorrow on the audience's
    calendar. Raises NotAllowed unless a person acts, LimitReached where their plan allows no more organizations.
    """
    if actor.user_id is None:
        raise NotAllowed("Only a person can own an organization.")
    organization = await organizations.create(session, actor, brief=brief)
    if await plans.subscription(session, user_id=actor.user_id) is None:
        plan = await plans.plan_of(session, user_id=actor.user_id)
        await billing.start_subscription(session, user_id=actor.user_id, plan_id=plan.id)
    await billing.consume(session, user_id=actor.user_id, what="organizations_created")
    await brand.adopt_brief(session, actor, organization_id=organization.id, brief=brief)
    if brief_yaml is not None:
        await _keep_file(session, actor, organization=organization, brief_yaml=brief_yaml)
    return organization, await ask_for_strategy(session, actor, organization=organization, start=start)


async def ask_for_strategy(
    session: AsyncSession, actor: Actor, *, organization: Organization, start: date | None = None
) -> GenerationRequest:
    """Ask for the (next) version of the plan. It begins on `start`, or tomorrow on the audience's calendar."""
    await organizations.require(session, actor, organization_id=organization.id, role=Role.EDITOR)
    tomorrow = clock.now().astimezone(ZoneInfo(organization.time_zone)).date() + timedelta(days=1)
    return await requests.ask(
        session,
        actor,
        organization_id=organization.id,
        kind=RequestKind.STRATEGY,
        wanted=Order(start=start or tomorrow),
    )


async def _keep_file(session: AsyncSession, actor: Actor, *, organization: Organization, brief_yaml: str) -> None:
    await assets.store(
        session,
        actor,
        organization_id=organization.id,
        name="brief.yaml",
        content=brief_yaml.encode(),
        mime_type="application/yaml",
        type=AssetType.DOCUMENT,
    )
