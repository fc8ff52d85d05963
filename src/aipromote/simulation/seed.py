"""Planting the sample data: once, whole or not at all, whoever else is planting at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock, schema
from aipromote.accounts.actor import Actor
from aipromote.accounts.models import User
from aipromote.accounts.queries import actor_of
from aipromote.channels.models import SocialAccount
from aipromote.content import actions as content
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.organizations.models import Organization
from aipromote.publishing.actions import schedule_post
from aipromote.simulation.sample import beside, people, pieces, posts, results
from aipromote.simulation.sample.posts import Written
from aipromote.simulation.sample.story import Story, tell

NAMESPACE = UUID("6f0f8d4e-6a55-5d0b-9c39-5f7a2f1f6b11")
ORGANIZATION = uuid5(NAMESPACE, "pagerlane")
"""Always the same id: by it a repeated planting finds what is there. Its dates are those of the first planting."""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('aipromote sample data', 0))"
_PATIENCE = "120s"
"""How long one who comes second waits for the first to finish."""

Accounts = Mapping[Platform, SocialAccount]


@dataclass(frozen=True)
class SeedResult:
    """`passwords` by e-mail, of the users that were made now; `rows` by table of the fifteen models."""

    passwords: dict[str, str]
    rows: dict[str, int]


async def plant(database: Database) -> SeedResult:
    """Plant the sample data unless it is there. Raises SetupError where the example briefs are not installed."""
    async with database.transaction(ORGANIZATION) as session:
        if await _is_planted(session):
            return SeedResult({}, await _count(session))
    story = await tell(clock.now())
    await results.make_room(database, story)
    async with database.transaction(ORGANIZATION) as session:
        await session.execute(select(func.set_config("statement_timeout", _PATIENCE, True)))
        await session.execute(text(_LOCK))
        passwords = {} if await _is_planted(session) else await _plant(session, story)
        return SeedResult(passwords, await _count(session))


async def _is_planted(session: AsyncSession) -> bool:
    return await session.get(Organization, ORGANIZATION) is not None


async def _plant(session: AsyncSession, story: Story) -> dict[str, str]:
    users, passwords = await people.users(session)
    owner = users[people.OWNER]
    actor = actor_of(owner)
    await people.startup(session, story, people=users, key=ORGANIZATION)
    plan = await pieces.strategy(session, actor, story, key=ORGANIZATION)
    accounts = await posts.accounts(session, story, key=ORGANIZATION)
    written = await pieces.written(session, actor, story, plan=plan)
    published = await _weeks_that_were(session, actor, story, written=written, accounts=accounts)
    await results.summed_up(session, actor, story, key=ORGANIZATION)
    turned_away = accounts[story.lost.scenes[0].place.slot.platform]
    await results.told_of_disconnection(
        session, story, key=ORGANIZATION, people=list(users.values()), account=turned_away
    )
    await _days_to_come(session, actor, story, written=written, accounts=accounts)
    waiting = [written[scene.place.key][1] for scene in story.ahead.scenes]
    await beside.kept(session, actor, key=ORGANIZATION, pieces=waiting)
    await pieces.date_approvals(session, key=ORGANIZATION)
    await people.count_usage(session, story, owner=owner, published=published)
    return passwords


async def _weeks_that_were(
    session: AsyncSession, actor: Actor, story: Story, *, written: Mapping[str, Written], accounts: Accounts
) -> list[datetime]:
    """Four weeks of posts that went out and were measured, and one whose posts did not. Returns when posts went out."""
    out = [written[scene.place.key] for chapter in story.out for scene in chapter.scenes]
    lost = [written[scene.place.key] for scene in story.lost.scenes]
    passed = await pieces.approved(session, actor, key=ORGANIZATION, pieces=[piece for _, piece in (*out, *lost)])
    out, lost = ([one for one in part if one[1].id in passed] for part in (out, lost))
    await posts.mark_scheduled(session, [*out, *lost])
    published = await posts.published(session, out, by=accounts)
    ended = await posts.ended_without(session, lost, by=accounts)
    await posts.mirrored(session, key=ORGANIZATION, posts=[*published, *ended])
    rows = await pieces.pieces_by_id(session, key=ORGANIZATION)
    await results.measured(session, published, pieces=rows, by=accounts)
    await content.archive(session, actor, organization_id=ORGANIZATION, piece_id=ended[-1].content_piece_id)
    return [post.published_at for post in published if post.published_at is not None]


async def _days_to_come(
    session: AsyncSession, actor: Actor, story: Story, *, written: Mapping[str, Written], accounts: Accounts
) -> None:
    """Pieces that wait for a person, and one that is scheduled for the plan's last day."""
    ahead = [written[scene.place.key][1] for scene in story.ahead.scenes]
    await pieces.reviewed_ahead(session, actor, key=ORGANIZATION, pieces=ahead)
    scene, piece = written[story.far.scenes[0].place.key]
    await content.approve(session, actor, organization_id=ORGANIZATION, piece_id=piece.id, revision=piece.revision)
    await schedule_post(
        session,
        actor,
        organization_id=ORGANIZATION,
        piece=piece,
        account_id=accounts[piece.platform].id,
        scheduled_at=scene.at,
        local_time=scene.local,
        time_zone=scene.zone,
    )


async def _count(session: AsyncSession) -> dict[str, int]:
    """The sample's rows, by table: those of the organization, and those of its people."""
    users = select(User.id).where(func.lower(User.email).in_(people.EMAILS))
    rows = {}
    for name in schema.FIFTEEN:
        table = schema.metadata.tables[name]
        if "organization_id" in table.c:
            mine = table.c.organization_id == ORGANIZATION
        elif "user_id" in table.c:
            mine = table.c.user_id.in_(users)
        else:
            mine = table.c.id == ORGANIZATION if name == "organizations" else table.c.id.in_(users)
        rows[name] = await session.scalar(select(func.count()).select_from(table).where(mine)) or 0
    return rows
