"""Giving pieces their times."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.channels import queries as channels
from aipromote.channels.models import SocialAccount
from aipromote.connectors import limits
from aipromote.content import actions as content
from aipromote.content import queries as pieces
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput
from aipromote.organizations import queries as organizations
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role
from aipromote.publishing import actions as publishing
from aipromote.publishing.models import ScheduledPost
from aipromote.scheduling import queries
from aipromote.scheduling.slots import Choice, Wish, choose, wall_clock
from aipromote.strategy import queries as strategies

LEAD = timedelta(minutes=10)
"""Nothing is scheduled sooner than this by itself, so that there is time to think again."""
_TITLE = 60


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A piece that got no time, and why."""

    piece_id: UUID
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Result:
    """What was scheduled, what was not, and which posts (by id) are not where they were planned, with the reason."""

    scheduled: list[ScheduledPost] = field(default_factory=list)
    held_back: list[HeldBack] = field(default_factory=list)
    moved: dict[UUID, str] = field(default_factory=dict)


async def approve_and_schedule(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_ids: Collection[UUID]
) -> Result:
    """Approve these pieces and give them their times, in one act.

    A person approves in their own name. The product itself approves only what the organization's approval mode lets out
    without a person.
    """
    mine = {"organization_id": organization_id}
    await require(session, actor, **mine, role=Role.APPROVER)
    await organizations.lock(session, **mine)  # before its pieces, as everywhere: two who meet then wait, not deadlock
    if actor.is_product:
        refused = await content.auto_approve_if_allowed(session, **mine, piece_ids=piece_ids)
    else:
        refused = await content.approve_many(session, actor, **mine, piece_ids=piece_ids)
    agreed = [piece_id for piece_id in piece_ids if piece_id not in refused]
    result = await schedule_approved(session, actor, **mine, piece_ids=agreed)
    rows = await pieces.pieces_by_id(session, organization_id=organization_id, piece_ids=refused)
    result.held_back.extend(held(rows[piece_id], reason) for piece_id, reason in refused.items())
    return result


async def plan(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, piece_ids: Collection[UUID]
) -> list[ScheduledPost]:
    """As `schedule_approved`, for who only wants to know what was scheduled."""
    result = await schedule_approved(session, actor, organization_id=organization_id, piece_ids=piece_ids)
    return result.scheduled


async def schedule_approved(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    piece_ids: Collection[UUID],
    account_id: UUID | None = None,
) -> Result:
    """Give approved pieces a time on the day they are planned for, on the account of their platform.

    An `account_id` says which one, where a platform has several. Raises InvalidInput where that one is not connected.
    """
    mine = {"organization_id": organization_id}
    await require(session, actor, **mine, role=Role.APPROVER)
    await organizations.lock(session, **mine)  # two who plan at once would choose the same times
    rows = await pieces.pieces_by_id(session, **mine, piece_ids=piece_ids, lock=True)
    accounts = await _accounts(session, organization_id=organization_id, chosen=account_id)
    covered = await pieces.approvals_for(session, **mine, revisions=[(row.id, row.revision) for row in rows.values()])
    result = Result()
    ready = []
    for row in rows.values():
        reason = _obstacle(row, is_covered=(row.id, row.revision) in covered, accounts=accounts)
        if reason is None:
            ready.append(row)
        else:
            result.held_back.append(held(row, reason))
    choices = await _times(session, ready, accounts, organization_id=organization_id) if ready else {}
    for row in ready:
        await _schedule(session, actor, row, choices.get(row.id), result)
    result.scheduled.sort(key=lambda post: post.scheduled_at)
    return result


async def account_for(session: AsyncSession, *, organization_id: UUID, platform: Platform) -> SocialAccount | None:
    """The account that posts for this platform leave from: the one that was connected first."""
    return (await _accounts(session, organization_id=organization_id)).get(platform)


async def _accounts(
    session: AsyncSession, *, organization_id: UUID, chosen: UUID | None = None
) -> dict[Platform, SocialAccount]:
    rows = await channels.accounts(session, organization_id=organization_id)
    if chosen is not None and chosen not in {row.id for row in rows}:
        raise InvalidInput("This account is not connected. Choose another one.", field="account")
    return {row.platform: row for row in sorted(rows, key=lambda row: (row.id == chosen, -row.id.int))}


def _obstacle(piece: ContentPiece, *, is_covered: bool, accounts: Mapping[Platform, SocialAccount]) -> str | None:
    """Why the piece cannot be scheduled."""
    if piece.status is ContentStatus.SCHEDULED:
        return "It is scheduled already."
    if piece.status is not ContentStatus.APPROVED or not is_covered:
        return "Nobody has approved this text."
    if piece.platform not in accounts:
        return f"No {piece.platform.label} account is connected."
    if limits.of(piece.platform).needs_media and not any(ref.asset_id for ref in piece.media_refs or ()):
        return f"{piece.platform.label} takes no post without a picture or video, and none is attached."
    return None


async def _times(
    session: AsyncSession,
    ready: Collection[ContentPiece],
    accounts: Mapping[Platform, SocialAccount],
    *,
    organization_id: UUID,
) -> dict[UUID, Choice]:
    """A time for each piece, by its id."""
    zone = await organizations.time_zone(session, organization_id=organization_id)
    strategy = await strategies.active(session, organization_id=organization_id)
    now = clock.now()
    today = wall_clock(now, zone).date()
    wishes = [
        Wish(
            piece.id,
            piece.slot_key or str(piece.id),
            piece.planned_for or today,
            piece.platform,
            accounts[piece.platform].id,
        )
        for piece in ready
    ]
    days = [max(wish.day, today) for wish in wishes]
    taken = await queries.diary(session, organization_id=organization_id, first=min(days), last=max(days), zone=zone)
    windows = strategy.cadence.windows if strategy else []
    choices = choose(wishes, windows=windows, zone=zone, taken=taken, earliest=now + LEAD)
    return {choice.wish.id: choice for choice in choices}


async def _schedule(
    session: AsyncSession, actor: Actor, piece: ContentPiece, choice: Choice | None, result: Result
) -> None:
    if choice is None:
        result.held_back.append(held(piece, "The calendar has no free time for it within two weeks."))
        return
    zone = await organizations.time_zone(session, organization_id=piece.organization_id)
    if piece.expires_at is not None and piece.expires_at <= choice.at:
        end = wall_clock(piece.expires_at, zone)
        until = f"{end:%A}, {end.day} {end:%B}, {end:%H:%M}"
        result.held_back.append(held(piece, f"It is only good until {until}, and no free time is left before that."))
        return
    post = await publishing.schedule_post(
        session,
        actor,
        organization_id=piece.organization_id,
        piece=piece,
        account_id=choice.wish.account_id,
        scheduled_at=choice.at,
        local_time=choice.local,
        time_zone=zone.key,
    )
    result.scheduled.append(post)
    if choice.reason is not None:
        result.moved[post.id] = choice.reason


def held(piece: ContentPiece, reason: str) -> HeldBack:
    """The piece got no time, for this reason."""
    words = piece.title or piece.hook or piece.body
    line = words.strip().splitlines()[0]
    return HeldBack(piece.id, line if len(line) <= _TITLE else line[: _TITLE - 1].rstrip() + "…", reason)
