"""What people read about a post: what happens next, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from aipromote import clock
from aipromote.publishing.models import PublishAttempt, ScheduledPost
from aipromote.publishing.states import OPEN, PROCESSING, Outcome, PostStatus

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
BUSY = {
    PostStatus.PUBLISHING: "This post is being sent right now; that cannot be stopped any more.",
    PostStatus.UNCONFIRMED: "It is not known yet whether the network has this post. That is found out first.",
    PostStatus.PUBLISHED: "This post is published already.",
}
"""Why a post can be neither moved nor taken back, by the states in which that is so."""


def why(post: ScheduledPost, attempts: Sequence[PublishAttempt] = (), *, held: bool = False) -> str:
    """In plain words: what will happen to the post next, and why. `held`: whether publishing is held here."""
    if held and post.status in OPEN:
        return "Waits: publishing is held since the data was restored. Nothing is sent until a person lets it go on."
    reason = f" {post.error_message}" if post.error_message else ""
    if post.status is PostStatus.SCHEDULED and post.scheduled_at <= clock.now():
        return "Its time has come; a worker will take it in a moment."
    left = _count(post.max_attempts - post.attempt_count, "attempt")
    words = {
        PostStatus.SCHEDULED: (
            f"Goes out {_until(post.scheduled_at)}, if its text is still approved and its account connected then."
        ),
        PostStatus.PUBLISHING: "Is being sent right now.",
        PostStatus.RETRYING: f"Will be tried again {_until(post.next_attempt_at)} ({left} left).{reason}",
        PostStatus.UNCONFIRMED: _unconfirmed(post, reason),
        PostStatus.PUBLISHED: f"Is published{_parts(attempts)}. Nothing more will happen.",
        PostStatus.FAILED: f"Was not published{_parts(attempts)} and will not be tried again by itself.{reason}",
        PostStatus.MISSED: f"Was not sent. Schedule it again if it is still wanted.{reason}",
        PostStatus.CANCELLED: "Was cancelled. Nothing will be sent.",
    }
    return words[post.status]


def _unconfirmed(post: ScheduledPost, reason: str) -> str:
    if post.error_kind == PROCESSING and post.next_attempt_at is not None:
        return (
            "The network has it and is still working on it. It is not sent again; the network will be asked "
            f"{_until(post.next_attempt_at)}.{reason}"
        )
    if post.error_kind == PROCESSING:
        return (
            "The network took this and has been working on it for too long. It is not sent again. Please look at the "
            f"account and say whether it is there.{reason}"
        )
    if post.next_attempt_at is None:
        return (
            "It is not known whether the network has this post, and it cannot be found out from here. Nothing will be "
            f"sent. Please look at the account and say whether it is there.{reason}"
        )
    return (
        "It was sent, but no answer came. Before anything is sent again, the network will be asked "
        f"{_until(post.next_attempt_at)} whether it has the post.{reason}"
    )


def _parts(attempts: Sequence[PublishAttempt]) -> str:
    parts = {attempt.part for attempt in attempts}
    out = {attempt.part for attempt in attempts if attempt.outcome is Outcome.PUBLISHED}
    if len(parts) < 2:  # noqa: PLR2004 -- a single post
        return ""
    return f" ({len(out)} of at least {len(parts)} parts are out)" if out != parts else f" in {len(parts)} parts"


def _until(moment: datetime | None) -> str:
    if moment is None or moment <= clock.now():
        return "in a moment"
    return f"in {duration(moment - clock.now())}"


def duration(span: timedelta) -> str:
    """`40 seconds`, `5 minutes`, `3 hours`, `2 days`: roughly, for people."""
    seconds = max(1, round(span.total_seconds()))
    for size, noun, step in ((_DAY, "day", _HOUR), (_HOUR, "hour", _MINUTE), (_MINUTE, "minute", 1)):
        if round(seconds / step) * step >= 2 * size:  # as it would be said in the smaller unit: never "120 minutes"
            return _count(round(seconds / size), noun)
    return _count(seconds, "second")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
