"""The app on a person's telephone: sharing a secret with it, and taking its codes, each once."""

from __future__ import annotations

from uuid import UUID

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.factors import codes, recovery, telling
from aipromote.accounts.factors.models import AppFactor
from aipromote.accounts.models import User
from aipromote.db.base import new_id
from aipromote.errors import Conflict, InvalidInput

log: structlog.stdlib.BoundLogger = structlog.get_logger()

ISSUER = "AIPromote"
WRONG = "This code is not right, or was used already. Apps show a new one every 30 seconds."


async def begin(session: AsyncSession, *, user_id: UUID) -> None:
    """Make a new secret to share; one that waits since earlier, and may have been seen, counts for nothing any more.

    Conflict if an app is on: it has to be removed first. NotAllowed before the e-mail is confirmed.
    """
    await telling.must_be_confirmed(session, user_id=user_id)
    await session.execute(select(User.id).where(User.id == user_id).with_for_update())
    await session.execute(delete(AppFactor).where(AppFactor.user_id == user_id, AppFactor.confirmed_at.is_(None)))
    if await _of(session, user_id) is not None:
        raise Conflict("An app is set up already. Remove it first, then set up the new one.")
    made = AppFactor(user_id=user_id, id=new_id())
    made.secret = codes.fresh_secret()
    session.add(made)
    await session.flush()


async def to_share(session: AsyncSession, *, user: User) -> codes.Sharing:
    """The secret that waits for its first code. Conflict where none waits: a secret in use is never shown again."""
    known = await _of(session, user.id)
    if known is None or known.confirmed_at is not None or known.secret is None:
        raise Conflict("There is no app to be set up. Begin on the page about signing in.")
    return codes.sharing(known.secret, email=user.email, issuer=ISSUER)


async def confirm(session: AsyncSession, *, user_id: UUID, code: str) -> list[str]:
    """Switch the app on with its first right code. Recovery codes, if the person had none.

    Raises InvalidInput (code), Conflict where nothing waits for a code, NotAllowed before the e-mail is confirmed.
    """
    await telling.must_be_confirmed(session, user_id=user_id)
    known = await _of(session, user_id)
    if known is None or known.confirmed_at is not None:
        raise Conflict("There is no app to be set up. Begin on the page about signing in.")
    if not await _accept(session, known, code, is_first=True):
        raise InvalidInput(WRONG, field="code")
    log.info("factor_added", user_id=str(user_id), factor="app")
    await telling.tell_added(session, user_id=user_id, what=telling.APP)
    return await recovery.begin(session, user_id=user_id)


async def accept(session: AsyncSession, *, user_id: UUID, code: str) -> bool:
    """Whether this is a code of the person's app that was not used yet. It is used by that, also against rivals."""
    known = await _of(session, user_id)
    return known is not None and known.confirmed_at is not None and await _accept(session, known, code)


async def remove(session: AsyncSession, *, user_id: UUID) -> None:
    """Switch it off. Without an app nothing happens."""
    gone = delete(AppFactor).where(AppFactor.user_id == user_id).returning(AppFactor.confirmed_at)
    if await session.scalar(gone) is not None:
        log.info("factor_removed", user_id=str(user_id), factor="app")
        await telling.tell_removed(session, user_id=user_id, what=telling.APP)
    await recovery.forget(session, user_id=user_id)


async def _of(session: AsyncSession, user_id: UUID) -> AppFactor | None:
    found = select(AppFactor).where(AppFactor.user_id == user_id)
    return await session.scalar(found.execution_options(populate_existing=True))


async def _accept(session: AsyncSession, known: AppFactor, code: str, *, is_first: bool = False) -> bool:
    """By compare-and-set: of two browsers with the same code, one is too late."""
    now = clock.now()
    step = codes.step_of(known.secret or "", code, now=now)
    if step is None:
        return False
    newer = update(AppFactor).where(AppFactor.id == known.id, AppFactor.last_step < step)
    values = {"last_step": step} | ({"confirmed_at": now} if is_first else {})
    return await session.scalar(newer.values(**values).returning(AppFactor.id)) is not None
