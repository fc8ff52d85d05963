"""Letters to people about their own accounts, which belong to no organization.

A verb owes a letter in its own transaction; a worker delivers it. The link in one is made when the letter is written:
its token follows from the letter's id and the secret key, so that it stands in no table and no queue, a letter that is
written twice has the same link, and a link that was used stays used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock, settings
from aipromote.accounts import tokens
from aipromote.accounts.jobs import OwedLetter
from aipromote.accounts.models import INTERNAL_USER, AccountLetter, User
from aipromote.errors import InvalidInput, NotSignedIn
from aipromote.jobs.kinds import Due
from aipromote.notifications.letters import Letter
from aipromote.notifications.states import DeliveryStatus

MAX_ATTEMPTS = 8
_CLAIM = timedelta(minutes=2)
_ASKED_ONCE_WITHIN = timedelta(minutes=15)
"""Anybody may ask for a letter to an address. Half of the time that a link for a new password is good."""


@dataclass(frozen=True, slots=True)
class Link:
    """What the link in a letter is for: its own kind of token, how long it opens something, and where it leads."""

    purpose: tokens.Purpose
    lasts: timedelta
    path: str


LINKS = {
    "verify": Link("verify", timedelta(days=2), "/verify/"),
    "reset": Link("reset", timedelta(minutes=30), "/reset/"),
    "new-email": Link("new-email", timedelta(hours=2), "/account/email/"),
}
"""By template. The others have no link that opens anything."""

TEMPLATES = (
    *LINKS,
    "known",
    "email-changed",
    "password-changed",
    "way-added",
    "way-removed",
    "factor-added",
    "factor-removed",
)


async def owe(
    session: AsyncSession, *, template: str, recipient: str, user_id: UUID | None = None, detail: str | None = None
) -> UUID:
    """A letter that a worker will deliver; its id. Without a `user_id` the worker looks whose address it is.

    Raises InvalidInput for a template that there is not.
    """
    if template not in TEMPLATES:
        raise InvalidInput(f"There is no letter {template!r} about accounts.", field="template")
    row = AccountLetter(template=template, recipient=recipient, user_id=user_id, detail=detail)
    session.add(row)
    await session.flush()
    return row.id


async def was_owed_lately(session: AsyncSession, *, user_id: UUID, template: str, within: timedelta) -> bool:
    """Whether the person was owed such a letter within that time: a form that is sent twice brings one letter."""
    same = select(AccountLetter.id).where(
        AccountLetter.user_id == user_id,
        AccountLetter.template == template,
        AccountLetter.created_at > func.now() - within,
    )
    return await session.scalar(same.limit(1)) is not None


async def pending_letters(session: AsyncSession, *, limit: int) -> Sequence[Due[OwedLetter]]:
    """Letters that are owed and that nobody is delivering, the oldest first."""
    free = or_(AccountLetter.claimed_until.is_(None), AccountLetter.claimed_until <= clock.now())
    owed = select(AccountLetter.id).where(AccountLetter.status == DeliveryStatus.PENDING, free)
    found = await session.scalars(owed.order_by(AccountLetter.created_at).limit(limit))
    return [Due(OwedLetter(letter_id=letter_id), priority=1) for letter_id in found]


async def claim(session: AsyncSession, *, letter_id: UUID) -> AccountLetter | None:
    """Take an owed letter, find out whose it is, and make the link in it good. None: it is not owed, or nobody's."""
    now = clock.now()
    free = or_(AccountLetter.claimed_until.is_(None), AccountLetter.claimed_until <= now)
    taking = (
        update(AccountLetter)
        .where(AccountLetter.id == letter_id, AccountLetter.status == DeliveryStatus.PENDING, free)
        .values(attempts=AccountLetter.attempts + 1, claimed_until=now + _CLAIM)
        .returning(AccountLetter)
    )
    row: AccountLetter | None = await session.scalar(taking)
    if row is None:
        return None
    if row.user_id is None and not await _address(session, row):
        await session.delete(row)  # nobody here has that address: there is nothing to keep, and nobody to tell
        return None
    link = LINKS.get(row.template)
    if link is not None and row.token_hash is None:
        row.token_hash = tokens.keyed_hash(_token(row), purpose=link.purpose)
        row.expires_at = now + link.lasts
    await session.flush()
    return row


async def record(session: AsyncSession, *, letter_id: UUID, failure: str | None = None, final: bool = True) -> None:
    """What became of it: delivered, or why not. One that failed and is not `final` stays owed."""
    values: dict[str, object] = {"claimed_until": None, "error_message": failure[:2000] if failure else None}
    if failure is None:
        values |= {"status": DeliveryStatus.SENT, "delivered_at": clock.now()}
    elif final:
        values |= {"status": DeliveryStatus.FAILED}
    owed = (AccountLetter.id == letter_id) & (AccountLetter.status == DeliveryStatus.PENDING)
    await session.execute(update(AccountLetter).where(owed).values(**values))


def words(row: AccountLetter, *, name: str | None) -> Letter:
    """The letter in words. Only here the token of its link is made."""
    link = LINKS.get(row.template)
    home = _home()
    address = f"{home}{link.path}{_token(row)}" if link else ""
    text = _environment().get_template(f"{row.template}.txt")
    said = text.render(name=name, home=home, address=address, detail=row.detail, recipient=row.recipient)
    subject, _, body = said.partition("\n")
    return Letter(subject=" ".join(subject.split()), body=body.strip() + "\n")


async def opened(session: AsyncSession, *, template: str, token: str, use: bool = False) -> AccountLetter:
    """The letter whose link this is. With `use` the link is good for nothing afterwards.

    Raises NotSignedIn for a link that is unknown, used or too old: the three are not told apart.
    """
    hashed = tokens.keyed_hash(token, purpose=LINKS[template].purpose)
    good = (
        (AccountLetter.token_hash == hashed)
        & (AccountLetter.template == template)
        & AccountLetter.used_at.is_(None)
        & (AccountLetter.expires_at > clock.now())
    )
    using = update(AccountLetter).where(good).values(used_at=clock.now()).returning(AccountLetter)
    row: AccountLetter | None = await session.scalar(using if use else select(AccountLetter).where(good))
    if row is None:
        raise NotSignedIn("This link was used already, or is too old. Ask for a new one.")
    return row


async def void(session: AsyncSession, *, user_id: UUID) -> None:
    """Make every link that was mailed to this person, or is to be mailed, good for nothing."""
    mine = select(func.lower(User.email)).where(User.id == user_id).scalar_subquery()
    asked = AccountLetter.user_id.is_(None) & (func.lower(AccountLetter.recipient) == mine)
    unwritten = AccountLetter.template.in_(LINKS) & AccountLetter.token_hash.is_(None)
    owed = (AccountLetter.status == DeliveryStatus.PENDING) & unwritten & ((AccountLetter.user_id == user_id) | asked)
    await session.execute(delete(AccountLetter).where(owed))
    live = (AccountLetter.user_id == user_id) & AccountLetter.token_hash.is_not(None) & AccountLetter.used_at.is_(None)
    await session.execute(update(AccountLetter).where(live).values(used_at=clock.now()))


async def _address(session: AsyncSession, row: AccountLetter) -> bool:
    """Find out whose the letter is; False: nobody's, or the person has one like it that is good.

    It goes to the account's own address, never to what was typed: the database finds an account also by letters that
    only look like those of its address, and what was typed may be somebody else's.
    """
    same = func.lower(User.email) == func.lower(row.recipient)
    user = await session.scalar(select(User).where(same, User.id != INTERNAL_USER))
    if user is None or await _has_one(session, row, user.id):
        return False
    row.user_id, row.recipient = user.id, user.email
    return True


async def _has_one(session: AsyncSession, row: AccountLetter, user_id: UUID) -> bool:
    """Whether the link of a letter that was asked for minutes before is still good.

    Only here, where nobody waits for an answer, the count of an address may depend on whether it has an account.
    """
    like = select(AccountLetter.id).where(
        AccountLetter.user_id == user_id,
        AccountLetter.id != row.id,
        AccountLetter.template == row.template,
        AccountLetter.created_at > row.created_at - _ASKED_ONCE_WITHIN,
        AccountLetter.token_hash.is_not(None),
        AccountLetter.used_at.is_(None),
        AccountLetter.status != DeliveryStatus.FAILED,
    )
    return await session.scalar(like.limit(1)) is not None


def _token(row: AccountLetter) -> str:
    return tokens.derived(str(row.id), purpose=row.template)


def _home() -> str:
    config = settings.get()
    return (config.public_url or f"http://{config.host}:{config.port}").rstrip("/")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    # Plain text: escaping for HTML would garble it. What comes from people stands in no header.
    return Environment(
        loader=PackageLoader("aipromote.accounts", "templates"),
        autoescape=False,  # noqa: S701 -- plain text, which escaping for HTML would garble
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
