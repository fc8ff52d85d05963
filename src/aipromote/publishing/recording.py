"""Writing down what a round of calls came to, and arming what goes on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.channels import actions as channels
from aipromote.publishing import aftermath, turns, unhurried
from aipromote.publishing.changes import Key, change_posts, finish_attempts
from aipromote.publishing.checkpoints import Checkpoint, go_on
from aipromote.publishing.claims import Claim, store_armed
from aipromote.publishing.firing import Answer
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.notices import tell_unpaid
from aipromote.publishing.pace import Pace
from aipromote.publishing.preparing import gate as preparing
from aipromote.publishing.states import PREPARING, PostStatus
from aipromote.publishing.verdicts import UNPAID, Verdict, judge


async def record(
    session: AsyncSession, *, verdicts: Sequence[tuple[Claim, Verdict]], pace: Pace, at: Checkpoint = go_on
) -> list[Claim]:
    """Store the outcomes. Returns the claims that are armed for another call (the next part, or with a new token)."""
    await finish_attempts(session, [verdict.attempt for _, verdict in verdicts])
    at("half_recorded")
    changes = [verdict.post or unhurried.hold(claim, _until(claim, pace)) for claim, verdict in verdicts]
    changed = await change_posts(session, changes)
    for key, reason in _closed(verdicts).items():
        await channels.mark_unusable(session, organization_id=key[0], account_id=key[1], reason=reason)
    closings = {claim.account_key: one for claim, verdict in verdicts if (one := verdict.closing)}
    await turns.close(session, closings)
    await turns.give_back(session, [claim for claim, verdict in verdicts if verdict.was_not_fired or _pauses(verdict)])
    await preparing.forget(session, [claim.key for claim, verdict in verdicts if verdict.is_stale])
    if unpaid := {key: one.reason for key, one in closings.items() if one.kind == UNPAID}:
        await tell_unpaid(session, unpaid)
    await aftermath.follow(session, [one for one in changed.values() if one.status is not PostStatus.PUBLISHING])
    going_on = [claim for claim, verdict in verdicts if verdict.post is None and claim.key in changed]
    for claim in going_on:
        claim.claimed_until = _until(claim, pace)
    await turns.used_again(session, going_on)
    await store_armed(session, going_on)
    return going_on


def _pauses(verdict: Verdict) -> bool:
    """Whether the rest of a thread is claimed anew, once its next part is prepared."""
    return verdict.post is not None and verdict.post.error_kind == PREPARING


def _until(claim: Claim, pace: Pace) -> datetime:
    return clock.now() + timedelta(seconds=pace.lease + unhurried.seconds(claim, pace=pace) - pace.fire_timeout)


def judge_all(answers: Sequence[tuple[Claim, Answer]], *, pace: Pace) -> list[tuple[Claim, Verdict]]:
    """The verdict on each answer. Once per answer: a claim learns from it which parts are out."""
    return [(claim, judge(claim, answer, pace=pace)) for claim, answer in answers]


def _closed(verdicts: Sequence[tuple[Claim, Verdict]]) -> dict[Key, str]:
    return {claim.account_key: verdict.closes_account for claim, verdict in verdicts if verdict.closes_account}


async def measure_next(session: AsyncSession, *, organization_id: UUID, post_id: UUID, at: datetime | None) -> None:
    """Note for analytics when a published post is to be measured next; None when it has been for the last time."""
    mine = (ScheduledPost.organization_id == organization_id, ScheduledPost.id == post_id)
    await session.execute(update(ScheduledPost).where(*mine).values(next_capture_at=at))
