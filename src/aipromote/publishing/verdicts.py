"""What an answer of the network means for the attempt and for the post. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aipromote import clock
from aipromote.channels.tokens import NotOpened
from aipromote.connectors.contract import Processing, Published
from aipromote.connectors.errors import (
    AccountLimit,
    BillingExhausted,
    ConnectorError,
    Duplicate,
    PermissionMissing,
    RateLimited,
    Rejected,
    Revoked,
    Stale,
    Unauthorized,
    Unreachable,
)
from aipromote.publishing.changes import AttemptChange, PostChange
from aipromote.publishing.claims import Claim
from aipromote.publishing.firing import Answer, NotFired
from aipromote.publishing.pace import Pace
from aipromote.publishing.preparing.queries import is_needed
from aipromote.publishing.refused import refused
from aipromote.publishing.reply import Reply
from aipromote.publishing.states import PREPARING, PROCESSING, Outcome, PostStatus
from aipromote.publishing.turns import Closing

_UNTOLD_WAIT = timedelta(seconds=60)
"""Where a network says "too many" and not until when."""
_UNTOLD_QUOTA_WAIT = timedelta(hours=1)
"""The same where it is the account's own quota of a day or month."""
_UNPAID_WAIT = timedelta(hours=1)
_A_MOMENT = timedelta(seconds=1)
UNPAID = "billing_exhausted"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The attempt's outcome, and what becomes of the post: None when it goes on with another armed call."""

    attempt: AttemptChange
    post: PostChange | None
    closes_account: str | None = None
    """Why a person must connect the account again."""
    closing: Closing | None = None
    """Until when nothing else of the account may be sent."""
    was_not_fired: bool = False
    """The call was armed and never begun."""
    is_stale: bool = False
    """What was prepared for it is gone over there."""


def judge(claim: Claim, answer: Answer, *, pace: Pace) -> Verdict:
    """From the answer to what is written down."""
    verdict = _judge(claim, answer, pace=pace)
    if verdict.post is None:
        return verdict
    return replace(verdict, post=settled_first(verdict.post, claim, pace=pace))


def settled_first(post: PostChange, claim: Claim, *, pace: Pace) -> PostChange:
    """While an earlier call of the same part may have arrived, the post is neither over nor tried again: look it up."""
    armed_at = None if claim.is_complete else claim.unanswered.get(claim.position)
    if armed_at is None or post.status not in {PostStatus.RETRYING, PostStatus.FAILED}:
        return post
    due = pace.next_look_up(0, armed_at=armed_at, now=clock.now())
    words = f"An earlier call is still without an answer. {post.error_message or ''}".strip()
    return replace(
        post,
        status=PostStatus.UNCONFIRMED,
        next_attempt_at=due,
        error_kind="unknown_outcome",
        error_message=words,
        costs_no_attempt=False,
    )


def _judge(claim: Claim, answer: Answer, *, pace: Pace) -> Verdict:  # noqa: C901, PLR0911 -- one return per answer reads best
    match answer:
        case Published():
            return _published(claim, answer)
        case Processing():
            return _processing(claim, answer)
        case Unauthorized() if claim.has_renewed and not claim.has_tried_renewed:
            return Verdict(_attempt(claim, Outcome.UNAUTHORIZED, answer), None)
        case Unauthorized() | Revoked() | PermissionMissing():
            return _closed(claim, answer)
        case BillingExhausted():
            return _unpaid(claim, answer)
        case Rejected():
            return _rejected(claim, answer)
        case RateLimited():
            return _limited(claim, answer)
        case NotFired():
            return replace(_not_sent(claim, answer, until=clock.now() + pace.wait(1)), was_not_fired=True)
        case NotOpened():
            return _not_sent(claim, answer, until=answer.retry_at)
        case Stale():
            verdict = Verdict(_attempt(claim, Outcome.UNREACHABLE, answer), again_or_failed(claim, answer, pace=pace))
            return replace(verdict, is_stale=True)
        case Unreachable():
            return Verdict(_attempt(claim, Outcome.UNREACHABLE, answer), again_or_failed(claim, answer, pace=pace))
        case _:
            return _unsure(claim, answer, pace=pace)


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
    if claim.is_complete:
        return Verdict(attempt, published_at(claim, answer.published_at))
    return Verdict(attempt, _prepared_first(claim) if is_needed(claim) else None)


def _prepared_first(claim: Claim) -> PostChange:
    """The next part has to be prepared before it can be fired, which costs no attempt."""
    return PostChange(
        claim.organization_id,
        claim.post_id,
        PostStatus.PUBLISHING,
        PostStatus.RETRYING,
        held_by=claim.claimed_by,
        next_attempt_at=clock.now(),
        error_kind=PREPARING,
        error_message=f"{_network(claim)} is being sent the next part.",
        costs_no_attempt=True,
    )


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


def _processing(claim: Claim, answer: Processing) -> Verdict:
    """An outcome that is not known, for those who do not know this one: it is asked about, never sent again."""
    attempt = AttemptChange(
        claim.organization_id,
        claim.attempt_id,
        Outcome.UNKNOWN,
        PROCESSING,
        answer.reason,
        handle=answer.handle,
    )
    later = PostChange(
        claim.organization_id,
        claim.post_id,
        PostStatus.PUBLISHING,
        PostStatus.UNCONFIRMED,
        held_by=claim.claimed_by,
        next_attempt_at=clock.now() + answer.ask_after,
        error_kind=PROCESSING,
        error_message=answer.reason,
    )
    return Verdict(attempt, later)


def _unsure(claim: Claim, answer: ConnectorError, *, pace: Pace) -> Verdict:
    """A duplicate means that the network may have it already; the rest is not understood. Both are looked up first."""
    assert claim.armed is not None
    now = clock.now()
    due = None if isinstance(answer, Duplicate) else pace.next_look_up(0, armed_at=claim.armed.armed_at, now=now)
    later = _post(claim, PostStatus.UNCONFIRMED, answer, next_attempt_at=due or now)
    return Verdict(_attempt(claim, Outcome.UNKNOWN, answer), later)


def _closed(claim: Claim, answer: ConnectorError) -> Verdict:
    assert claim.account is not None
    account, said = claim.account, answer.reason.rstrip(".")
    again = "Connect the account again"
    if isinstance(answer, PermissionMissing):
        reason = f"{account.platform.label} does not let {account.handle} publish through AIPromote ({said})"
        again += " and allow everything that is asked for"
    else:
        reason = f"{account.platform.label} no longer lets {account.handle} in ({said})"
    words = f"{reason}. {again}, then schedule this post again."
    return Verdict(
        _attempt(claim, Outcome.UNAUTHORIZED, answer),
        _failed(claim, "connect_again", words),
        closes_account=f"{reason}. {again}.",
    )


def _limited(claim: Claim, answer: RateLimited) -> Verdict:
    """Wait as long as the network asks, but not beyond the time at which the post is missed and a person told."""
    untold = _UNTOLD_QUOTA_WAIT if isinstance(answer, AccountLimit) else _UNTOLD_WAIT
    until = max(answer.retry_at or clock.now() + untold, clock.now())
    return _wait(claim, answer, Outcome.RATE_LIMITED, closing=Closing(until, kind_of(answer), answer.reason))


def _unpaid(claim: Claim, answer: BillingExhausted) -> Verdict:
    """Whoever runs this instance has to settle it. It is tried every hour, and is no fault of the post."""
    said = answer.reason.rstrip(".")
    words = (
        f"{_network(claim)} takes no posts until whoever runs this instance has settled its account there ({said}). "
        "It is tried again every hour."
    )
    told = BillingExhausted(words, code=answer.code, detail=answer.detail)
    return _wait(claim, told, Outcome.RATE_LIMITED, closing=Closing(clock.now() + _UNPAID_WAIT, UNPAID, answer.reason))


def _wait(claim: Claim, answer: ConnectorError, outcome: Outcome, *, closing: Closing) -> Verdict:
    due = _not_beyond_late(claim, closing.until)
    later = _post(claim, PostStatus.RETRYING, answer, next_attempt_at=due, costs_no_attempt=True)
    return Verdict(_attempt(claim, outcome, answer), later, closing=closing)


def _not_sent(claim: Claim, answer: ConnectorError, *, until: datetime) -> Verdict:
    """It did not come to a call, which says nothing about the post and costs no attempt."""
    due = _not_beyond_late(claim, until)
    later = _post(claim, PostStatus.RETRYING, answer, next_attempt_at=due, costs_no_attempt=True)
    return Verdict(_attempt(claim, Outcome.UNREACHABLE, answer), later)


def _not_beyond_late(claim: Claim, until: datetime) -> datetime:
    return max(min(until, claim.late_at + _A_MOMENT), clock.now())


def _rejected(claim: Claim, answer: Rejected) -> Verdict:
    kind, words = refused(answer, network=_network(claim), sent=len(claim.sent), parts=len(claim.texts))
    return Verdict(_attempt(claim, Outcome.REJECTED, answer), _failed(claim, kind, words))


def _network(claim: Claim) -> str:
    assert claim.account is not None
    return claim.account.platform.label


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
