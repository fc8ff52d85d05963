"""Approved pieces and their scheduled posts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aipromote import clock
from aipromote.channels.models import SocialAccount
from aipromote.content.models import Approval, ContentPiece, Revision
from aipromote.content.states import ContentStatus, Decision
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.publishing import actions
from aipromote.publishing.models import ScheduledPost
from factories.organizations import Startup


async def piece(
    database: Database,
    startup: Startup,
    *,
    body: str = "Fresh bread on a bicycle.",
    parts: Sequence[str] = (),
    platform: Platform = Platform.SANDBOX,
    approved: bool = True,
    override_reason: str | None = None,
    **values: Any,
) -> ContentPiece:
    key = new_id()
    status = ContentStatus.APPROVED if approved else ContentStatus.PENDING_REVIEW
    row = ContentPiece(
        organization_id=startup.id, id=key, platform=platform, body=body, parts=list(parts), status=status, **values
    )
    async with database.transaction(startup.id) as session:
        session.add(row)
        await session.flush()
        text = {"title": values.get("title"), "body": body, "parts": list(parts)}
        revision = Revision(organization_id=startup.id, piece_id=key, number=1, author="Ada", **text)
        session.add(revision)
        await session.flush()
        if approved:
            session.add(approval(startup, key, override_reason=override_reason))
        await session.flush()
        await session.refresh(row)
    return row


def approval(startup: Startup, piece_id: Any, *, decision: Decision = Decision.APPROVED, **values: Any) -> Approval:
    return Approval(
        organization_id=startup.id,
        id=new_id(),
        piece_id=piece_id,
        revision=1,
        decision=decision,
        decided_by="Ada",
        user_id=startup.owner.user_id,
        decided_at=clock.now(),
        **values,
    )


async def post(
    database: Database,
    startup: Startup,
    account: SocialAccount,
    *,
    at: datetime | None = None,
    of: ContentPiece | None = None,
    **values: Any,
) -> ScheduledPost:
    """A post that is due now, of a new piece, unless told otherwise."""
    of = of or await piece(database, startup, platform=account.platform, **values)
    async with database.transaction(startup.id) as session:
        return await actions.schedule_post(
            session,
            startup.owner,
            organization_id=startup.id,
            piece=of,
            account_id=account.id,
            scheduled_at=at or clock.now(),
        )
