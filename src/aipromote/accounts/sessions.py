"""A person's signed-in browsers: which there are, and ending them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts import tokens
from aipromote.accounts.devices import device
from aipromote.accounts.factors.models import PendingSignIn
from aipromote.accounts.models import Session
from aipromote.errors import NotFound

SEEN_EVERY = timedelta(minutes=5)
"""How exact it is when a session was seen last: a page must not write a row each time it is opened."""
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One signed-in browser, in words."""

    id: UUID
    device: str
    begun_at: datetime
    seen_at: datetime
    is_this: bool


async def of(session: AsyncSession, *, user_id: UUID, token: str) -> list[SignedIn]:
    """Them, the one with this token first, then by when they were seen last."""
    hashed = tokens.keyed_hash(token, purpose="session")
    # A link that signs in lasts for an hour at most. One that began before sessions were seen has no such time.
    is_session = or_(Session.last_seen_at.is_not(None), Session.expires_at > Session.created_at + timedelta(days=1))
    live = select(Session).where(Session.user_id == user_id, Session.expires_at > clock.now(), is_session)
    found = await session.scalars(
        live.order_by(Session.token_hash != hashed, Session.last_seen_at.desc().nulls_last(), Session.id).limit(_SHOWN)
    )
    return [
        SignedIn(
            id=row.id,
            device=device(row.user_agent),
            begun_at=row.created_at,
            seen_at=row.last_seen_at or row.created_at,
            is_this=row.token_hash == hashed,
        )
        for row in found
    ]


async def touch(session: AsyncSession, *, row: Session) -> None:
    """Note that it was seen, unless that was noted minutes ago. Waits for nobody who is noting it."""
    now = clock.now()
    if row.last_seen_at is not None and row.last_seen_at > now - SEEN_EVERY:
        return
    free = select(Session.id).where(Session.id == row.id).with_for_update(skip_locked=True).scalar_subquery()
    seen = update(Session).where(Session.id == free).values(last_seen_at=now)
    await session.execute(seen, execution_options={"synchronize_session": False})


async def is_fresh(session: AsyncSession, *, token: str, within: timedelta) -> bool:
    """Whether the person signed in with this session so lately."""
    hashed = tokens.keyed_hash(token, purpose="session")
    begun = select(Session.id).where(Session.token_hash == hashed, Session.created_at > clock.now() - within)
    return await session.scalar(begun) is not None


async def end(session: AsyncSession, *, user_id: UUID, session_id: UUID) -> None:
    """End one. Raises NotFound for one that is not this person's, or has ended."""
    mine = delete(Session).where(Session.id == session_id, Session.user_id == user_id).returning(Session.id)
    if await session.scalar(mine) is None:
        raise NotFound("This session has ended already.")


async def end_others(session: AsyncSession, *, user_id: UUID, keep: str) -> int:
    """End all but the one with this token, all sign-in links, and sign-ins that wait. Returns how many."""
    await _end_pending(session, user_id)
    others = (Session.user_id == user_id) & (Session.token_hash != tokens.keyed_hash(keep, purpose="session"))
    return len((await session.scalars(delete(Session).where(others).returning(Session.id))).all())


async def end_all(session: AsyncSession, *, user_id: UUID) -> None:
    """End every one, all sign-in links, and sign-ins that wait for a second factor."""
    await _end_pending(session, user_id)
    await session.execute(delete(Session).where(Session.user_id == user_id))


async def _end_pending(session: AsyncSession, user_id: UUID) -> None:
    """Before the sessions: one that is being answered is waited for, and its session is there to be ended then."""
    await session.execute(delete(PendingSignIn).where(PendingSignIn.user_id == user_id))
