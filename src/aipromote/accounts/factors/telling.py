"""Letters to a person whose factors change, and who may add one at all."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts import letters
from aipromote.accounts.models import User
from aipromote.errors import NotAllowed

APP = "an app with codes"


async def must_be_confirmed(session: AsyncSession, *, user_id: UUID) -> User:
    """The person. Raises NotAllowed before their e-mail is confirmed.

    Who made the account may be somebody else than its e-mail's owner, and a factor that they added would open it.
    """
    user = await session.get_one(User, user_id, populate_existing=True)
    if not user.verified:
        raise NotAllowed(
            "Please confirm your e-mail first: your account page sends the letter. Where no mail is sent, ask whoever "
            "runs this instance. Then an app or a passkey can be added."
        )
    return user


async def tell_added(session: AsyncSession, *, user_id: UUID, what: str) -> None:
    """Owe a letter about a factor that opens the account from now on."""
    await _tell(session, "factor-added", user_id, what)


async def tell_removed(session: AsyncSession, *, user_id: UUID, what: str) -> None:
    """Owe a letter about one that does not any more."""
    await _tell(session, "factor-removed", user_id, what)


def passkey(name: str) -> str:
    """How a letter calls one."""
    return f"the passkey “{name}”"


async def _tell(session: AsyncSession, template: str, user_id: UUID, what: str) -> None:
    user = await session.get_one(User, user_id)
    await letters.owe(session, template=template, recipient=user.email, user_id=user_id, detail=what)
