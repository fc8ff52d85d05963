"""Letting go of what is over: sessions and flows that have ended, and letters that nobody looks for any more."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.models import AccountLetter, Session, SignInFlow
from aipromote.notifications.states import DeliveryStatus

LETTERS_KEPT = timedelta(days=30)
"""For whoever asks what became of a letter. They hold addresses, and are kept no longer."""


async def clear(session: AsyncSession) -> None:
    """Delete it. What is still owed stays, however old it is."""
    now = clock.now()
    await session.execute(delete(Session).where(Session.expires_at <= now))
    await session.execute(delete(SignInFlow).where(SignInFlow.expires_at <= now))
    over = (AccountLetter.status != DeliveryStatus.PENDING) & (AccountLetter.created_at <= now - LETTERS_KEPT)
    await session.execute(delete(AccountLetter).where(over))
