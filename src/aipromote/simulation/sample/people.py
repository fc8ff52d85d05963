"""Two people, the startup of one of them, and what its plan counted."""

from __future__ import annotations

import secrets
from collections import Counter
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actions import create_user
from aipromote.accounts.models import User
from aipromote.accounts.queries import actor_of
from aipromote.accounts.states import UserRole
from aipromote.assets.actions import keep_text, store
from aipromote.assets.models import Asset
from aipromote.assets.states import AssetType
from aipromote.billing.actions import start_subscription
from aipromote.billing.models import Subscription, Usage
from aipromote.billing.plans import SELF_HOSTED
from aipromote.billing.queries import subscription
from aipromote.brand.actions import adopt_brief
from aipromote.briefs.actions import open_draft, save_step
from aipromote.organizations.actions import create
from aipromote.organizations.models import Membership, Organization
from aipromote.organizations.states import Role
from aipromote.simulation.sample.story import BRIEF, Story

OWNER = "ada@pagerlane.example"
ADMIN = "admin@pagerlane.example"
EMAILS = (OWNER, ADMIN)


async def users(session: AsyncSession) -> tuple[dict[str, User], dict[str, str]]:
    """Both people by e-mail, and the passwords of those that had to be made. Nobody's password is changed."""
    found = await session.scalars(select(User).where(func.lower(User.email).in_(EMAILS)))
    people = {user.email.lower(): user for user in found}
    passwords: dict[str, str] = {}
    for email, name, role in ((OWNER, "Ada Berg", UserRole.USER), (ADMIN, "Administrator", UserRole.ADMIN)):
        if email not in people:
            passwords[email] = secrets.token_urlsafe(12)
            people[email] = await create_user(session, email=email, password=passwords[email], name=name, role=role)
    return people, passwords


async def startup(session: AsyncSession, story: Story, *, people: dict[str, User], key: UUID) -> Organization:
    """The organization under this id, with founders, members, brand rules, facts, its brief as a file, and a plan."""
    owner = people[OWNER]
    actor = actor_of(owner)
    organization = await create(session, actor, brief=story.brief, organization_id=key)
    organization.created_at = story.planned_at
    session.add(Membership(organization_id=key, user_id=people[ADMIN].id, role=Role.ADMIN))
    await adopt_brief(session, actor, organization_id=key, brief=story.brief)
    asset = await store(
        session,
        actor,
        organization_id=key,
        name=BRIEF.name,
        content=story.brief_yaml,
        mime_type="application/yaml",
        type=AssetType.DOCUMENT,
    )
    described = {"title": "The brief", "description": "As it was handed in.", "tags": ["brief"]}
    await session.execute(update(Asset).where(Asset.organization_id == key, Asset.id == asset.id).values(described))
    lines = [(f"line {number}", line) for number, line in enumerate(story.brief_yaml.decode().splitlines(), start=1)]
    await keep_text(session, actor, organization_id=key, asset_id=asset.id, passages=lines)
    draft = await open_draft(session, user_id=owner.id)
    begun_brief = {"name": "A second startup", "description": "Not described yet."}
    await save_step(session, user_id=owner.id, draft_id=draft.id, step="basics", values=begun_brief, version=0)
    if await subscription(session, user_id=owner.id) is None:
        await start_subscription(session, user_id=owner.id, plan_id=SELF_HOSTED.id)
        begun = update(Subscription).where(Subscription.user_id == owner.id)
        await session.execute(begun.values(period_start=story.planned_at))
    return organization


async def count_usage(session: AsyncSession, story: Story, *, owner: User, published: list[datetime]) -> None:
    """By month (UTC), what the rows show: pieces when they were written, posts when they went out."""
    begun = _month(story.planned_at)
    written = Counter(_month(chapter.written_at) for chapter in story.chapters for _ in chapter.scenes)
    out = Counter(_month(at) for at in published)
    for month in sorted({begun, *written, *out}):
        session.add(
            Usage(
                user_id=owner.id,
                month=month,
                posts_generated=written[month],
                posts_published=out[month],
                strategies_generated=int(month == begun),
                organizations_created=int(month == begun),
            )
        )
    await session.flush()


def _month(at: datetime) -> date:
    return at.date().replace(day=1)
