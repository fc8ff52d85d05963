"""Who somebody is."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts import tokens
from aipromote.accounts.actor import Actor
from aipromote.accounts.models import INTERNAL_USER, Session, User
from aipromote.accounts.states import UserRole
from aipromote.errors import NotAllowed, NotFound

_ADMIN = UserRole.ADMIN


async def user_of(session: AsyncSession, *, token: str) -> User | None:
    """The user behind a session's token; None for a token that is unknown or too old."""
    hashed = tokens.keyed_hash(token, purpose="session")
    found = select(User).join(Session).where(Session.token_hash == hashed, Session.expires_at > clock.now())
    return await session.scalar(found)


async def signed_in(session: AsyncSession, *, token: str) -> tuple[User, Session] | None:
    """The user behind a session's token, and the session; None for a token that is unknown or too old."""
    hashed = tokens.keyed_hash(token, purpose="session")
    found = select(User, Session).join(Session).where(Session.token_hash == hashed, Session.expires_at > clock.now())
    row = (await session.execute(found)).first()
    return None if row is None else (row[0], row[1])


async def user(session: AsyncSession, *, user_id: UUID) -> User:
    """The user. Raises NotFound."""
    found = await session.get(User, user_id)
    if found is None:
        raise NotFound("There is no such user.")
    return found


async def by_email(session: AsyncSession, *, email: str) -> User:
    """The user with this e-mail, in whatever case. Raises NotFound."""
    same = func.lower(User.email) == func.lower(email.strip())
    found = await session.scalar(select(User).where(same, User.id != INTERNAL_USER))
    if found is None:
        raise NotFound(f"Nobody here has the e-mail {email.strip()}.")
    return found


async def must_administer(session: AsyncSession, actor: Actor) -> None:
    """Raises NotAllowed unless the actor is an administrator of the instance, in person, or the product itself."""
    if actor.is_product:
        return
    if actor.user_id is None or not actor.is_person or (await user(session, user_id=actor.user_id)).role != _ADMIN:
        raise NotAllowed("This needs an administrator of this instance.")


async def count(session: AsyncSession) -> int:
    """How many people this instance has. None yet: the first to come sets it up."""
    people = select(func.count()).select_from(User).where(User.id != INTERNAL_USER)
    return await session.scalar(people) or 0


def actor_of(user: User) -> Actor:
    """The user as the one who does something."""
    return Actor(user.name or user.email, user.id)
