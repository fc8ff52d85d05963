"""What the answer to a look-up means for the call that it asked about, and for the post. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from aipromote import clock
from aipromote.connectors.contract import Absent, Certainty, LookUp, Processing, Published, Undecided
from aipromote.connectors.errors import ConnectorError, PermissionMissing, RateLimited, Rejected, Revoked, Unauthorized
from aipromote.publishing.certainties import RULES, Rule, may_repeat
from aipromote.publishing.changes import AttemptChange, Key, PostChange
from aipromote.publishing.pace import Pace
from aipromote.publishing.questions import Question, change
from aipromote.publishing.refused import refused
from aipromote.publishing.reply import Reply
from aipromote.publishing.states import PROCESSING, Outcome, PostStatus

Findings = tuple[list[AttemptChange], PostChange]

_UNANSWERED_WAIT = timedelta(seconds=60)
_DUPLICATE = "duplicate"
_UNKNOWN = "unknown_outcome"
_NOT_IN_SIGHT = "The network does not show it, which is no proof that it is not there."


def judge(  # noqa: PLR0911 -- one return per answer reads best
    question: Question, answer: LookUp | ConnectorError, *, pace: Pace
) -> Findings:
    """What is to be written down. Only `certainties` says when something may be sent again."""
    now = clock.now()
    match answer:
        case Published():
            return _found(question, answer)
        case Processing():
            return _works_on(question, answer, pace=pace)
        case Rejected() if question.attempt.error_kind == PROCESSING:
            return _refused(question, answer)
        case Absent() if _is_proof(question, pace=pace):
            return _absent(question, pace=pace)
        case Absent():
            return _ask_again(question, _NOT_IN_SIGHT, pace=pace)
        case Unauthorized() | PermissionMissing() | Revoked() | Undecided(final=True):
            return _still_unknown(question, answer.reason, None)
        case Undecided():
            return _ask_again(question, answer.reason, pace=pace)
        case RateLimited(retry_at=datetime() as later):
            return _not_asked(question, answer.reason, max(later, now), pace=pace)
        case _:
            return _not_asked(question, answer.reason, now + _UNANSWERED_WAIT, pace=pace)


def _rule(question: Question) -> Rule:
    """Where the account could not be opened nothing is known of its network either: as if it told little."""
    return RULES[question.certainty or Certainty.MATCH]


def _is_proof(question: Question, *, pace: Pace) -> bool:
    is_last = pace.is_last_look_up(question.look_ups, armed_at=question.attempt.armed_at, now=clock.now())
    was_duplicate = question.attempt.error_kind == _DUPLICATE
    return _rule(question).believes_absence(is_last=is_last, was_duplicate=was_duplicate)


def _found(question: Question, answer: Published) -> Findings:
    sent = question.sent | {question.attempt.part: answer.platform_post_id}
    urls = question.urls | {question.attempt.part: answer.url}
    attempt = AttemptChange(
        *_attempt_key(question),
        Outcome.PUBLISHED,
        platform_post_id=answer.platform_post_id,
        platform_url=answer.url,
    )
    if len(sent) < question.part_count:
        return [attempt], change(question.post, PostStatus.RETRYING, next_attempt_at=clock.now(), free=True)
    post = replace(
        change(question.post, PostStatus.PUBLISHED),
        platform_post_id=sent[0],
        platform_url=urls[0] or None,
        published_at=answer.published_at,
    )
    return [attempt], post


def _works_on(question: Question, answer: Processing, *, pace: Pace) -> Findings:
    """The network has it and works on it: patience, and in the end a person. It is never sent again for that."""
    now, end = clock.now(), question.attempt.armed_at + timedelta(seconds=pace.processing)
    due = min(now + answer.ask_after, max(end, now)) if now < end else None
    attempt = AttemptChange(*_attempt_key(question), Outcome.UNKNOWN, PROCESSING, answer.reason, handle=answer.handle)
    post = change(question.post, PostStatus.UNCONFIRMED, next_attempt_at=due, kind=PROCESSING, words=answer.reason)
    return [attempt], post


def _refused(question: Question, answer: Rejected) -> Findings:
    """It was taken, worked on, and refused: that is known for certain."""
    network = question.account.platform.label
    kind, words = refused(answer, network=network, sent=len(question.sent), parts=question.part_count)
    reply = Reply(code=answer.code, detail=answer.detail) if answer.code or answer.detail else None
    attempt = AttemptChange(*_attempt_key(question), Outcome.REJECTED, kind, answer.reason, reply=reply)
    return [attempt], change(question.post, PostStatus.FAILED, kind=kind, words=words)


def _absent(question: Question, *, pace: Pace) -> Findings:
    """None of the calls has arrived. Another one is made, but where a repeat may double only once."""
    post = question.post
    attempts = [
        AttemptChange(
            one.organization_id,
            one.id,
            Outcome.ABSENT,
            "absent",
            "The network does not have it; it may be sent again.",
        )
        for one in question.unanswered
    ]
    calls = question.absences + len(question.unanswered)
    if post.attempt_count >= post.max_attempts or (question.absences and not _rule(question).repeats_safely):
        words = f"The network did not take it in {calls} calls. It is certain that it is not there."
        return attempts, change(post, PostStatus.FAILED, kind="attempts_used_up", words=words)
    again = clock.now() + pace.wait(post.attempt_count)
    words = "The network did not answer and does not have it."
    return attempts, change(post, PostStatus.RETRYING, next_attempt_at=again, kind="absent", words=words)


def _ask_again(question: Question, reason: str, *, pace: Pace) -> Findings:
    """Asked, and it is not known: as often as the schedule says, then a person."""
    look_ups = question.look_ups + 1
    due = pace.next_look_up(look_ups, armed_at=question.attempt.armed_at, now=clock.now())
    if due is None and _may_repeat(question):
        return _repeat(question, reason, look_ups=look_ups)
    return _still_unknown(question, reason, due, look_ups=look_ups)


def _not_asked(question: Question, reason: str, due: datetime, *, pace: Pace) -> Findings:
    """No look-up could be made. Sent again where that cannot double, else asked later; in the end a person is told."""
    if _may_repeat(question):
        return _repeat(question, reason, look_ups=question.look_ups)
    now, end = clock.now(), question.attempt.armed_at + timedelta(seconds=pace.late)
    return _still_unknown(question, reason, min(due, end) if now < end else None)


def _may_repeat(question: Question) -> bool:
    """Whether the same call, with the same key, is safe now; and not what the network is working on already."""
    certainty, first_call = question.certainty or Certainty.MATCH, question.unanswered[0].armed_at
    return (
        may_repeat(certainty, first_call=first_call, now=clock.now())
        and question.post.attempt_count < question.post.max_attempts
        and question.attempt.error_kind != PROCESSING
    )


def _repeat(question: Question, reason: str, *, look_ups: int) -> Findings:
    """The open calls stay open: until one of them is found, nothing else can become of the post."""
    attempts, post = _still_unknown(question, reason, clock.now(), look_ups=look_ups)
    words = f"{reason} It is sent again under the same key, of which the network keeps one post."
    return attempts, replace(post, status=PostStatus.RETRYING, error_kind="repeat", error_message=words)


def _still_unknown(question: Question, reason: str, due: datetime | None, *, look_ups: int | None = None) -> Findings:
    earlier = question.attempt.reply or Reply()
    reply = earlier.model_copy(update={"look_ups": question.look_ups if look_ups is None else look_ups})
    kind = question.attempt.error_kind
    kind = kind if kind in {PROCESSING, _DUPLICATE} else _UNKNOWN
    attempt = AttemptChange(*_attempt_key(question), Outcome.UNKNOWN, kind, reason, reply=reply)
    return [attempt], change(question.post, PostStatus.UNCONFIRMED, next_attempt_at=due, kind=kind, words=reason)


def _attempt_key(question: Question) -> Key:
    return question.attempt.organization_id, question.attempt.id
