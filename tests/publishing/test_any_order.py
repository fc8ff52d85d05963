"""Whatever the network answers, wherever a worker dies, whoever meddles: once at most, and the rows tell the truth."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import uuid4

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aipromote import clock
from aipromote.errors import Conflict
from aipromote.publishing import actions
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.pace import Pace
from aipromote.publishing.states import FINAL, PostStatus
from aipromote.sandbox import faults
from publishing.scene import AN_HOUR_OLDER, Scene

_PACE = Pace(lease=4.0, fire_timeout=2.0)
_ANSWERS = (
    *("store_then_drop", "store_then_500", "malformed", "drop_unstored", "unavailable", "rate_limit"),
    *("refuse", "delayed_visibility", "expire_tokens", "revoke_tokens"),
)
_POINTS = ("asked", "looked_up", "claimed", "armed", "fired", "half_recorded", "recorded")


class Died(BaseException):
    """The worker is gone: nothing that it would do after this is done."""


@dataclass(frozen=True)
class Turn:
    """What the network does to the next calls, where the worker dies, whether another one is at it, what people do."""

    answers: frozenset[str]
    dies_at: str | None
    is_alone: bool
    meddling: str | None
    passes: int
    """Seconds, by every clock, until the next turn."""


_turns = st.lists(
    st.builds(
        Turn,
        answers=st.frozensets(st.sampled_from(_ANSWERS), max_size=2),
        dies_at=st.none() | st.sampled_from(_POINTS),
        is_alone=st.booleans(),
        meddling=st.none() | st.sampled_from(("cancel", "move", "now", "look")),
        passes=st.sampled_from((0, 1, 6, 40, 70, 300)),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(parts=st.integers(1, 3), turns=_turns)
async def test_a_post_goes_out_once_at_most_and_its_state_is_true(
    scene: Scene, owner: asyncpg.Connection, parts: int, turns: list[Turn]
) -> None:
    scene.account = await scene.another_account(handle=f"account-{uuid4().hex[:12]}")
    texts = [f"Bread, part {letter}." for letter in "abc"[:parts]]
    post = await scene.post(body="\n\n".join(texts), parts=texts if parts > 1 else [])
    scene.posts = [post]
    for turn in turns:
        await _take(scene, owner, post, turn)
    faults.clear(scene.network_store)
    await _let_it_end(scene, owner, post)
    await _is_true(scene, post, parts)


async def _take(scene: Scene, owner: asyncpg.Connection, post: ScheduledPost, turn: Turn) -> None:
    for kind in turn.answers:
        await scene.network.fault(kind, account=scene.account.handle)

    def die(reached: str) -> None:
        if reached == turn.dies_at:
            raise Died

    work = [scene.work(pace=_PACE, at=die)]
    if not turn.is_alone:
        work.append(scene.work(pace=_PACE))
    if turn.meddling:
        work.append(_meddle(scene, post, turn.meddling))
    for ended in await asyncio.gather(*work, return_exceptions=True):
        if ended is not None and not isinstance(ended, Died):
            raise ended
    scene.forward(seconds=turn.passes)
    if turn.passes > _PACE.lease:
        await owner.execute(AN_HOUR_OLDER)


async def _meddle(scene: Scene, post: ScheduledPost, what: str) -> None:
    key = {"organization_id": scene.startup.id, "post_id": post.id}
    try:
        async with scene.database.transaction(scene.startup.id) as session:
            match what:
                case "cancel":
                    await actions.cancel(session, scene.startup.owner, **key)
                case "move":
                    await actions.reschedule(session, scene.startup.owner, **key, scheduled_at=clock.after(5))
                case "now":
                    await actions.publish_now(session, scene.startup.owner, **key)
                case "look":
                    await actions.look_again(session, scene.startup.owner, **key)
    except Conflict:
        pass


async def _let_it_end(scene: Scene, owner: asyncpg.Connection, post: ScheduledPost) -> None:
    """Until nothing is owed any more."""
    for _ in range(40):
        await owner.execute(AN_HOUR_OLDER)
        await scene.work(pace=_PACE)
        now = await scene.now(post)
        if now.status in FINAL or (now.status is PostStatus.UNCONFIRMED and now.next_attempt_at is None):
            return
        scene.dial.jump(now.claimed_until or now.next_attempt_at or now.scheduled_at)
    raise AssertionError(now.status, now.error_message, await scene.outcomes(post))


async def _is_true(scene: Scene, post: ScheduledPost, parts: int) -> None:
    now, attempts = await scene.now(post), await scene.attempts(post)
    received = [one for one in await scene.received() if one["key"].startswith(now.idempotency_key)]
    there = {int(one["key"].rpartition("/")[2]): one["id"] for one in received}
    assert list(there) == list(range(len(there)))  # in order, without a gap
    assert [one["reply_to"] for one in received] == [None, *there.values()][: len(there)]
    said = {one.part: one.platform_post_id for one in attempts if one.outcome == "PUBLISHED"}
    unknown = {one.part for one in attempts if one.outcome in {"ARMED", "UNKNOWN"}}
    if now.status is PostStatus.UNCONFIRMED:
        assert unknown
        assert set(said) <= set(there) <= set(said) | unknown
    else:
        assert unknown == set()
        assert said == there
        assert (len(there) == parts) or now.status is not PostStatus.PUBLISHED
        assert now.status is PostStatus.PUBLISHED or len(there) < parts
