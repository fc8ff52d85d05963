"""What an answer of the network means for the attempt and for the post. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aipromote import clock
from aipromote.channels.tokens import NotOpened
from aipromote.connectors.contract import (
    AccountLimit,
    ConnectorError,
    Duplicate,
    PermissionMissing,
    Processing,
    Published,
    RateLimited,
    Rejected,
    Revoked,
    Unauthorized,
    UnknownOutcome,
    Unreachable,
)
from aipromote.publishing.changes import AttemptChange, PostChange
from aipromote.publishing.claims import Claim
from aipromote.publishing.firing import Answer, NotFired
from aipromote.publishing.pace import Pace
from aipromote.publishing.reply import Reply
from aipromote.publishing.states import Outcome, PostStatus
from aipromote.publishing.turns import Closing

_UNTOLD_WAIT = timedelta(seconds=60)
"""Where a network says "too many" and not until when."""
_UNTOLD_QUOTA_WAIT = timedelta(hours=1)
"""The same where it is the account's own quota of a day or month."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The attempt's outcome, and what becomes of the post: None when it goes on with another armed call."""

    attempt: AttemptChange
    post: PostChange | None
    closes_account: str | None = None
    """Why a person must connect the account again."""
    closing: Closing | None = None
    """Until when nothing else of the account may be sent."""


def judge(claim: Claim, answer: Answer, *, pace: Pace) -> Verdict:
    """From the answer to what is written down."""
    match answer:
        case Published():
            verdict = _published(claim, answer)
        case Processing():
            verdict = _unsure(claim, UnknownOutcome(answer.reason, code="processing"), pace=pace)
        case Unauthorized() if claim.has_renewed and not claim.has_tried_renewed:
            verdict = Verdict(_attempt(claim, Outcome.UNAUTHORIZED, answer), None)
        case Unauthorized() | Revoked() | PermissionMissing():
            verdict = _closed(claim, answer)
        case Rejected():
            failed = _failed(claim, "rejected", _refused(claim, answer))
            verdict = Verdict(_attempt(claim, Outcome.REJECTED, answer), failed)
        case RateLimited():
            verdict = _limited(claim, answer, pace=pace)
        case NotFired():
            soon = _post(claim, PostStatus.RETRYING, answer, next_attempt_at=clock.now(), costs_no_attempt=True)
            verdict = Verdict(_attempt(claim, Outcome.UNREACHABLE, answer), soon)
        case NotOpened():
            due = _not_beyond_late(claim, answer.retry_at, pace=pace)
            later = _post(claim, PostStatus.RETRYING, answer, next_attempt_at=due, costs_no_attempt=True)
            verdict = Verdict(_attempt(claim, Outcome.UNREACHABLE, answer), later)
        case Unreachable():
            verdict = Verdict(_attempt(claim, Outcome.UNREACHABLE, answer), again_or_failed(claim, answer, pace=pace))
        case _:
            verdict = _unsure(claim, answer, pace=pace)
    return verdict


def again_or_failed(claim: Claim, answer: ConnectorError, *, pace: Pace) -> PostChange:
    """Nothing was sent: try again after a wait, as long as attempts are left."""
    if claim.used_up:
        words = f"{answer.reason} That was attempt {claim.attempt_count} of {claim.max_attempts}; nothing was sent."
        return _failed(claim, "attempts_used_up", words)
    return _post(claim, PostStatus.RETRYING, answer, next_attempt_at=clock.now() + pace.wait(claim.attempt_count))


def _published(claim: Claim, answer: Published) -> Verdict:
    attempt = AttemptChange(
        claim.organization_id,
        claim.attempt_id,
        Outcome.PUBLISHED,
        platform_post_id=answer.platform_post_id,
        platform_url=answer.url,
    )
    claim.urls[claim.position] = answer.url
    claim.sent[claim.position] = answer.platform_post_id
    return Verdict(attempt, published_at(claim, answer.published_at) if claim.is_complete else None)


def published_at(claim: Claim, moment: datetime) -> PostChange:
    """The whole post is out. It is known by its first part."""
    return PostChange(
        claim.organization_id,
        claim.post_id,
        PostStatus.PUBLISHING,
        PostStatus.PUBLISHED,
        held_by=claim.claimed_by,
        platform_post_id=claim.sent[0],
        platform_url=claim.urls[0] or None,
        published_at=moment,
    )


def _unsure(claim: Claim, answer: ConnectorError, *, pace: Pace) -> Verdict:
    """A duplicate means that the network may have it already; the rest is not understood. Both are looked up first."""
    wait = timedelta(0) if isinstance(answer, Duplicate) else pace.next_look_up(0) or timedelta(0)
    later = _post(claim, PostStatus.UNCONFIRMED, answer, next_attempt_at=clock.now() + wait)
    return Verdict(_attempt(claim, Outcome.UNKNOWN, answer), later)


def _closed(claim: Claim, answer: ConnectorError) -> Verdict:
    assert claim.account is not None
    account, said = claim.account, answer.reason.rstrip(".")
    if isinstance(answer, PermissionMissing):
        reason = f"{account.platform.label} does not let {account.handle} publish through AIPromote ({said})"
    else:
        reason = f"{account.platform.label} no longer lets {account.handle} in ({said})"
    words = f"{reason}. Connect the account again, then schedule this post again."
    return Verdict(
        _attempt(claim, Outcome.UNAUTHORIZED, answer),
        _failed(claim, "connect_again", words),
        closes_account=f"{reason}. Connect the account again.",
    )


def _limited(claim: Claim, answer: RateLimited, *, pace: Pace) -> Verdict:
    """Wait as long as the network asks, but not beyond the time at which the post is missed and a person told."""
    untold = _UNTOLD_QUOTA_WAIT if isinstance(answer, AccountLimit) else _UNTOLD_WAIT
    until = max(answer.retry_at or clock.now() + untold, clock.now())
    due = _not_beyond_late(claim, until, pace=pace)
    later = _post(claim, PostStatus.RETRYING, answer, next_attempt_at=due, costs_no_attempt=True)
    closing = Closing(until, kind_of(answer), answer.reason)
    return Verdict(_attempt(claim, Outcome.RATE_LIMITED, answer), later, closing=closing)


def _not_beyond_late(claim: Claim, until: datetime, *, pace: Pace) -> datetime:
    missed = claim.scheduled_at + timedelta(seconds=pace.late + 1)
    return max(min(until, missed), clock.now())


def _refused(claim: Claim, answer: ConnectorError) -> str:
    assert claim.account is not None
    rest = f" {len(claim.sent)} of {len(claim.texts)} parts are out." if claim.sent else ""
    return f"{claim.account.platform.label} refused this: {answer.reason}{rest} Change the text and schedule it again."


def _attempt(claim: Claim, outcome: Outcome, answer: ConnectorError) -> AttemptChange:
    reply = Reply(code=answer.code, detail=answer.detail) if answer.code or answer.detail else None
    return AttemptChange(claim.organization_id, claim.attempt_id, outcome, kind_of(answer), answer.reason, reply=reply)


def _failed(claim: Claim, kind: str, words: str) -> PostChange:
    return PostChange(
        claim.organization_id,
        claim.post_id,
        PostStatus.PUBLISHING,
        PostStatus.FAILED,
        held_by=claim.claimed_by,
        error_kind=kind,
        error_message=words,
    )


def _post(
    claim: Claim,
    status: PostStatus,
    answer: ConnectorError,
    *,
    next_attempt_at: datetime,
    costs_no_attempt: bool = False,
) -> PostChange:
    return PostChange(
        claim.organization_id,
        claim.post_id,
        PostStatus.PUBLISHING,
        status,
        held_by=claim.claimed_by,
        next_attempt_at=next_attempt_at,
        error_kind=kind_of(answer),
        error_message=answer.reason,
        costs_no_attempt=costs_no_attempt,
    )


def kind_of(error: ConnectorError) -> str:
    """`rate_limited`, `unknown_outcome`, …: the error's name as programs know it."""
    name = type(error).__name__
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")
