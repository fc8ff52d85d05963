"""The verbs: tell people something, and keep the record of its delivery."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.db.base import new_id
from aipromote.notifications.letters import check_template
from aipromote.notifications.models import Notification
from aipromote.notifications.states import DeliveryStatus
from aipromote.notifications.told import Told

MAX_ATTEMPTS = 5
_CLAIM = timedelta(minutes=2)  # longer than a delivery may take, so that only a dead worker's claim runs out


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to tell, and where."""

    user_id: UUID
    email: str


async def tell(
    session: AsyncSession,
    *,
    organization_id: UUID,
    recipients: Sequence[Recipient],
    key: str,
    template: str,
    data: Told,
    priority: int = 3,
    held_back: timedelta | None = None,
) -> int:
    """Put a message into each recipient's inbox and owe it by e-mail. Returns how many had not been told before.

    `key` names what is told (`post-failed:<post id>:2`): telling the same person the same thing again does nothing.
    `data` is what the template puts into words (see `letters`); `priority` 1 is delivered first, 5 last. While it is
    `held_back` nothing is mailed, and `amend` may add to it. Raises InvalidInput for an unknown template.
    """
    check_template(template)
    now = clock.now()
    rows = [
        {
            "organization_id": organization_id,
            "id": new_id(),
            "user_id": recipient.user_id,
            "recipient": recipient.email,
            "key": key,
            "template": template,
            "data": data,
            "priority": priority,
            "created_at": now,
            "claimed_until": now + held_back if held_back else None,
        }
        for recipient in recipients
    ]
    if not rows:
        return 0
    statement = (
        insert(Notification).values(rows).on_conflict_do_nothing(index_elements=["organization_id", "user_id", "key"])
    )
    told = await session.scalars(statement.returning(Notification.id))
    return len(told.all())


async def amend(
    session: AsyncSession, *, organization_id: UUID, key_begins: str, change: Callable[[Told], Told]
) -> set[UUID]:
    """Change messages whose keys begin so and that nobody was mailed yet. Returns the users whose message it was."""
    rows = await session.scalars(
        select(Notification)
        .where(
            Notification.organization_id == organization_id,
            Notification.key.startswith(key_begins, autoescape=True),
            Notification.status == DeliveryStatus.PENDING,
            Notification.attempts == 0,
        )
        .order_by(Notification.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    reached = set()
    for row in rows.all():
        row.data = change(row.data)
        reached.add(row.user_id)
    await session.flush()
    return reached


async def claim(session: AsyncSession, *, organization_id: UUID, notification_id: UUID) -> Notification | None:
    """Take a pending message for delivery and count the attempt; None when it is not owed or already claimed."""
    now = clock.now()
    free = or_(Notification.claimed_until.is_(None), Notification.claimed_until <= now)
    statement = (
        update(Notification)
        .where(_is(organization_id, notification_id), Notification.status == DeliveryStatus.PENDING, free)
        .values(attempts=Notification.attempts + 1, claimed_until=now + _CLAIM)
        .returning(Notification)
    )
    return (await session.scalars(statement)).one_or_none()


async def record_sent(session: AsyncSession, *, organization_id: UUID, notification_id: UUID) -> None:
    """PENDING → SENT. Does nothing when somebody else recorded it already."""
    await session.execute(
        _pending(organization_id, notification_id).values(
            status=DeliveryStatus.SENT, delivered_at=clock.now(), claimed_until=None, error_message=None
        )
    )


async def record_failure(
    session: AsyncSession, *, organization_id: UUID, notification_id: UUID, reason: str, final: bool
) -> None:
    """Note why it was not delivered. `final`: PENDING → FAILED; otherwise it stays owed, free to be claimed."""
    status = DeliveryStatus.FAILED if final else DeliveryStatus.PENDING
    await session.execute(
        _pending(organization_id, notification_id).values(
            status=status, claimed_until=None, error_message=reason[:2000]
        )
    )


async def withhold_owed(session: AsyncSession, *, reason: str) -> int:
    """Mail nothing that is owed at this moment, in all organizations that the session sees; the inboxes keep it.

    For rows that were restored: whoever had them before may have mailed them since. Returns how many.
    """
    owed = update(Notification).where(Notification.status == DeliveryStatus.PENDING)
    held_back = owed.values(status=DeliveryStatus.FAILED, claimed_until=None, error_message=reason[:2000])
    return len((await session.scalars(held_back.returning(Notification.id))).all())


def _pending(organization_id: UUID, notification_id: UUID) -> Any:
    return update(Notification).where(
        _is(organization_id, notification_id), Notification.status == DeliveryStatus.PENDING
    )


def _is(organization_id: UUID, notification_id: UUID) -> Any:
    return (Notification.organization_id == organization_id) & (Notification.id == notification_id)
