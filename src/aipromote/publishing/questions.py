"""Posts of which a network has to be asked whether it has them: what is to be asked, and about which call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.channels import opening
from aipromote.channels.opening import Account
from aipromote.connectors.contract import Armed, Certainty, Media, Part
from aipromote.content.readings import Reading, readings
from aipromote.publishing import aftermath, media
from aipromote.publishing.changes import Changed, Key, PostChange, change_posts, changed_from, columns
from aipromote.publishing.claims import part_to_send
from aipromote.publishing.holds import is_free
from aipromote.publishing.models import PostPreparation, PublishAttempt, ScheduledPost
from aipromote.publishing.pace import Pace
from aipromote.publishing.preparing.queries import preparations
from aipromote.publishing.reply import Reply
from aipromote.publishing.states import Outcome, PostStatus

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


class Question:
    """A post, the calls that were made for it, and the newest of them that nobody knows the outcome of."""

    def __init__(
        self,
        post: ScheduledPost,
        account: Account,
        piece: Reading,
        attempts: Sequence[PublishAttempt],
        *,
        preparation: PostPreparation | None,
        files: tuple[Media, ...],
    ) -> None:
        self.post, self.account, self.piece, self.preparation, self.files = post, account, piece, preparation, files
        out = [one for one in attempts if one.outcome is Outcome.PUBLISHED and one.platform_post_id]
        self.sent = {one.part: one.platform_post_id or "" for one in out}
        self.urls = {one.part: one.platform_url or "" for one in out}
        is_open = {Outcome.ARMED, Outcome.UNKNOWN}
        unanswered = [one for one in attempts if one.outcome in is_open and one.part not in self.sent]
        self.unanswered = [one for one in unanswered if one.part == unanswered[-1].part]
        """Calls of one part, oldest first; empty when there is nothing to ask. The newest stands for all of them."""
        self.absences = sum(self._was_absent(one) for one in attempts)
        """How often it was proven that a call of this part did not arrive, since the post was scheduled."""
        self.certainty: Certainty | None = None

    @property
    def attempt(self) -> PublishAttempt:
        """The call that is asked about."""
        return self.unanswered[-1]

    @property
    def part_count(self) -> int:
        """Of how many messages the post is."""
        return len(self.piece.texts)

    @property
    def key(self) -> Key:
        """(organization, post)."""
        return self.post.organization_id, self.post.id

    @property
    def look_ups(self) -> int:
        """How often the network was asked in vain."""
        return (self.attempt.reply or Reply()).look_ups

    def armed(self) -> Armed:
        """What was stored before the call, and what the network said of it."""
        one = self.attempt
        prepared = self.preparation.handle if self.preparation and self.preparation.part == one.part else None
        return Armed(one.key, one.armed_at, one.record_key, one.handle, prepared)

    def part(self) -> Part:
        """What was to be sent, with its title and files: networks may know it again by these alone."""
        whole = part_to_send(self.piece.texts, self.attempt.part, self.sent, self.files, title=self.piece.title)
        return replace(whole, text=self.attempt.text_sent)

    def _was_absent(self, one: PublishAttempt) -> bool:
        is_this = bool(self.unanswered) and one.part == self.unanswered[-1].part
        return is_this and one.outcome is Outcome.ABSENT and one.armed_at >= self.post.scheduled_at


async def expire(session: AsyncSession, posts: Sequence[Key], *, pace: Pace) -> list[Changed]:
    """End the claims that ran out: what had not been armed is free again, about the rest there are questions."""
    organizations, ids = columns(posts)
    values = {"organizations": organizations, "posts": ids, "now": clock.now(), "lease": pace.lease}
    expired = [changed_from(row) for row in await session.execute(_EXPIRE, values)]
    await aftermath.follow(session, [one for one in expired if one.status is PostStatus.RETRYING])
    return expired


async def open_questions(session: AsyncSession, posts: Sequence[Key]) -> list[Question]:
    """Posts that are due to be looked up. One whose calls all have outcomes goes back to be sent on."""
    mine = tuple_(ScheduledPost.organization_id, ScheduledPost.id).in_(sorted(set(posts)))
    due = (ScheduledPost.status == PostStatus.UNCONFIRMED, ScheduledPost.next_attempt_at <= clock.now(), is_free())
    found = (await session.scalars(select(ScheduledPost).where(mine, *due))).all()
    return await _questions(session, {(post.organization_id, post.id): post for post in found}) if found else []


async def _questions(session: AsyncSession, posts: dict[Key, ScheduledPost]) -> list[Question]:
    accounts = await opening.accounts(
        session, {(post.organization_id, post.social_account_id) for post in posts.values()}
    )
    pieces = await readings(session, {_piece_key(post) for post in posts.values()})
    files = await media.told(session, {key: pieces[_piece_key(post)].media_refs for key, post in posts.items()})
    made = await preparations(session, posts)
    mine = tuple_(PublishAttempt.organization_id, PublishAttempt.scheduled_post_id).in_(sorted(posts))
    attempts: dict[Key, list[PublishAttempt]] = defaultdict(list)
    for attempt in await session.scalars(select(PublishAttempt).where(mine).order_by(PublishAttempt.id)):
        attempts[attempt.organization_id, attempt.scheduled_post_id].append(attempt)
    questions = []
    for key, post in posts.items():
        question = Question(
            post,
            accounts[post.organization_id, post.social_account_id],
            pieces[_piece_key(post)],
            attempts[key],
            preparation=made.get(key),
            files=files[key],
        )
        if question.unanswered:
            questions.append(question)
            continue
        going_on = change(post, PostStatus.RETRYING, next_attempt_at=clock.now(), free=True)
        await aftermath.follow(session, list((await change_posts(session, [going_on])).values()))
    return questions


def _piece_key(post: ScheduledPost) -> tuple[UUID, UUID, int]:
    return post.organization_id, post.content_piece_id, post.revision


def change(
    post: ScheduledPost,
    status: PostStatus,
    *,
    next_attempt_at: datetime | None = None,
    kind: str | None = None,
    words: str | None = None,
    free: bool = False,
) -> PostChange:
    """The post as it is to be after the look-up that was due; `free`: it costs no attempt."""
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
