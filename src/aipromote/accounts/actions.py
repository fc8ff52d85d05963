"""Making users, signing them in and out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts import addresses, names, passwords, tokens
from aipromote.accounts.factors import pending
from aipromote.accounts.factors.queries import has_factor
from aipromote.accounts.models import INTERNAL_USER, Session, User
from aipromote.accounts.states import UserRole
from aipromote.errors import Conflict, InvalidInput, NotSignedIn

SESSION_LASTS = timedelta(days=30)
LINK_LASTS = timedelta(minutes=15)
_MAX_AGENT = 500
_MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """What a proof of who somebody is leads to: a session, or, where a second factor is owed, the question for it.

    `token` is of the one or the other, and neither passes for the other.
    """

    user_id: UUID
    token: str
    is_pending: bool


async def create_user(
    session: AsyncSession,
    *,
    email: str,
    password: str,
    name: str | None = None,
    role: UserRole = UserRole.USER,
    verified: bool = False,
) -> User:
    """A new user. The e-mail is kept as typed, without the spaces around it.

    `verified`: whoever lets the person in vouches for the address. Raises InvalidInput (email, password) and Conflict
    where the e-mail has an account, in whatever case.
    """
    address = checked_email(email)
    password_hash = await passwords.hashed(password)
    made = await insert_user(
        session, email=address, password_hash=password_hash, name=name, role=role, verified=verified
    )
    if made is None:
        raise Conflict("There is an account with this e-mail already.", field="email")
    return made


def checked_email(text: str) -> str:
    """The e-mail without the spaces around it. Raises InvalidInput (email) for what is none."""
    return addresses.checked(text)


async def insert_user(
    session: AsyncSession,
    *,
    email: str,
    password_hash: str | None,
    name: str | None = None,
    role: UserRole = UserRole.USER,
    verified: bool = False,
) -> User | None:
    """The row of a new user; None where the e-mail has an account, in whatever case. Raises InvalidInput (name)."""
    said = names.one_line(name or "")
    if len(said) > _MAX_NAME:
        raise InvalidInput(f"A name has at most {_MAX_NAME} characters.", field="name")
    values = {
        "email": email,
        "password_hash": password_hash,
        "name": said or None,
        "role": role,
        "verified": verified,
    }
    return await session.scalar(insert(User).values(**values).on_conflict_do_nothing().returning(User))


async def mark_verified(session: AsyncSession, *, user_id: UUID) -> None:
    """The person opened a link that only went to their address."""
    await session.execute(update(User).where(User.id == user_id, User.verified.is_(False)).values(verified=True))


async def make_internal_user(session: AsyncSession) -> None:
    """The owner of the product's own organization, once. Nobody can sign in as it."""
    row = {"id": INTERNAL_USER, "email": "canary@aipromote.invalid", "name": "AIPromote"}
    await session.execute(insert(User).values(row).on_conflict_do_nothing())


async def sign_in(session: AsyncSession, *, email: str, password: str, user_agent: str | None = None) -> Entry:
    """By password. Raises NotSignedIn, which does not tell whether the user exists."""
    user = await session.scalar(select(User).where(func.lower(User.email) == func.lower(email.strip())))
    if not await passwords.matches(password, user.password_hash if user else None) or user is None:
        raise NotSignedIn("E-mail and password do not match.")
    # Meanwhile the password may have been changed. Shared, so that a change waits, and ends this session with the rest.
    now = await session.scalar(select(User.password_hash).where(User.id == user.id).with_for_update(read=True))
    if now != user.password_hash:
        raise NotSignedIn("E-mail and password do not match.")
    await session.execute(delete(Session).where(Session.user_id == user.id, Session.expires_at <= clock.now()))
    return await finish_sign_in(session, user_id=user.id, user_agent=user_agent)


async def finish_sign_in(session: AsyncSession, *, user_id: UUID, user_agent: str | None = None) -> Entry:
    """After one proof of who somebody is (a password, a letter, another site's word): a session, or the next question.

    Every way in that is one proof ends here. A passkey does not: it is two, the device and its owner.
    """
    if await has_factor(session, user_id=user_id):
        return Entry(user_id, await pending.begin(session, user_id=user_id), is_pending=True)
    token = await open_session(session, user_id=user_id, user_agent=user_agent)
    return Entry(user_id, token, is_pending=False)


async def open_session(
    session: AsyncSession, *, user_id: UUID, lasts: timedelta = SESSION_LASTS, user_agent: str | None = None
) -> str:
    """The token of a new session; only its holder has it."""
    return await _open(session, "session", user_id=user_id, lasts=lasts, user_agent=user_agent)


async def open_link(session: AsyncSession, *, user_id: UUID, lasts: timedelta = LINK_LASTS) -> str:
    """The token of a sign-in link. It is no session itself: `exchange_link` makes one of it, once."""
    return await _open(session, "link", user_id=user_id, lasts=lasts, user_agent=None)


async def exchange_link(session: AsyncSession, *, token: str, user_agent: str | None = None) -> str:
    """The token of a full session for a link's, which dies by it. NotSignedIn for one used, too old or unknown."""
    link = delete(Session).where(
        Session.token_hash == tokens.keyed_hash(token, purpose="link"), Session.expires_at > clock.now()
    )
    user_id = await session.scalar(link.returning(Session.user_id))
    if user_id is None:
        raise NotSignedIn("This link was used already, or is too old. Ask for a new one.")
    return await open_session(session, user_id=user_id, user_agent=user_agent)


async def sign_out(session: AsyncSession, *, token: str) -> None:
    """End the session of this token; one that is gone already is no error."""
    await session.execute(delete(Session).where(Session.token_hash == tokens.keyed_hash(token, purpose="session")))


async def _open(
    session: AsyncSession, purpose: tokens.Purpose, *, user_id: UUID, lasts: timedelta, user_agent: str | None
) -> str:
    token = tokens.fresh()
    row = Session(
        user_id=user_id,
        token_hash=tokens.keyed_hash(token, purpose=purpose),
        expires_at=clock.now() + lasts,
        last_seen_at=clock.now() if purpose == "session" else None,
        user_agent=(user_agent or "")[:_MAX_AGENT] or None,
    )
    session.add(row)
    await session.flush()
    return token
