"""What became of posts, counted for metrics. The product's own canaries are no posts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from aipromote import clock
from aipromote.jobs import tally
from aipromote.organizations.models import INTERNAL_ORGANIZATION
from aipromote.publishing.states import PROCESSING, Outcome, PostStatus

if TYPE_CHECKING:
    from aipromote.publishing.changes import AttemptChange, Changed, Key, PostChange


def count_changes(changes: Sequence[PostChange], changed: Mapping[Key, Changed]) -> None:
    """The changes that were really made, by outcome and reason; how late what is out now was."""
    for change in changes:
        one = changed.get((change.organization_id, change.id))
        if one is None or one.status is PostStatus.PUBLISHING or one.organization_id == INTERNAL_ORGANIZATION:
            continue
        tally.count("posts_total", outcome=one.status.lower(), reason=change.error_kind or "")
        if one.status is PostStatus.PUBLISHED:
            out_at = change.published_at or clock.now()
            tally.observe("post_lateness_seconds", max(0.0, (out_at - one.scheduled_at).total_seconds()))


def count_missed(changed: Iterable[Changed]) -> None:
    """Those whose time was over before they could be sent."""
    for one in changed:
        if one.status is PostStatus.MISSED and one.organization_id != INTERNAL_ORGANIZATION:
            tally.count("posts_total", outcome="missed", reason="late")


def count_look_ups(findings: Iterable[tuple[AttemptChange, PostChange]]) -> None:
    """What was found out about calls without an answer."""
    for attempt, post in findings:
        if post.organization_id != INTERNAL_ORGANIZATION:
            tally.count("reconciled_total", result=_found_out(attempt, post))


_KNOWN = {Outcome.PUBLISHED: "found", Outcome.ABSENT: "absent", Outcome.REJECTED: "refused"}


def _found_out(attempt: AttemptChange, post: PostChange) -> str:
    if attempt.outcome in _KNOWN:
        return _KNOWN[attempt.outcome]
    if post.status is PostStatus.RETRYING:
        return "repeated"
    if post.next_attempt_at is None:
        return "left_to_a_person"
    return "processing" if attempt.error_kind == PROCESSING else "not_known_yet"
