"""Of many drafts for one place, a few that differ most: from each other, and from what was said there before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aipromote.ai.offline.memory import similarity
from aipromote.documents.content import PostDraft

TOO_ALIKE = 0.85
"""Two ways to say a thing may share sentences; from here on they are one way."""


def most_different(drafts: Iterable[PostDraft], *, said: Sequence[str], count: int) -> list[PostDraft]:
    """At most `count` of the drafts. Each chosen one is the least like what was said and chosen already."""
    left = {draft.body: draft for draft in drafts if draft.body not in said}
    nearest = {body: max((similarity(body, other) for other in said), default=0.0) for body in left}
    chosen: list[PostDraft] = []
    while left and len(chosen) < count:
        body = min(left, key=lambda one: (nearest[one], one))
        if nearest[body] >= TOO_ALIKE:
            break
        draft = left.pop(body)
        chosen.append(draft)
        for other in left:
            nearest[other] = max(nearest[other], similarity(other, body))
    return chosen
