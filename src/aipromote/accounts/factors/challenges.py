"""What passkeys are asked to sign: random, for one purpose and one browser, for five minutes, and answered once."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts import tokens
from aipromote.accounts.factors.models import Challenge
from aipromote.accounts.factors.states import Purpose
from aipromote.errors import InvalidInput

LASTS = timedelta(minutes=5)
_BYTES = 32


async def make(session: AsyncSession, *, purpose: Purpose, browser: str, user_id: UUID | None) -> bytes:
    """A new one. `browser` is a value that this browser alone has. What is over, of anybody, goes meanwhile."""
    now, challenge = clock.now(), secrets.token_bytes(_BYTES)
    await session.execute(delete(Challenge).where(Challenge.expires_at <= now))
    hashed = _hash(challenge, browser)
    session.add(Challenge(challenge_hash=hashed, purpose=purpose, user_id=user_id, expires_at=now + LASTS))
    await session.flush()
    return challenge


async def take(
    session: AsyncSession, challenge: bytes, *, purpose: Purpose, browser: str, user_id: UUID | None
) -> None:
    """Use it up. InvalidInput for one that was answered, is too old, or was made for something or somebody else."""
    theirs = Challenge.user_id.is_(None) if user_id is None else Challenge.user_id == user_id
    gone = delete(Challenge).where(
        Challenge.challenge_hash == _hash(challenge, browser),
        Challenge.purpose == purpose,
        theirs,
        Challenge.expires_at > clock.now(),
    )
    if await session.scalar(gone.returning(Challenge.id)) is None:
        raise InvalidInput("This took more than five minutes, or was answered already. Please try again.")


def _hash(challenge: bytes, browser: str) -> bytes:
    return tokens.keyed_hash(f"{base64.b64encode(challenge).decode()}:{browser}", purpose="passkey")
