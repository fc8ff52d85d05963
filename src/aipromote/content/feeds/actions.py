"""Following a feed, and what is written down after each look at it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import SYSTEM, Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.content.feeds import queries
from aipromote.content.feeds.importing import MOST, Imported, import_items
from aipromote.content.feeds.models import Feed
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict, InvalidInput
from aipromote.notifications.actions import Recipient, tell
from aipromote.notifications.told import Told
from aipromote.organizations import queries as organizations
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role
from aipromote.reading.feeds.looking import Look

MOST_FEEDS = 50
MOST_FAILURES = 10
"""In a row, after which a feed is paused and its owner is told."""
HOURS = range(1, 169)
_CLAIM = timedelta(minutes=10)
"""Longer than a look may take: should the process die, another one looks."""


async def follow(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    look: Look,
    platforms: Sequence[Platform],
    newest: int,
    every_hours: int,
) -> tuple[Feed, Imported]:
    """Look at this feed every few hours from now on, and make drafts of its newest items at once.

    A feed that is followed already gets these choices and goes on. Raises InvalidInput, and Conflict for one too many.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    if look.reading is None or look.reading.form == "article":
        raise InvalidInput("This is one article, and no feed that could be followed. Name the feed's address.")
    if every_hours not in HOURS:
        raise InvalidInput(f"Look every {HOURS[0]} to {HOURS[-1]} hours.", field="every_hours")
    known = await queries.feeds(session, organization_id=organization_id)
    same = next((feed for feed in known if feed.address == look.reading.address), None)
    if same is None and len(known) >= MOST_FEEDS:
        raise Conflict(f"{MOST_FEEDS} feeds are followed already. Remove one first.")
    imported = await import_items(
        session,
        actor,
        organization_id=organization_id,
        reading=look.reading,
        platforms=platforms,
        newest=newest,
        forgets_older=[platform for platform in platforms if same is None or platform.value not in same.platforms],
    )
    now = clock.now()
    values = {
        "title": look.reading.title or None,
        "platforms": [platform.value for platform in dict.fromkeys(platforms)],
        "newest": newest,
        "every_hours": every_hours,
        "is_active": True,
        "failures": 0,
        "error_message": None,
        "etag": look.marks.etag or None,
        "last_modified": look.marks.last_modified or None,
        "last_checked_at": now,
        "next_check_at": now + timedelta(hours=every_hours),
        "followed_by": actor.user_id,
    }
    make = insert(Feed).values(organization_id=organization_id, address=look.reading.address, **values)
    make = make.on_conflict_do_update(index_elements=["organization_id", "address"], set_=values)
    feed: Feed | None = await session.scalar(make.returning(Feed), execution_options={"populate_existing": True})
    assert feed is not None, "an upsert returns its row"
    await _record(session, actor, feed, "feed.followed", after={"address": feed.address, "every_hours": every_hours})
    return feed, imported


async def set_active(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, feed_id: UUID, is_active: bool
) -> Feed:
    """Pause the feed, or let it go on: it is looked at within minutes then."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    feed = await queries.feed(session, organization_id=organization_id, feed_id=feed_id, lock=True)
    if feed.is_active is is_active:
        return feed
    feed.is_active = is_active
    if is_active:
        feed.failures, feed.error_message, feed.next_check_at = 0, None, clock.now()
    await _record(session, actor, feed, "feed.resumed" if is_active else "feed.paused")
    return feed


async def bring_forward(session: AsyncSession, actor: Actor, *, organization_id: UUID, feed_id: UUID) -> Feed:
    """Let the feed be due now. Raises Conflict while it is paused."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    feed = await queries.feed(session, organization_id=organization_id, feed_id=feed_id, lock=True)
    if not feed.is_active:
        raise Conflict("This feed is paused. Let it go on first.")
    feed.next_check_at = clock.now()
    await _record(session, actor, feed, "feed.brought_forward")
    return feed


async def unfollow(session: AsyncSession, actor: Actor, *, organization_id: UUID, feed_id: UUID) -> None:
    """Forget the feed. Drafts that were made of it stay, and its items do not come twice."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    feed = await queries.feed(session, organization_id=organization_id, feed_id=feed_id, lock=True)
    await _record(session, actor, feed, "feed.unfollowed", before={"address": feed.address})
    await session.delete(feed)
    await session.flush()


async def claim(session: AsyncSession, *, organization_id: UUID, feed_id: UUID) -> Feed | None:
    """Take the feed's turn; None where somebody else has it, or it is not looked at any more."""
    now = clock.now()
    mine = (Feed.organization_id == organization_id, Feed.id == feed_id, Feed.is_active, Feed.next_check_at <= now)
    take = update(Feed).where(*mine).values(next_check_at=now + _CLAIM).returning(Feed)
    return (await session.scalars(take, execution_options={"populate_existing": True})).one_or_none()


async def take_in(session: AsyncSession, *, organization_id: UUID, feed_id: UUID, look: Look) -> Imported:
    """After a look: drafts of what is new, and when to look next."""
    feed = await queries.feed(session, organization_id=organization_id, feed_id=feed_id, lock=True)
    imported = Imported()
    if look.reading is not None:
        imported = await import_items(
            session,
            SYSTEM,
            organization_id=organization_id,
            reading=look.reading,
            platforms=[Platform(name) for name in feed.platforms],
            newest=MOST,
        )
        feed.title = look.reading.title or feed.title
        feed.etag, feed.last_modified = look.marks.etag or None, look.marks.last_modified or None
    feed.last_checked_at = clock.now()
    feed.next_check_at = feed.last_checked_at + timedelta(hours=feed.every_hours)
    feed.failures, feed.error_message = 0, None
    await session.flush()
    return imported


async def note_failure(
    session: AsyncSession, *, organization_id: UUID, feed_id: UUID, reason: str, is_the_feeds: bool = True
) -> Feed:
    """It could not be read (or, where that is not the feed's fault, not be taken in): said on its page, tried again.

    After ten failures of the feed in a row it is paused, and whoever follows it is told, or the owner.
    """
    feed = await queries.feed(session, organization_id=organization_id, feed_id=feed_id, lock=True)
    now = clock.now()
    feed.error_message = reason[:2000]
    feed.last_checked_at = now
    feed.next_check_at = now + timedelta(hours=feed.every_hours)
    feed.failures += is_the_feeds
    if feed.failures >= MOST_FAILURES and feed.is_active:
        feed.is_active = False
        await _record(session, SYSTEM, feed, "feed.paused", reason=reason)
        await _tell(session, feed)
    await session.flush()
    return feed


async def _tell(session: AsyncSession, feed: Feed) -> None:
    members = await organizations.members_with(session, organization_id=feed.organization_id, role=Role.EDITOR)
    following = [member for member in members if member.id == feed.followed_by]
    owners = await organizations.members_with(session, organization_id=feed.organization_id, role=Role.OWNER)
    told = Told(path="/content/feeds", headline=feed.title or feed.address, reason=feed.error_message)
    await tell(
        session,
        organization_id=feed.organization_id,
        recipients=[Recipient(member.id, member.email) for member in following or owners],
        key=f"feed-paused:{feed.id}:{feed.last_checked_at:%Y%m%d%H%M}",
        template="feed-paused",
        data=told,
    )


async def _record(session: AsyncSession, actor: Actor, feed: Feed, action: str, **detail: object) -> None:
    await audit.record(
        session,
        actor,
        organization_id=feed.organization_id,
        action=action,
        subject="feeds",
        subject_id=feed.id,
        detail=Detail.model_validate(detail),
    )
    await session.flush()
