"""People who come by themselves: signing up, and showing that an e-mail is theirs.

Nobody learns from an answer whether an address has an account. It is told by letter, to whoever reads that mail.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import settings
from aipromote.accounts import actions, letters, owning, passwords
from aipromote.accounts.actor import Actor
from aipromote.accounts.models import INTERNAL_USER, User
from aipromote.errors import NotAllowed, NotSignedIn

CLOSED = (
    "Accounts are made by invitation here. Ask somebody who works with this instance to invite you, or whoever runs it."
)
_ONCE_WITHIN = timedelta(minutes=5)


def is_open() -> bool:
    """Whether people may make accounts by themselves."""
    return settings.get().sign_up == "open"


def has_mail() -> bool:
    """Whether letters leave the house. Without a mail server they are files in the data folder."""
    url = settings.get().smtp_url
    return url is not None and url.get_secret_value() != ""


async def sign_up(session: AsyncSession, *, email: str, password: str, name: str | None = None) -> None:
    """Make the account and owe a letter; or only the letter, where the address has an account already.

    Does the same work either way, and nothing twice for a form that is sent twice. Raises NotAllowed where sign-up is
    closed, and InvalidInput (email, password, name).
    """
    if not is_open():
        raise NotAllowed(CLOSED)
    address = actions.checked_email(email)
    password_hash = await passwords.hashed(password)
    made = await actions.insert_user(session, email=address, password_hash=password_hash, name=name)
    if made is not None:
        await letters.owe(session, template="verify", recipient=made.email, user_id=made.id)
        return
    same = func.lower(User.email) == func.lower(address)
    # Locked, so that of two forms at the same time the second sees the letter of the first.
    there = await session.scalar(select(User).where(same, User.id != INTERNAL_USER).with_for_update())
    if there is not None:
        await owe_once(session, user=there, template="known" if there.verified else "verify")


async def owe_once(session: AsyncSession, *, user: User, template: str) -> bool:
    """Owe the letter to the person's own address, unless one like it was owed within minutes."""
    if await letters.was_owed_lately(session, user_id=user.id, template=template, within=_ONCE_WITHIN):
        return False
    await letters.owe(session, template=template, recipient=user.email, user_id=user.id)
    return True


async def verify(session: AsyncSession, actor: Actor, *, token: str) -> None:
    """The actor's e-mail is theirs, by the link that was mailed there.

    Raises NotSignedIn for a link that is not good, or is not the actor's: only who knows the password of an account may
    vouch for its address. Otherwise one could sign up with the address of another, and have them confirm it.
    """
    row = await letters.opened(session, template="verify", token=token, use=True)
    mine = (User.id == row.user_id) & (User.email == row.recipient)
    if row.user_id != actor.user_id:
        raise NotSignedIn("This link belongs to another account. Sign in with the e-mail that it was sent to.")
    if not (await session.scalars(update(User).where(mine).values(verified=True).returning(User.id))).all():
        raise NotSignedIn("This link was sent to an e-mail that your account no longer has.")


async def vouch(session: AsyncSession, *, user: User) -> None:
    """Count the person's e-mail as theirs because whoever runs the machine says so (see `owning`)."""
    await owning.hand_over(session, user_id=user.id)


async def must_be_verified(session: AsyncSession, actor: Actor) -> None:
    """Raises NotAllowed where anybody may sign up and the actor has not shown that their e-mail is theirs."""
    if actor.user_id is None or not is_open():
        return
    if not await session.scalar(select(User.verified).where(User.id == actor.user_id)):
        raise NotAllowed(
            "Please confirm your e-mail first: open the link in the letter that we sent you. "
            "Your account page sends another."
        )
