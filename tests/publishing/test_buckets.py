"""The laws of the token buckets, over any sequence of times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from aipromote.connectors.contract import Quota
from aipromote.publishing.buckets import Bucket, Buckets, filled, fitted, taken, wait

START = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
QUOTAS = st.builds(Quota, size=st.integers(1, 50), seconds=st.integers(1, 100_000))
STEPS = st.lists(st.tuples(st.floats(-500, 5000), st.integers(1, 4)), min_size=1, max_size=60)


def _go_on(buckets: Buckets, since: datetime, now: datetime, tokens: int) -> tuple[Buckets, bool]:
    """What a worker does with a post that comes at `now`: the buckets after it, and whether the post may leave."""
    there = filled(buckets, since=since, now=now)
    if any(wait(bucket, tokens) for bucket in there):
        return there, False
    return taken(there, tokens), True


@given(QUOTAS, st.lists(st.floats(0, 5000), min_size=1, max_size=80))
def test_within_any_span_no_more_goes_out_than_the_bucket_and_what_filled_meanwhile(
    quota: Quota, pauses: list[float]
) -> None:
    buckets, now, out = fitted([], [quota]), START, []
    for pause in pauses:
        later = now + timedelta(seconds=pause)
        buckets, may_leave = _go_on(buckets, now, later, 1)
        now = later
        out += [now] if may_leave else []
    for first in range(len(out)):
        for last in range(first, len(out)):
            span = (out[last] - out[first]).total_seconds()
            assert last - first + 1 <= quota.size + span * quota.size / quota.seconds + 1e-3


@given(QUOTAS, STEPS)
def test_a_bucket_is_never_negative_nor_overfull_wherever_the_clock_jumps(
    quota: Quota, steps: list[tuple[float, int]]
) -> None:
    buckets, now = fitted([], [quota]), START
    for jump, tokens in steps:
        later = now + timedelta(seconds=jump)
        before = buckets[0].tokens
        buckets, may_leave = _go_on(buckets, now, later, tokens)
        assert 0.0 <= buckets[0].tokens <= quota.size
        if jump < 0:
            assert buckets[0].tokens <= before
            assert not may_leave or before >= min(tokens, quota.size) - 1e-3
        now = later


@given(QUOTAS, STEPS)
def test_what_waited_for_its_turn_may_leave_when_it_comes(quota: Quota, steps: list[tuple[float, int]]) -> None:
    buckets, now = fitted([], [quota]), START
    for _, tokens in steps:
        turn = now + max(wait(bucket, tokens) for bucket in buckets)
        buckets, may_leave = _go_on(buckets, now, turn, tokens)
        assert may_leave
        now = turn


@given(QUOTAS, QUOTAS, st.integers(0, 60))
def test_a_quota_that_changes_keeps_count_of_what_was_used(before: Quota, after: Quota, used: int) -> None:
    stored = taken(fitted([], [before]), used)
    [bucket] = fitted(stored, [after])
    same = before.seconds == after.seconds
    assert bucket.tokens == max(0, after.size - min(used, before.size) if same else after.size)
    assert (bucket.size, bucket.seconds) == (after.size, after.seconds)


def test_a_thread_longer_than_the_bucket_leaves_when_the_bucket_is_full() -> None:
    [full] = fitted([], [Quota(5, 60)])
    assert wait(full, 8) == timedelta(0)
    [empty] = taken((full,), 8)
    assert empty.tokens == 0
    assert wait(empty, 8) == timedelta(seconds=60)


def test_the_stored_form_is_read_back_as_it_was() -> None:
    bucket = Bucket(size=25, seconds=86_400, tokens=24.5)
    stored = TypeAdapter(Bucket)
    assert stored.validate_json(stored.dump_json(bucket)) == bucket
