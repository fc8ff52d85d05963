"""Who a provider says somebody is: the way there and back, and whose account that opens.

The browser that sets out has a token in a cookie. State, nonce and PKCE verifier follow from it and the secret key, so
that a row of this table is of no use to anybody; the row makes the token good for one return, within ten minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts import actions, addresses, letters, queries, registering, tokens
from aipromote.accounts.actor import Actor
from aipromote.accounts.models import INTERNAL_USER, SignInFlow, User, UserIdentity
from aipromote.accounts.states import Provider
from aipromote.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotSignedIn

FLOW_LASTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What goes along to the provider, and what must come back. All of it follows from the browser's token."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def of(cls, token: str) -> Secrets:
        """Of the browser's token."""
        return cls(*(tokens.derived(token, purpose=f"flow-{name}") for name in ("state", "nonce", "verifier")))


@dataclass(frozen=True, slots=True)
class Claimed:
    """Somebody, as a provider knows them."""

    provider: Provider
    subject: str
    email: str | None
    is_email_verified: bool
    name: str | None = None


async def set_out(session: AsyncSession, *, provider: Provider, after: str, user_id: UUID | None = None) -> str:
    """The token for the browser that goes to the provider. With a `user_id` it goes to link that account."""
    token = tokens.fresh()
    hashed = tokens.keyed_hash(token, purpose="flow")
    ends = clock.now() + FLOW_LASTS
    session.add(SignInFlow(token_hash=hashed, provider=provider, after=after, user_id=user_id, expires_at=ends))
    await session.flush()
    return token


async def come_back(session: AsyncSession, *, token: str, provider: Provider) -> SignInFlow:
    """The flow of this browser, which is over by it. NotSignedIn for one that is unknown, over, or took too long."""
    hashed = tokens.keyed_hash(token, purpose="flow")
    mine = (SignInFlow.token_hash == hashed) & (SignInFlow.provider == provider)
    flow: SignInFlow | None = await session.scalar(
        delete(SignInFlow).where(mine, SignInFlow.expires_at > clock.now()).returning(SignInFlow)
    )
    if flow is None:
        raise NotSignedIn(f"Signing in with {provider.label} took too long, or was done already. Please begin anew.")
    return flow


async def sign_in(session: AsyncSession, *, claimed: Claimed) -> User:
    """The account of that person: the linked one, one with the same e-mail, or a new one where sign-up is open.

    An e-mail leads to an account only where the provider and we have verified it.
    Raises NotSignedIn where the e-mail does not allow it, NotAllowed where sign-up is closed.
    """
    label = claimed.provider.label
    # Shared, so that an account that is being handed over to its owner ends this session, too.
    linked = select(User).join(UserIdentity).where(_is(claimed)).with_for_update(read=True, of=UserIdentity)
    if (user := await session.scalar(linked)) is not None:
        return user
    if claimed.email is None or not claimed.is_email_verified:
        raise NotSignedIn(
            f"{label} has not verified your e-mail there, so it does not tell who you are. Verify it at {label}, "
            "or sign in with your password and link it on your account page."
        )
    same = func.lower(User.email) == func.lower(claimed.email)
    user = await session.scalar(select(User).where(same, User.id != INTERNAL_USER).with_for_update())
    if user is None:
        return await _come_new(session, claimed, claimed.email)
    if not addresses.same(user.email, claimed.email):
        raise NotSignedIn(f"The e-mail of that {label} account is like one here, but not the same. Sign in with yours.")
    if not user.verified:
        raise NotSignedIn(
            f"The account with this e-mail has not been confirmed. Sign in with its password, confirm the e-mail, "
            f"and link {label} on your account page; or ask for a new password."
        )
    await _link(session, user=user, claimed=claimed)
    return user


async def link(session: AsyncSession, actor: Actor, *, claimed: Claimed) -> None:
    """That person is the actor, too.

    Raises NotAllowed before the actor's own e-mail is confirmed, Conflict for who is linked to somebody else.
    """
    assert actor.user_id is not None
    user = await queries.user(session, user_id=actor.user_id)
    may_link(user)
    await _link(session, user=user, claimed=claimed)


def may_link(user: User) -> None:
    """Raises NotAllowed before the e-mail is confirmed.

    Who made the account may be somebody else than its e-mail's owner, and a way in that they added would stay.
    """
    if not user.verified:
        raise NotAllowed("Please confirm your e-mail first. Then other ways to sign in can be added.")


async def unlink(session: AsyncSession, actor: Actor, *, provider: Provider) -> None:
    """No longer. Raises NotFound where it is not linked, and InvalidInput where it is the only way in."""
    assert actor.user_id is not None
    user = await queries.user(session, user_id=actor.user_id)
    mine = await of(session, user_id=user.id)
    if provider not in {row.provider for row in mine}:
        raise NotFound(f"{provider.label} is not linked to your account.")
    if user.password_hash is None and len(mine) == 1:
        raise InvalidInput(f"{provider.label} is your only way in. Choose a password first.")
    await session.execute(
        delete(UserIdentity).where(UserIdentity.user_id == user.id, UserIdentity.provider == provider)
    )
    await letters.owe(session, template="way-removed", recipient=user.email, user_id=user.id, detail=provider.label)


async def of(session: AsyncSession, *, user_id: UUID) -> Sequence[UserIdentity]:
    """Whom the person is linked to."""
    mine = select(UserIdentity).where(UserIdentity.user_id == user_id).order_by(UserIdentity.provider)
    return (await session.scalars(mine)).all()


async def _come_new(session: AsyncSession, claimed: Claimed, email: str) -> User:
    if not registering.is_open():
        raise NotAllowed(f"Nobody here has the e-mail of that {claimed.provider.label} account. {registering.CLOSED}")
    address = actions.checked_email(email)
    name = (claimed.name or "")[:200]
    made = await actions.insert_user(session, email=address, password_hash=None, name=name, verified=True)
    if made is None:
        raise Conflict("Somebody made an account with this e-mail in this very moment. Please try again.")
    await _link(session, user=made, claimed=claimed, tells=False)
    return made


async def _link(session: AsyncSession, *, user: User, claimed: Claimed, tells: bool = True) -> None:
    label = claimed.provider.label
    row = {
        "user_id": user.id,
        "provider": claimed.provider,
        "subject": claimed.subject,
        "email": claimed.email,
    }
    made = await session.scalar(insert(UserIdentity).values(row).on_conflict_do_nothing().returning(UserIdentity.id))
    if made is not None:
        if tells:
            await letters.owe(session, template="way-added", recipient=user.email, user_id=user.id, detail=label)
        return
    if await session.scalar(select(UserIdentity.user_id).where(_is(claimed))) == user.id:
        return
    raise Conflict(f"Your account is linked to another {label} account, or this one is linked to another account here.")


def _is(claimed: Claimed) -> ColumnElement[bool]:
    return (UserIdentity.provider == claimed.provider) & (UserIdentity.subject == claimed.subject)
