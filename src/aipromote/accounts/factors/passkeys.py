"""Passkeys: a device proves that it is the person's by signing a challenge, after it has looked at its owner.

What the browser sends is JSON of the WebAuthn standard; the library checks it, away from the event loop.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.factors import ceremonies, challenges, recovery, telling
from aipromote.accounts.factors.models import Passkey
from aipromote.accounts.factors.party import Party, party
from aipromote.accounts.factors.states import Purpose
from aipromote.accounts.models import User
from aipromote.errors import Conflict, InvalidInput, NotFound

log: structlog.stdlib.BoundLogger = structlog.get_logger()

MOST = 20
"""Passkeys of one person."""
_MAX_NAME = 100


async def ask_for_new(session: AsyncSession, *, user: User, browser: str) -> str:
    """What the browser needs to make a passkey: JSON. Conflict where passkeys cannot be, or are too many.

    NotAllowed before the e-mail is confirmed.
    """
    await telling.must_be_confirmed(session, user_id=user.id)
    here = _party()
    known = list(await session.scalars(select(Passkey.credential).where(Passkey.user_id == user.id)))
    if len(known) >= MOST:
        raise Conflict(f"There are {MOST} passkeys already. Remove one that you do not use any more.")
    challenge = await challenges.make(session, purpose=Purpose.REGISTER, browser=browser, user_id=user.id)
    return await asyncio.to_thread(ceremonies.options_for_new, here, user, known, challenge)


async def register(
    session: AsyncSession, *, user: User, browser: str, answer: str, name: str
) -> tuple[Passkey, list[str]]:
    """Keep what the browser made; with recovery codes, if the person had none. InvalidInput, Conflict, NotAllowed."""
    await telling.must_be_confirmed(session, user_id=user.id)
    here = _party()
    challenge, _ = await asyncio.to_thread(ceremonies.read, answer)
    await challenges.take(session, challenge, purpose=Purpose.REGISTER, browser=browser, user_id=user.id)
    new = await asyncio.to_thread(ceremonies.verified_new, here, answer, challenge)
    await session.execute(select(User.id).where(User.id == user.id).with_for_update())
    if (await session.scalar(select(func.count()).where(Passkey.user_id == user.id)) or 0) >= MOST:
        raise Conflict(f"There are {MOST} passkeys already. Remove one that you do not use any more.")
    values = {"user_id": user.id, "name": _named(name), **new._asdict()}
    made = await session.scalar(insert(Passkey).values(**values).on_conflict_do_nothing().returning(Passkey))
    if made is None:
        raise Conflict("This passkey is in use here already.")
    log.info("factor_added", user_id=str(user.id), factor="passkey")
    await telling.tell_added(session, user_id=user.id, what=telling.passkey(made.name))
    return made, await recovery.begin(session, user_id=user.id)


async def ask(session: AsyncSession, *, purpose: Purpose, browser: str, user_id: UUID | None = None) -> str:
    """What the browser needs to let a passkey sign: JSON. Without a person any passkey of this instance will do."""
    here = _party()
    known: list[bytes] = []
    if user_id is not None:
        known = list(await session.scalars(select(Passkey.credential).where(Passkey.user_id == user_id)))
    challenge = await challenges.make(session, purpose=purpose, browser=browser, user_id=user_id)
    return await asyncio.to_thread(ceremonies.options_to_sign, here, known, challenge)


async def prove(
    session: AsyncSession, *, purpose: Purpose, browser: str, answer: str, user_id: UUID | None = None
) -> UUID:
    """Whose passkey signed. With `user_id` it has to be that person's. InvalidInput for anything that is not right."""
    here = _party()
    challenge, credential = await asyncio.to_thread(ceremonies.read, answer)
    await challenges.take(session, challenge, purpose=purpose, browser=browser, user_id=user_id)
    known = await session.scalar(select(Passkey).where(Passkey.credential == credential))
    if known is None or user_id not in {None, known.user_id}:
        raise InvalidInput("This passkey is not known here. It may have been removed.")
    count = await asyncio.to_thread(ceremonies.verified_count, here, answer, challenge, known)
    same = update(Passkey).where(Passkey.id == known.id, Passkey.sign_count == known.sign_count)
    now = clock.now()
    if await session.scalar(same.values(sign_count=count, last_used_at=now).returning(Passkey.id)) is None:
        raise InvalidInput(ceremonies.REFUSED)
    return known.user_id


async def rename(session: AsyncSession, *, user_id: UUID, passkey_id: UUID, name: str) -> None:
    """Call it something else. InvalidInput (name), NotFound."""
    theirs = update(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user_id)
    if await session.scalar(theirs.values(name=_named(name)).returning(Passkey.id)) is None:
        raise NotFound("You have no such passkey.")


async def remove(session: AsyncSession, *, user_id: UUID, passkey_id: UUID) -> str:
    """Take it back; its name. The device may keep it, but it opens nothing here. NotFound."""
    gone = delete(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user_id).returning(Passkey.name)
    name = await session.scalar(gone)
    if name is None:
        raise NotFound("You have no such passkey.")
    log.info("factor_removed", user_id=str(user_id), factor="passkey")
    await telling.tell_removed(session, user_id=user_id, what=telling.passkey(name))
    await recovery.forget(session, user_id=user_id)
    return str(name)


def _party() -> Party:
    here = party()
    if here is None:
        raise Conflict("Passkeys need https and a name in AIPROMOTE_PUBLIC_URL; a bare IP address will not do.")
    return here


def _named(name: str) -> str:
    plain = " ".join(name.split())
    if not plain or len(plain) > _MAX_NAME:
        raise InvalidInput(f"Give the passkey a name of at most {_MAX_NAME} characters.", field="name")
    return plain
