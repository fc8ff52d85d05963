"""How each account stands: whether it can be used, until when, what its network said last, and what a person can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.channels import queries, scopes
from aipromote.channels.looks import looks
from aipromote.channels.models import AccountLook, SocialAccount
from aipromote.channels.states import LookAnswer
from aipromote.connectors import registry


class State(StrEnum):
    """From well to gone."""

    CONNECTED = "connected"
    LIMITED = "limited"  # the grant lacks something
    TROUBLED = "troubled"  # the network did not answer when it was asked last
    REFUSED = "refused"  # it did, and does not allow what is needed
    TURNED_AWAY = "turned away"  # a person has to connect it again
    DISCONNECTED = "disconnected"


@dataclass(frozen=True, slots=True)
class Standing:
    """One account. `renews` says whether its access is renewed by itself before `ends_at`."""

    account: SocialAccount
    state: State
    since: datetime
    ends_at: datetime | None
    renews: bool
    asked_at: datetime | None
    answer: str
    lacks: tuple[str, ...]
    limits: str
    advice: str


async def standings(session: AsyncSession, *, organization_id: UUID) -> list[Standing]:
    """Of all accounts, connected or not, by platform and handle."""
    accounts = await queries.accounts(session, organization_id=organization_id, active_only=False)
    return await _all(session, accounts)


async def standing(session: AsyncSession, *, organization_id: UUID, account_id: UUID) -> Standing:
    """Of one account. NotFound where the organization has no such."""
    account = await queries.account(session, organization_id=organization_id, account_id=account_id)
    [found] = await _all(session, [account])
    return found


async def _all(session: AsyncSession, accounts: Sequence[SocialAccount]) -> list[Standing]:
    said = await looks(session, [(one.organization_id, one.id) for one in accounts])
    return [_judge(one, said.get((one.organization_id, one.id))) for one in accounts]


def _judge(account: SocialAccount, look: AccountLook | None) -> Standing:
    lacking = _lacking(account)
    state = _state(account, look, lacks=bool(lacking))
    return Standing(
        account=account,
        state=state,
        since=account.connected_at or account.created_at,
        ends_at=account.expires_at,
        renews=bool(account.refresh_token_sealed),
        asked_at=look.asked_at if look is not None else None,
        answer=_said(look),
        lacks=tuple(sorted(lacking)),
        limits=scopes.words(lacking),
        advice=_advice(account, state),
    )


def _lacking(account: SocialAccount) -> frozenset[str]:
    if not account.is_active or account.connector not in registry.names():
        return frozenset()
    return scopes.missing(registry.get(account.connector), account.scope)


def _state(account: SocialAccount, look: AccountLook | None, *, lacks: bool) -> State:
    if not account.is_active:
        return State.TURNED_AWAY if account.error_message else State.DISCONNECTED
    has_ended = account.expires_at is not None and account.expires_at <= clock.now()
    if has_ended and not account.refresh_token_sealed:
        return State.TURNED_AWAY
    if look is not None and look.answer in {LookAnswer.CLOSED, LookAnswer.FORBIDDEN}:
        return State.REFUSED
    if look is not None and look.answer in {LookAnswer.SILENT, LookAnswer.NOT_RENEWED}:
        return State.TROUBLED
    return State.LIMITED if lacks else State.CONNECTED


def _said(look: AccountLook | None) -> str:
    """The network's answer, for people."""
    if look is None:
        return ""
    if look.answer is LookAnswer.OPEN:
        return "lets it in"
    if look.answer is LookAnswer.UNASKED:
        return "is being asked"
    return look.reason or ""


def _advice(account: SocialAccount, state: State) -> str:
    label = account.platform.label
    match state:
        case State.TURNED_AWAY:
            return f"Connect it again, signed in to {label} as the same account. Its posts and numbers stay."
        case State.REFUSED:
            return f"Look at the account on {label}; then connect it again and allow everything that is asked for."
        case State.TROUBLED:
            return "Nothing has to be done yet: it is asked again before anything is published. Check now to see."
        case State.LIMITED:
            return "Connect it again and leave every permission ticked."
        case State.DISCONNECTED:
            return "Its tokens are gone; its posts and numbers stay."
        case _:
            return ""
