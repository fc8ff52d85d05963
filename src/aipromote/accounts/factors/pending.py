"""Sign-ins that wait for a second factor: five minutes long, and good for one session."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts import tokens
from aipromote.accounts.factors.models import PendingSignIn
from aipromote.errors import NotSignedIn

LASTS = timedelta(minutes=5)


async def begin(session: AsyncSession, *, user_id: UUID) -> str:
    """The token of a new one. What is over, of anybody, goes meanwhile."""
    now, token = clock.now(), tokens.fresh()
    await session.execute(delete(PendingSignIn).where(PendingSignIn.expires_at <= now))
    hashed = tokens.keyed_hash(token, purpose="second")
    session.add(PendingSignIn(user_id=user_id, token_hash=hashed, expires_at=now + LASTS))
    await session.flush()
    return token


async def end(session: AsyncSession, *, token: str) -> UUID:
    """Whose it was. Of two that end the same one, one gets NotSignedIn, as for one that is unknown or too old."""
    hashed = tokens.keyed_hash(token, purpose="second")
    gone = delete(PendingSignIn).where(PendingSignIn.token_hash == hashed, PendingSignIn.expires_at > clock.now())
    user_id: UUID | None = await session.scalar(gone.returning(PendingSignIn.user_id))
    if user_id is None:
        raise NotSignedIn("More than five minutes went by since the password. Please sign in again.")
    return user_id
