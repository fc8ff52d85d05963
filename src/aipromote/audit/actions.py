"""The one verb: write down what was done."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.audit.detail import Detail
from aipromote.audit.models import Entry
from aipromote.audit.states import ActorKind

_MAX_NAME = 200


async def record(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    action: str,
    subject: str,
    subject_id: UUID,
    detail: Detail | None = None,
    at: datetime | None = None,
) -> None:
    """Write an entry in the caller's transaction: it is there exactly if the change is.

    `action` is what was done to what ("piece.approved"), `subject` the table of the row, `at` when, if not
    now. What was done through a review link says so under `after.review_link`.

    The row goes to the database with the next flush, so many entries of one verb travel together.
    """
    session.add(
        Entry(
            organization_id=organization_id,
            actor_name=actor.name[:_MAX_NAME],
            actor_kind=_kind(actor),
            user_id=actor.user_id,
            api_key_id=actor.api_key_id,
            action=action,
            subject=subject,
            subject_id=subject_id,
            detail=_with_link(actor, detail or Detail()),
            created_at=at or clock.now(),
        )
    )


def _with_link(actor: Actor, detail: Detail) -> Detail:
    if actor.review_link_id is None:
        return detail
    return detail.model_copy(update={"after": {**detail.after, "review_link": str(actor.review_link_id)}})


def _kind(actor: Actor) -> ActorKind:
    if actor.api_key_id is not None:
        return ActorKind.KEY
    return ActorKind.PERSON if actor.user_id is not None else ActorKind.PRODUCT
