"""What somebody has to prove who they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts import tokens
from aipromote.accounts.factors.models import AppFactor, Passkey, PendingSignIn, RecoveryCode
from aipromote.accounts.models import User


@dataclass(frozen=True, slots=True)
class Standing:
    """What is on. `app_since` is None without an app, `codes_left` counts unused recovery codes."""

    app_since: datetime | None
    passkeys: tuple[Passkey, ...]
    codes_left: int

    @property
    def has_factor(self) -> bool:
        """Whether a password alone is not enough."""
        return self.app_since is not None or bool(self.passkeys)


async def has_factor(session: AsyncSession, *, user_id: UUID) -> bool:
    """Whether a password alone is not enough for this person."""
    app = exists().where(AppFactor.user_id == user_id, AppFactor.confirmed_at.is_not(None))
    return bool(await session.scalar(select(app | exists().where(Passkey.user_id == user_id))))


async def standing(session: AsyncSession, *, user_id: UUID) -> Standing:
    """All of it, in three statements."""
    since = await session.scalar(select(AppFactor.confirmed_at).where(AppFactor.user_id == user_id))
    keys = await session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id))
    unused = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return Standing(since, tuple(keys), await session.scalar(unused) or 0)


async def awaited(session: AsyncSession, *, token: str) -> User | None:
    """Who owes a second factor under this token; None for one that is unknown or too old."""
    hashed = tokens.keyed_hash(token, purpose="second")
    found = select(User).join(PendingSignIn).where(PendingSignIn.token_hash == hashed)
    return await session.scalar(found.where(PendingSignIn.expires_at > clock.now()))
