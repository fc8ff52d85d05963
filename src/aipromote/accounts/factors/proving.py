"""Proving once more who one is: with a second factor after the password, or before a change of factors."""

from __future__ import annotations

from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts import passwords
from aipromote.accounts.actions import Entry, open_session
from aipromote.accounts.factors import apps, codes, passkeys, pending, queries, recovery
from aipromote.accounts.factors.states import Factor, Purpose
from aipromote.accounts.models import User
from aipromote.errors import InvalidInput, NotSignedIn

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def by_code(session: AsyncSession, *, user_id: UUID, code: str) -> Factor:
    """A code of the app, or a recovery code; either is used up. InvalidInput (code). The caller counts the tries."""
    typed = "".join(code.split())
    if len(typed) == codes.DIGITS and typed.isdigit():
        if await apps.accept(session, user_id=user_id, code=typed):
            return Factor.APP
    elif await recovery.use(session, user_id=user_id, code=typed):
        log.info("recovery_code_used", user_id=str(user_id))
        return Factor.RECOVERY_CODE
    raise InvalidInput(apps.WRONG, field="code")


async def second_by_code(session: AsyncSession, *, token: str, code: str, user_agent: str | None = None) -> Entry:
    """Finish a sign-in that waits. NotSignedIn if it does not wait any more, InvalidInput (code)."""
    user = await _awaited(session, token)
    await by_code(session, user_id=user.id, code=code)
    return await _let_in(session, token, user_agent)


async def second_by_passkey(
    session: AsyncSession, *, token: str, browser: str, answer: str, user_agent: str | None = None
) -> Entry:
    """Finish a sign-in that waits, with a passkey of this very person. NotSignedIn, InvalidInput."""
    user = await _awaited(session, token)
    await passkeys.prove(session, purpose=Purpose.SECOND, browser=browser, answer=answer, user_id=user.id)
    return await _let_in(session, token, user_agent)


async def sign_in_by_passkey(
    session: AsyncSession, *, browser: str, answer: str, user_agent: str | None = None
) -> Entry:
    """Without a password: the passkey says who it is. It is two factors by itself. InvalidInput."""
    user_id = await passkeys.prove(session, purpose=Purpose.SIGN_IN, browser=browser, answer=answer)
    return Entry(user_id, await open_session(session, user_id=user_id, user_agent=user_agent), is_pending=False)


async def needs_proof(session: AsyncSession, *, user: User) -> bool:
    """Whether the person has anything to prove themselves with: a password, or a factor."""
    return user.password_hash is not None or await queries.has_factor(session, user_id=user.id)


async def confirm(session: AsyncSession, *, user: User, proof: str) -> None:
    """The password; of who has a factor a code, of the app or for recovery. InvalidInput (proof).

    A password that was learned, and a session that was left open, would otherwise be enough to take the factor off.
    """
    if await queries.has_factor(session, user_id=user.id):
        await by_code(session, user_id=user.id, code=proof)
    elif not await passwords.matches(proof, user.password_hash):
        raise InvalidInput("That is not your current password.", field="proof")


async def _awaited(session: AsyncSession, token: str) -> User:
    user = await queries.awaited(session, token=token)
    if user is None:
        raise NotSignedIn("More than five minutes went by since the password. Please sign in again.")
    return user


async def _let_in(session: AsyncSession, token: str, user_agent: str | None) -> Entry:
    user_id = await pending.end(session, token=token)
    return Entry(user_id, await open_session(session, user_id=user_id, user_agent=user_agent), is_pending=False)
