"""Reads: a person's inbox, and what is owed to the mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.jobs.kinds import Due
from aipromote.notifications.jobs import Message
from aipromote.notifications.letters import render
from aipromote.notifications.models import Notification
from aipromote.notifications.states import DeliveryStatus


@dataclass(frozen=True, slots=True)
class Notice:
    """A message as the inbox shows it. `status` is what became of its e-mail."""

    id: UUID
    subject: str
    body: str
    path: str | None
    priority: int
    told_at: datetime
    status: DeliveryStatus
    error_message: str | None


async def inbox(session: AsyncSession, *, organization_id: UUID, user_id: UUID, limit: int = 50) -> list[Notice]:
    """What this person was told in this organization, the newest first; also what could not be mailed."""
    statement = (
        select(Notification)
        .where(Notification.organization_id == organization_id, Notification.user_id == user_id)
        .order_by(Notification.created_at.desc(), Notification.id.desc())
        .limit(limit)
    )
    return [_notice(row) for row in await session.scalars(statement)]


async def pending_notifications(session: AsyncSession, *, limit: int) -> Sequence[Due[Message]]:
    """Messages of all organizations that were not delivered yet, the most urgent first."""
    owed = func.doors.owed_notifications(limit).table_valued("organization_id", "id", "priority", "attempts")
    rows = await session.execute(select(owed.c.organization_id, owed.c.id, owed.c.priority))
    return [
        Due(Message(organization_id=row.organization_id, notification_id=row.id), priority=row.priority) for row in rows
    ]


def _notice(row: Notification) -> Notice:
    letter = render(row.template, row.data)
    return Notice(
        id=row.id,
        subject=letter.subject,
        body=letter.body,
        path=row.data.path,
        priority=row.priority,
        told_at=row.created_at,
        status=row.status,
        error_message=row.error_message,
    )
