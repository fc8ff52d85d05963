"""The way back for somebody who lost everything: an operator of the instance takes all factors off."""

from __future__ import annotations

from uuid import UUID

import structlog
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts import sessions as browsers
from aipromote.accounts.factors import queries, telling
from aipromote.accounts.factors.models import AppFactor, Challenge, Passkey, PendingSignIn, RecoveryCode
from aipromote.accounts.factors.queries import Standing

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def reset(session: AsyncSession, *, user_id: UUID) -> Standing:
    """Take everything off; what there was. The password is the only question then.

    All sessions end: one of them may be the reason why the operator was asked. The person is told by letter.
    """
    before = await drop(session, user_id=user_id)
    await browsers.end_all(session, user_id=user_id)
    gone = [*([telling.APP] if before.app_since else []), *(["passkeys"] if before.passkeys else [])]
    if gone:
        await telling.tell_removed(session, user_id=user_id, what=" and ".join(gone))
    log.warning("factors_reset", user_id=str(user_id), app=before.app_since is not None, passkeys=len(before.passkeys))
    return before


async def drop(session: AsyncSession, *, user_id: UUID) -> Standing:
    """Delete all factors, and what waits for one; what there was."""
    before = await queries.standing(session, user_id=user_id)
    for model in (AppFactor, Passkey, RecoveryCode, Challenge, PendingSignIn):
        await session.execute(delete(model).where(model.user_id == user_id))
    return before
