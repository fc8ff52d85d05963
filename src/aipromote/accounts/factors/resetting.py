"""The way back for somebody who lost everything: an operator of the instance takes all factors off."""

from __future__ import annotations

from uuid import UUID

import structlog
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.factors import queries
from aipromote.accounts.factors.models import AppFactor, Challenge, Passkey, PendingSignIn, RecoveryCode
from aipromote.accounts.factors.queries import Standing

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def reset(session: AsyncSession, *, user_id: UUID) -> Standing:
    """Take everything off; what there was. The password is the only question then. Sessions stay as they are."""
    before = await queries.standing(session, user_id=user_id)
    for model in (AppFactor, Passkey, RecoveryCode, Challenge, PendingSignIn):
        await session.execute(delete(model).where(model.user_id == user_id))
    log.warning("factors_reset", user_id=str(user_id), app=before.app_since is not None, passkeys=len(before.passkeys))
    return before
