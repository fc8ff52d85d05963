"""An account whose e-mail nobody had confirmed, and that turns out to be of the e-mail's owner."""

from __future__ import annotations

from uuid import UUID

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts import sessions as browsers
from aipromote.accounts.factors import resetting
from aipromote.accounts.models import SignInFlow, User, UserIdentity

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def hand_over(session: AsyncSession, *, user_id: UUID) -> bool:
    """Count the e-mail as its owner's. Whether that is new.

    Where it is, somebody else may have made the account: whatever they left to come back by (factors, linked accounts,
    sign-ins under way, sessions) goes. Of a confirmed account nothing is taken.
    """
    known = select(User.verified).where(User.id == user_id).with_for_update()
    if await session.scalar(known):
        return False
    await session.execute(update(User).where(User.id == user_id).values(verified=True))
    await resetting.drop(session, user_id=user_id)
    for model in (UserIdentity, SignInFlow):
        await session.execute(delete(model).where(model.user_id == user_id))
    await browsers.end_all(session, user_id=user_id)
    log.info("account_handed_over", user_id=str(user_id))
    return True
