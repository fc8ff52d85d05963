"""What people change about their own account. What opens it is changed only by who knows the password."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts import actions, addresses, letters, names, passwords, queries
from aipromote.accounts import sessions as browsers
from aipromote.accounts.actor import Actor
from aipromote.accounts.models import INTERNAL_USER, User
from aipromote.errors import Conflict, InvalidInput, NotAllowed, NotSignedIn
from aipromote.languages import LANGUAGES

_MAX_NAME = 200


async def profile(session: AsyncSession, actor: Actor, *, name: str, language: str) -> None:
    """The name that others read, and the language of the pages (empty: as the browser says). Raises InvalidInput."""
    user = await _me(session, actor)
    said = names.one_line(name)
    if len(said) > _MAX_NAME:
        raise InvalidInput(f"A name has at most {_MAX_NAME} characters.", field="name")
    if language and language not in LANGUAGES:
        raise InvalidInput("Pages cannot be read in this language.", field="language")
    user.name, user.language = said or None, language or None
    await session.flush()


async def password(session: AsyncSession, actor: Actor, *, current: str, new: str, keep: str) -> int:
    """A new password. Ends the other sessions than `keep` (a token), voids links, tells the person.

    Returns how many sessions ended. Raises InvalidInput (current, password).
    """
    user = await _who_knows(session, actor, current)
    user.password_hash = await passwords.hashed(new)
    await letters.void(session, user_id=user.id)
    await letters.owe(session, template="password-changed", recipient=user.email, user_id=user.id)
    await session.flush()
    return await browsers.end_others(session, user_id=user.id, keep=keep)


async def ask_for_email(session: AsyncSession, actor: Actor, *, current: str, email: str) -> None:
    """Owe a letter to the new address, whose link makes it count. An address that has an account learns only that.

    Raises InvalidInput (current, email).
    """
    user = await _who_knows(session, actor, current)
    address = actions.checked_email(email)
    if addresses.same(address, user.email):
        raise InvalidInput("That is the e-mail you have.", field="email")
    taken = await session.scalar(select(User).where(func.lower(User.email) == func.lower(address)))
    if taken is None:
        await letters.owe(session, template="new-email", recipient=address, user_id=user.id)
    elif taken.id != INTERNAL_USER:
        await letters.owe(session, template="known", recipient=taken.email, user_id=taken.id)


async def confirm_email(session: AsyncSession, actor: Actor, *, token: str) -> str:
    """The new address counts from now on; the old one is told. Returns the new one.

    Raises NotSignedIn for a link that is not good or another's, Conflict where somebody else took the address since.
    """
    row = await letters.opened(session, template="new-email", token=token, use=True)
    user = await _me(session, actor)
    if row.user_id != user.id:
        raise NotSignedIn("This link belongs to another account. Sign in to that one first.")
    same = func.lower(User.email) == func.lower(row.recipient)
    if await session.scalar(select(User.id).where(same, User.id != user.id)):
        raise Conflict("This e-mail has an account of its own by now.", field="email")
    old = user.email
    try:
        async with session.begin_nested():
            user.email, user.verified = row.recipient, True
    except IntegrityError:  # somebody else confirmed it in this very moment
        raise Conflict("This e-mail has an account of its own by now.", field="email") from None
    await letters.void(session, user_id=user.id)  # what was mailed to the old address opens nothing any more
    await letters.owe(session, template="email-changed", recipient=old, user_id=user.id, detail=row.recipient)
    await session.flush()
    return row.recipient


async def _who_knows(session: AsyncSession, actor: Actor, current: str) -> User:
    user = await _me(session, actor)
    if not await passwords.matches(current, user.password_hash):
        raise InvalidInput("That is not your current password.", field="current")
    return user


async def _me(session: AsyncSession, actor: Actor) -> User:
    """The person who acts, who alone may change the account: no key, and nobody for them."""
    if not actor.is_person:
        raise NotAllowed("Only a person can change their own account.")
    user_id: UUID | None = actor.user_id
    assert user_id is not None
    return await queries.user(session, user_id=user_id)
