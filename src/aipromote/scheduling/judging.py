"""What it would mean to give a post another time, said before anybody does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.channels import queries as channels
from aipromote.errors import AipromoteError
from aipromote.organizations import queries as organizations
from aipromote.publishing import queries as posts
from aipromote.publishing.expiry import refuse_if_expired_by
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from aipromote.publishing.words import BUSY, duration
from aipromote.scheduling.queries import GONE
from aipromote.scheduling.slots import (
    ACCOUNT_GAP,
    DAY,
    ORGANIZATION_GAP,
    Diary,
    bands_on,
    comes_twice,
    instant,
    wall_clock,
)
from aipromote.strategy import queries as strategies

PASSED = "That time has passed. Choose a later one."


@dataclass(frozen=True, slots=True)
class Target:
    """A time (UTC, and on the clocks of the zone) that a post may get. With a `refusal` it is not moved there.

    `cautions` are what speaks against the time, `notes` what else there is to know of it.
    """

    at: datetime
    local: datetime
    refusal: str | None = None
    cautions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


async def judge_time(
    session: AsyncSession, *, organization_id: UUID, post_id: UUID, local: datetime, second: bool = False
) -> Target:
    """The post at that wall-clock time (naive) in the organization's zone. Raises NotFound. Changes nothing."""
    mine = {"organization_id": organization_id}
    zone = await organizations.time_zone(session, **mine)
    post = await posts.post(session, **mine, post_id=post_id)
    wished = instant(local, zone, second=second)
    around = await posts.posts_between(session, **mine, start=wished - ACCOUNT_GAP, end=wished + 2 * ACCOUNT_GAP)
    others = [one for one in around if one.id != post_id and one.status not in GONE]
    at = free_minute(wished, Diary((one.scheduled_at, one.social_account_id) for one in others))
    refusal = await _refusal(session, post, at)
    notes = [*moved_by_clocks(local, zone, second=second), *_shifted(wished, at, zone)]
    if post.status in {PostStatus.FAILED, PostStatus.MISSED}:
        notes.append("It was not sent before; it is tried again then.")
    cautions: list[str] = []
    if refusal is None:
        cautions = [*await _neighbours(session, post, at, others, zone), *await _hours(session, post, at, zone)]
    return Target(at, wall_clock(at, zone), refusal, tuple(cautions), tuple(notes))


def free_minute(at: datetime, taken: Diary) -> datetime:
    """That time, or the next minute in which no other post of the organization goes out."""
    while not taken.is_free_minute(at):
        at += timedelta(minutes=1)
    return at


def moved_by_clocks(local: datetime, zone: ZoneInfo, *, second: bool = False) -> list[str]:
    """What a change of the clocks makes of this wall-clock time (naive): a sentence, or none."""
    shown = wall_clock(instant(local, zone, second=second), zone)
    if shown != local:
        return [f"The clocks go forward that night and skip {local:%H:%M}; it becomes {shown:%H:%M}."]
    if comes_twice(local, zone):
        which = "second" if second else "first"
        return [f"The clocks go back that night and show {local:%H:%M} twice; this is the {which} time."]
    return []


async def _refusal(session: AsyncSession, post: ScheduledPost, at: datetime) -> str | None:
    if busy := BUSY.get(post.status):
        return busy
    if at <= clock.now():
        return PASSED
    try:
        await refuse_if_expired_by(session, organization_id=post.organization_id, piece_id=post.content_piece_id, at=at)
    except AipromoteError as refused:
        return refused.message
    return None


async def _neighbours(
    session: AsyncSession, post: ScheduledPost, at: datetime, others: Sequence[ScheduledPost], zone: ZoneInfo
) -> list[str]:
    """Whom it would come too close to: the nearest post of its account, else the nearest of any."""
    own = [one for one in others if one.social_account_id == post.social_account_id]
    for among, gap in ((own, ACCOUNT_GAP), (others, ORGANIZATION_GAP)):
        near = min(among, key=lambda one: abs(one.scheduled_at - at), default=None)
        if near is None or abs(near.scheduled_at - at) >= gap:
            continue
        there, apart = wall_clock(near.scheduled_at, zone), duration(abs(near.scheduled_at - at))
        if among is not own:
            return [f"Only {apart} from another post of yours, at {there:%H:%M}."]
        account = await channels.account(
            session, organization_id=post.organization_id, account_id=post.social_account_id
        )
        return [
            f"Only {apart} from another post of {account.handle}, at {there:%H:%M}. By itself nothing is put so close."
        ]
    return []


async def _hours(session: AsyncSession, post: ScheduledPost, at: datetime, zone: ZoneInfo) -> list[str]:
    """Whether the hour is one that would not be chosen without a person."""
    there = wall_clock(at, zone)
    if not DAY[0] <= there.time() < DAY[1]:
        return [
            f"{there:%H:%M} is at night. By itself nothing is scheduled before {DAY[0]:%H:%M} or after {DAY[1]:%H:%M}."
        ]
    account = await channels.account(session, organization_id=post.organization_id, account_id=post.social_account_id)
    plan = await strategies.active(session, organization_id=post.organization_id)
    windows = [one for one in (plan.cadence.windows if plan else []) if one.platform is account.platform]
    bands = bands_on(there.date(), account.platform, windows)
    if not windows or any(start <= there.time() < end for start, end in bands):
        return []
    hours = " and ".join(f"{start:%H:%M} to {end:%H:%M}" for start, end in bands)
    return [f"Outside of the hours that your plan has for {account.platform.label} on that day: {hours}."]


def _shifted(wished: datetime, at: datetime, zone: ZoneInfo) -> list[str]:
    if wished == at:
        return []
    return [f"Another post goes out in that minute, so this one leaves at {wall_clock(at, zone):%H:%M}."]
