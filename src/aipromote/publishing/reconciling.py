"""Finding out what became of calls without an answer. Nothing is sent here, nor again before this is done."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import aiohttp
import structlog
from sqlalchemy import func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.channels import actions as accounts_actions
from aipromote.channels import queries as channels
from aipromote.channels import tokens
from aipromote.channels.models import SocialAccount
from aipromote.connectors import registry
from aipromote.connectors.contract import (
    Absent,
    Armed,
    ConnectorError,
    Credentials,
    LookUp,
    Part,
    PermissionMissing,
    Published,
    RateLimited,
    Revoked,
    Unauthorized,
    Undecided,
)
from aipromote.content.models import Revision
from aipromote.db.database import Database
from aipromote.publishing import aftermath
from aipromote.publishing.changes import (
    AttemptChange,
    Key,
    PostChange,
    change_posts,
    changed_from,
    columns,
    finish_attempts,
)
from aipromote.publishing.checkpoints import Checkpoint, go_on
from aipromote.publishing.holds import is_free
from aipromote.publishing.models import PublishAttempt, ScheduledPost
from aipromote.publishing.pace import Pace
from aipromote.publishing.reply import Reply
from aipromote.publishing.states import Outcome, PostStatus
from aipromote.publishing.transactions import persistently

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_UNANSWERED_WAIT = timedelta(seconds=60)

# A claim has run out when both the product's clock and the database's own say so: product time may jump in a
# simulation, while the call that the claim covers takes real time. `updated_at` is kept by the database.
_EXPIRE = text("""
    UPDATE scheduled_posts p
       SET status = CAST(CASE WHEN armed.any THEN 'UNCONFIRMED' ELSE 'RETRYING' END AS post_status),
           claimed_by = NULL, claimed_until = NULL, next_attempt_at = :now, error_kind = 'interrupted',
           error_message = 'The worker stopped while it was sending this.',
           attempt_count = CASE WHEN armed.any THEN p.attempt_count ELSE greatest(0, p.attempt_count - 1) END
      FROM unnest(CAST(:organizations AS uuid[]), CAST(:posts AS uuid[])) AS k (organization_id, id)
     CROSS JOIN LATERAL (
           SELECT EXISTS (SELECT FROM publish_attempts a
                           WHERE a.organization_id = k.organization_id AND a.scheduled_post_id = k.id
                             AND a.outcome IN ('ARMED', 'UNKNOWN')) AS any) armed
     WHERE p.organization_id = k.organization_id AND p.id = k.id AND p.status = 'PUBLISHING'
       AND p.claimed_until <= :now AND p.updated_at <= clock_timestamp() - make_interval(secs => :lease)
       AND NOT EXISTS (SELECT FROM publishing_holds h
                        WHERE h.organization_id = p.organization_id AND h.released_at IS NULL)
    RETURNING p.organization_id, p.id, p.content_piece_id, p.social_account_id, p.status, p.scheduled_at,
              p.last_attempt_at, p.next_attempt_at, p.attempt_count, p.error_message
""")


@dataclass(slots=True)
class Question:
    """A post whose newest armed call has no known outcome."""

    post: ScheduledPost
    attempt: PublishAttempt
    account: SocialAccount
    part_count: int
    sent: dict[int, str] = field(default_factory=dict)
    urls: dict[int, str] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """(organization, post)."""
        return self.post.organization_id, self.post.id

    @property
    def look_ups(self) -> int:
        """How often the network was asked in vain."""
        return (self.attempt.reply or Reply()).look_ups

    def armed(self) -> Armed:
        """What was stored before the call."""
        return Armed(self.attempt.key, self.attempt.armed_at, self.attempt.record_key)

    def part(self) -> Part:
        """What was to be sent."""
        position = self.attempt.part
        reply_to, root = self.sent.get(position - 1), self.sent.get(0) if position else None
        return Part(self.attempt.text_sent, position, reply_to=reply_to, root=root)


async def reconcile(
    database: Database, http: aiohttp.ClientSession, posts: Sequence[Key], *, pace: Pace, at: Checkpoint = go_on
) -> None:
    """Turn claims that ran out into questions, and ask the networks those that are due."""
    organizations = {organization for organization, _ in posts}
    questions = await persistently(database, organizations, lambda session: _open_questions(session, posts, pace=pace))
    if not questions:
        return
    gate = asyncio.Semaphore(pace.at_once)

    async def ask(question: Question) -> LookUp | ConnectorError:
        async with gate:
            return await _ask(database, http, question)

    answers = await asyncio.gather(*(ask(question) for question in questions))
    answered = list(zip(questions, answers, strict=True))
    at("asked")
    await persistently(database, organizations, lambda session: _record(session, answered, pace=pace))
    at("looked_up")


async def _ask(database: Database, http: aiohttp.ClientSession, question: Question) -> LookUp | ConnectorError:
    """One look-up; where the token is refused, once more with a new one. Never raises: others wait for its end."""
    try:
        known = tokens.credentials(question.account)
        try:
            return await _look_up(http, question, known)
        except Unauthorized:
            organization_id, account_id = question.account.organization_id, question.account.id
            renewed = await tokens.fresh_credentials(
                database, http, organization_id=organization_id, account_id=account_id, rejected=known.access_token
            )
            return await _look_up(http, question, renewed)
    except ConnectorError as error:
        return error
    except Exception as error:
        log.exception("a look-up ended in a way nobody foresaw", post=str(question.post.id))
        return Undecided(f"The look-up ended in a way that was not foreseen ({type(error).__name__}).")


async def _look_up(http: aiohttp.ClientSession, question: Question, credentials: Credentials) -> LookUp:
    connector = registry.get(question.account.connector)
    return await connector.look_up(http, credentials, question.part(), question.armed())


async def _open_questions(session: AsyncSession, posts: Sequence[Key], *, pace: Pace) -> list[Question]:
    """Posts that are due to be looked up. One whose calls all have outcomes goes back to be sent on."""
    organizations, ids = columns(posts)
    values = {"organizations": organizations, "posts": ids, "now": clock.now(), "lease": pace.lease}
    expired = [changed_from(row) for row in await session.execute(_EXPIRE, values)]
    await aftermath.follow(session, [one for one in expired if one.status is PostStatus.RETRYING])
    mine = tuple_(ScheduledPost.organization_id, ScheduledPost.id).in_(sorted(set(posts)))
    due = (ScheduledPost.status == PostStatus.UNCONFIRMED, ScheduledPost.next_attempt_at <= clock.now(), is_free())
    found = (await session.scalars(select(ScheduledPost).where(mine, *due))).all()
    return await _questions(session, {(post.organization_id, post.id): post for post in found}) if found else []


async def _questions(session: AsyncSession, posts: dict[Key, ScheduledPost]) -> list[Question]:
    accounts = await channels.accounts_by_key(
        session, ((post.organization_id, post.social_account_id) for post in posts.values())
    )
    counts = await _part_counts(session, posts.values())
    mine = tuple_(PublishAttempt.organization_id, PublishAttempt.scheduled_post_id).in_(sorted(posts))
    attempts: dict[Key, list[PublishAttempt]] = defaultdict(list)
    for attempt in await session.scalars(select(PublishAttempt).where(mine).order_by(PublishAttempt.id)):
        attempts[attempt.organization_id, attempt.scheduled_post_id].append(attempt)
    questions = []
    for key, post in posts.items():
        open_ones = [attempt for attempt in attempts[key] if attempt.outcome in {Outcome.ARMED, Outcome.UNKNOWN}]
        if not open_ones:
            going_on = _change(post, PostStatus.RETRYING, next_attempt_at=clock.now(), free=True)
            await aftermath.follow(session, list((await change_posts(session, [going_on])).values()))
            continue
        account = accounts[post.organization_id, post.social_account_id]
        question = Question(post, open_ones[-1], account, counts[key])
        for attempt in attempts[key]:
            if attempt.outcome is Outcome.PUBLISHED and attempt.platform_post_id:
                question.sent[attempt.part] = attempt.platform_post_id
                question.urls[attempt.part] = attempt.platform_url or ""
        questions.append(question)
    return questions


async def _part_counts(session: AsyncSession, posts: Iterable[ScheduledPost]) -> dict[Key, int]:
    ids = sorted((post.organization_id, post.id) for post in posts)
    statement = (
        select(ScheduledPost.organization_id, ScheduledPost.id, func.cardinality(Revision.parts))
        .join(
            Revision,
            (Revision.organization_id == ScheduledPost.organization_id)
            & (Revision.piece_id == ScheduledPost.content_piece_id)
            & (Revision.number == ScheduledPost.revision),
        )
        .where(tuple_(ScheduledPost.organization_id, ScheduledPost.id).in_(ids))
    )
    return {(organization, post): max(1, parts) for organization, post, parts in await session.execute(statement)}


async def _record(
    session: AsyncSession, answered: Sequence[tuple[Question, LookUp | ConnectorError]], *, pace: Pace
) -> None:
    results = [_judge(question, answer, pace=pace) for question, answer in answered]
    await finish_attempts(session, [attempt for attempt, _ in results])
    changed = await change_posts(session, [post for _, post in results])
    for question, answer in answered:
        if isinstance(answer, Unauthorized | PermissionMissing | Revoked) and question.account.is_active:
            await accounts_actions.mark_unusable(
                session,
                organization_id=question.account.organization_id,
                account_id=question.account.id,
                reason=f"{answer.reason} Connect the account again.",
            )
    await aftermath.follow(session, list(changed.values()))


def _judge(question: Question, answer: LookUp | ConnectorError, *, pace: Pace) -> tuple[AttemptChange, PostChange]:
    """What the answer means for the attempt and for the post."""
    now = clock.now()
    match answer:
        case Published():
            return _found(question, answer)
        case Absent():
            return _absent(question, pace=pace)
        case Undecided(final=True) | Unauthorized() | PermissionMissing() | Revoked():
            return _still_unknown(question, answer.reason, None)
        case Undecided():
            wait = pace.next_look_up(question.look_ups + 1)
            due = now + wait if wait is not None else None
            return _still_unknown(question, answer.reason, due, look_ups=question.look_ups + 1)
        case RateLimited(retry_at=datetime() as later):
            return _still_unknown(question, answer.reason, _patiently(question, max(later, now), pace=pace))
        case _:
            return _still_unknown(question, answer.reason, _patiently(question, now + _UNANSWERED_WAIT, pace=pace))


def _patiently(question: Question, due: datetime, *, pace: Pace) -> datetime | None:
    """When to ask a network again that told nothing; None once that lasts so long that a person should look."""
    end = question.attempt.armed_at + timedelta(seconds=pace.late)
    return min(due, end) if clock.now() < end else None


def _found(question: Question, answer: Published) -> tuple[AttemptChange, PostChange]:
    question.sent[question.attempt.part] = answer.platform_post_id
    question.urls[question.attempt.part] = answer.url
    attempt = AttemptChange(
        *_attempt_key(question),
        Outcome.PUBLISHED,
        platform_post_id=answer.platform_post_id,
        platform_url=answer.url,
    )
    if len(question.sent) < question.part_count:
        return attempt, _change(question.post, PostStatus.RETRYING, next_attempt_at=clock.now(), free=True)
    post = replace(
        _change(question.post, PostStatus.PUBLISHED),
        platform_post_id=question.sent[0],
        platform_url=question.urls[0] or None,
        published_at=answer.published_at,
    )
    return attempt, post


def _absent(question: Question, *, pace: Pace) -> tuple[AttemptChange, PostChange]:
    post = question.post
    attempt = AttemptChange(
        *_attempt_key(question), Outcome.ABSENT, "absent", "The network does not have it; it may be sent again."
    )
    if post.attempt_count >= post.max_attempts:
        words = f"The network did not take it in {post.max_attempts} attempts. It is certain that it is not there."
        return attempt, _change(post, PostStatus.FAILED, kind="attempts_used_up", words=words)
    again = clock.now() + pace.wait(post.attempt_count)
    words = "The network did not answer and does not have it."
    return attempt, _change(post, PostStatus.RETRYING, next_attempt_at=again, kind="absent", words=words)


def _still_unknown(
    question: Question, reason: str, due: datetime | None, *, look_ups: int | None = None
) -> tuple[AttemptChange, PostChange]:
    earlier = question.attempt.reply or Reply()
    reply = earlier.model_copy(update={"look_ups": question.look_ups if look_ups is None else look_ups})
    attempt = AttemptChange(*_attempt_key(question), Outcome.UNKNOWN, "unknown_outcome", reason, reply=reply)
    return attempt, _change(
        question.post, PostStatus.UNCONFIRMED, next_attempt_at=due, kind="unknown_outcome", words=reason
    )


def _attempt_key(question: Question) -> Key:
    return question.attempt.organization_id, question.attempt.id


def _change(
    post: ScheduledPost,
    status: PostStatus,
    *,
    next_attempt_at: datetime | None = None,
    kind: str | None = None,
    words: str | None = None,
    free: bool = False,
) -> PostChange:
    return PostChange(
        post.organization_id,
        post.id,
        PostStatus.UNCONFIRMED,
        status,
        next_attempt_at=next_attempt_at,
        error_kind=kind,
        error_message=words,
        costs_no_attempt=free,
        was_due=post.next_attempt_at,
    )
