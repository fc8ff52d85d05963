"""Telling people about posts that need them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.channels import queries as channels
from aipromote.channels.letters import add_posts
from aipromote.channels.models import SocialAccount
from aipromote.content.models import ContentPiece
from aipromote.notifications import actions as notifications
from aipromote.notifications.actions import Recipient
from aipromote.notifications.told import Told
from aipromote.organizations import queries as organizations
from aipromote.organizations.states import Role
from aipromote.publishing.changes import Changed
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.moments import when
from aipromote.publishing.states import PostStatus

_EXCERPT = 160
_LINE = 100
_OF_THE_ACCOUNT = ("connect_again", "not_connected")
_TEMPLATES = {
    PostStatus.FAILED: "post-failed",
    PostStatus.MISSED: "post-missed",
    PostStatus.UNCONFIRMED: "post-needs-you",
}


def needs_people(changed: Changed) -> bool:
    """Whether nothing more happens unless a person does something."""
    parked = changed.status is PostStatus.UNCONFIRMED and changed.next_attempt_at is None
    return parked or changed.status in {PostStatus.FAILED, PostStatus.MISSED}


async def tell_people(session: AsyncSession, changed: Sequence[Changed]) -> None:
    """One message per post to each owner and administrator. Telling the same again does nothing.

    Posts that failed because the network turned their account away stand in the letter about the account instead.
    """
    if not changed:
        return
    pieces = await _pieces(session, changed)
    accounts = await channels.accounts_by_key(session, ((one.organization_id, one.account_id) for one in changed))
    recipients = {
        organization: await recipients_of(session, organization)
        for organization in sorted({one.organization_id for one in changed})
    }
    told = await _tell_with_the_account(session, changed, accounts, pieces)
    for one in changed:
        account = accounts[one.organization_id, one.account_id]
        knowing = told.get(one.id, set())
        await notifications.tell(
            session,
            organization_id=one.organization_id,
            recipients=[person for person in recipients[one.organization_id] if person.user_id not in knowing],
            key=f"{_TEMPLATES[one.status]}:{one.id}:{one.scheduled_at.isoformat()}:{one.attempt_count}",
            template=_TEMPLATES[one.status],
            data=Told(
                platform=account.platform.label,
                handle=account.handle,
                reason=one.error_message or "",
                scheduled_at=f"{one.scheduled_at:%Y-%m-%d %H:%M} UTC",
                excerpt=pieces[one.organization_id, one.piece_id][:_EXCERPT],
                path=f"/posts/{one.id}",
            ),
            priority=1,
        )


async def _tell_with_the_account(
    session: AsyncSession,
    changed: Sequence[Changed],
    accounts: Mapping[tuple[UUID, UUID], SocialAccount],
    pieces: Mapping[tuple[UUID, UUID], str],
) -> dict[UUID, set[UUID]]:
    """Put posts that failed because the network turned their account away into the letter about the account.

    Whom it reaches, by post; nobody, where that letter has left.
    """
    turned_away = {key for key, one in accounts.items() if not one.is_active and one.error_message}
    by_account: dict[tuple[UUID, UUID], list[Changed]] = {}
    for one in changed:
        if one.status is PostStatus.FAILED and (one.organization_id, one.account_id) in turned_away:
            by_account.setdefault((one.organization_id, one.account_id), []).append(one)
    told: dict[UUID, set[UUID]] = {}
    for (organization_id, account_id), posts in sorted(by_account.items()):
        zone = await organizations.time_zone(session, organization_id=organization_id)
        own = await _failed_of_the_account(session, organization_id, posts)
        own.sort(key=lambda one: (one.scheduled_at, one.id))
        lines = [line_of(one.scheduled_at, pieces[organization_id, one.piece_id], zone) for one in own]
        if lines:
            reached = await add_posts(session, organization_id=organization_id, account_id=account_id, failed=lines)
            told |= {one.id: reached for one in own}
    return told


async def _failed_of_the_account(
    session: AsyncSession, organization_id: UUID, posts: Sequence[Changed]
) -> list[Changed]:
    """Those of them that failed because of their account, and not of anything else."""
    found = select(ScheduledPost.id).where(
        ScheduledPost.organization_id == organization_id,
        ScheduledPost.id.in_([one.id for one in posts]),
        ScheduledPost.error_kind.in_(_OF_THE_ACCOUNT),
    )
    ids = set(await session.scalars(found))
    return [one for one in posts if one.id in ids]


def line_of(due: datetime, text: str, zone: ZoneInfo) -> str:
    """`Tue 14 Oct, 09:30 (Lisbon): how the text begins`: a post, where several stand in one letter."""
    words = " ".join(text.split())
    return f"{when(due, zone)}: {words if len(words) <= _LINE else words[: _LINE - 1] + '…'}"


async def tell_held_up(session: AsyncSession, posts: Sequence[Changed]) -> None:
    """Posts whose time has come, and whose files are still on their way. Told once for each time of a post."""
    if not posts:
        return
    accounts = await channels.accounts_by_key(session, ((one.organization_id, one.account_id) for one in posts))
    for one in posts:
        account = accounts[one.organization_id, one.account_id]
        await notifications.tell(
            session,
            organization_id=one.organization_id,
            recipients=await recipients_of(session, one.organization_id),
            key=f"post-held-up:{one.id}:{one.scheduled_at.isoformat()}",
            template="post-at-risk",
            data=Told(
                platform=account.platform.label,
                handle=account.handle,
                reason=one.error_message or "",
                scheduled_at=f"{one.scheduled_at:%Y-%m-%d %H:%M} UTC",
                path=f"/posts/{one.id}",
            ),
            priority=1,
        )


async def tell_unpaid(session: AsyncSession, accounts: Mapping[tuple[UUID, UUID], str]) -> None:
    """By (organization, account): what a network said that wants to be paid. Told once a month for each account."""
    known = await channels.accounts_by_key(session, accounts)
    for (organization_id, account_id), said in sorted(accounts.items()):
        account = known[organization_id, account_id]
        await notifications.tell(
            session,
            organization_id=organization_id,
            recipients=await recipients_of(session, organization_id),
            key=f"network-unpaid:{account_id}:{clock.now():%Y-%m}",
            template="network-unpaid",
            data=Told(platform=account.platform.label, handle=account.handle, reason=said, path="/channels"),
            priority=1,
        )


async def _pieces(session: AsyncSession, changed: Sequence[Changed]) -> dict[tuple[UUID, UUID], str]:
    keys = sorted({(one.organization_id, one.piece_id) for one in changed})
    columns = (ContentPiece.organization_id, ContentPiece.id)
    rows = await session.execute(select(*columns, ContentPiece.body).where(tuple_(*columns).in_(keys)))
    return {(row.organization_id, row.id): row.body for row in rows}


async def recipients_of(session: AsyncSession, organization_id: UUID) -> list[Recipient]:
    """Who is told of an organization's posts: its owners and administrators."""
    members = await organizations.members_with(session, organization_id=organization_id, role=Role.ADMIN)
    return [Recipient(member.id, member.email) for member in members]
