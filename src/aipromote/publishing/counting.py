"""What became of posts, counted for metrics. The product's own canaries are no posts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from aipromote import clock
from aipromote.jobs import tally
from aipromote.organizations.models import INTERNAL_ORGANIZATION
from aipromote.publishing.states import PostStatus

if TYPE_CHECKING:
    from aipromote.publishing.changes import Changed, Key, PostChange


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
