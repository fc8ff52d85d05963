"""A password that was forgotten: a link by mail, and a new password by the link."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts import actions, letters, owning, passwords
from aipromote.accounts import sessions as browsers
from aipromote.accounts.models import User
from aipromote.errors import NotSignedIn


async def ask(session: AsyncSession, *, email: str) -> None:
    """Owe a letter with a link to that address. Whether anybody here has it, only the worker looks.

    Raises InvalidInput for what is no e-mail.
    """
    await letters.owe(session, template="reset", recipient=actions.checked_email(email))


async def look(session: AsyncSession, *, token: str) -> None:
    """Raises NotSignedIn where the link is not good (any more)."""
    await letters.opened(session, template="reset", token=token)


async def reset(session: AsyncSession, *, token: str, password: str) -> None:
    """Give the account a new password, once. Ends all its sessions, voids its other links, and tells the person.

    Whoever opened the letter reads the mail of that address, so it counts as theirs; and what others may have left on
    an account that nobody had confirmed is taken off (`owning`). Raises InvalidInput (password;
    the link stays good) and NotSignedIn for a link that is not good.
    """
    password_hash = await passwords.hashed(password)
    row = await letters.opened(session, template="reset", token=token, use=True)
    mine = (User.id == row.user_id) & (
        User.email == row.recipient
    )  # to the letter: the worker mailed the account's own
    user: User | None = await session.scalar(
        update(User).where(mine).values(password_hash=password_hash).returning(User)
    )
    if user is None:
        raise NotSignedIn("This link was sent to an e-mail that the account no longer has.")
    await owning.hand_over(session, user_id=user.id)
    await letters.void(session, user_id=user.id)
    await browsers.end_all(session, user_id=user.id)
    await letters.owe(session, template="password-changed", recipient=user.email, user_id=user.id)
