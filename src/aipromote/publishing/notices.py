"""Telling people about posts that need them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.channels import queries as channels
from aipromote.content.models import ContentPiece
from aipromote.notifications import actions as notifications
from aipromote.notifications.actions import Recipient
from aipromote.notifications.told import Told
from aipromote.organizations import queries as organizations
from aipromote.organizations.states import Role
from aipromote.publishing.changes import Changed
from aipromote.publishing.states import PostStatus

_EXCERPT = 160
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
    """One message per post to each owner and administrator. Telling the same again does nothing."""
    if not changed:
        return
    pieces = await _pieces(session, changed)
    accounts = await channels.accounts_by_key(session, ((one.organization_id, one.account_id) for one in changed))
    recipients = {
        organization: await recipients_of(session, organization)
        for organization in sorted({one.organization_id for one in changed})
    }
    for one in changed:
        account = accounts[one.organization_id, one.account_id]
        await notifications.tell(
            session,
            organization_id=one.organization_id,
            recipients=recipients[one.organization_id],
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
