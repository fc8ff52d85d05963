"""Recovery codes: made ten at a time, shown once, good for one use each."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts import tokens
from aipromote.accounts.factors import codes, queries
from aipromote.accounts.factors.models import RecoveryCode


async def renew(session: AsyncSession, *, user_id: UUID) -> list[str]:
    """Ten new codes, for the person's eyes; all older ones count for nothing."""
    made = codes.fresh_recovery_codes()
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    rows = [{"user_id": user_id, "code_hash": tokens.keyed_hash(code, purpose="recovery-code")} for code in made]
    await session.execute(insert(RecoveryCode), rows)
    return made


async def begin(session: AsyncSession, *, user_id: UUID) -> list[str]:
    """Codes for somebody who has none left: with the first factor. Nothing for somebody who has some."""
    if (await queries.standing(session, user_id=user_id)).codes_left:
        return []
    return await renew(session, user_id=user_id)


async def use(session: AsyncSession, *, user_id: UUID, code: str) -> bool:
    """Use one up. False for a code that is not theirs or was used."""
    hashed = tokens.keyed_hash(codes.as_written(code), purpose="recovery-code")
    unused = update(RecoveryCode).where(
        RecoveryCode.user_id == user_id, RecoveryCode.code_hash == hashed, RecoveryCode.used_at.is_(None)
    )
    return await session.scalar(unused.values(used_at=clock.now()).returning(RecoveryCode.id)) is not None


async def forget(session: AsyncSession, *, user_id: UUID) -> None:
    """Drop them with the last factor: what they stand in for is gone."""
    if not await queries.has_factor(session, user_id=user_id):
        await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
