"""Which claims can be fired at once and which still wait for their files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.publishing.changes import Key
from aipromote.publishing.checks import Refusal
from aipromote.publishing.claims import Claim
from aipromote.publishing.models import PostPreparation
from aipromote.publishing.preparing.queries import is_needed, is_ready, made_of, preparations

LOOK_AGAIN = timedelta(seconds=5)
"""Unless the preparation is done before: it brings its post forward."""


class Waits:
    """A post whose files are not there yet: until when it is left alone, and why, for people."""

    def __init__(self, at: datetime, reason: str) -> None:
        self.at, self.reason = at, reason


async def open_gate(session: AsyncSession, claims: Sequence[Claim]) -> tuple[dict[Key, Waits], dict[Key, Refusal]]:
    """Give the claims what was prepared for them. Returns those that wait, and those whose files were refused.

    What was prepared for something else than the post is now, or is too old, goes, and is made anew.
    """
    needy = [claim for claim in claims if is_needed(claim)]
    found = await preparations(session, {claim.key for claim in needy})
    waiting: dict[Key, Waits] = {}
    refused: dict[Key, Refusal] = {}
    outdated: list[Key] = []
    for claim in needy:
        made_for, one = made_of(claim), found.get(claim.key)
        if one is not None and is_ready(one, made_for=made_for):
            claim.prepared[claim.position] = one.handle or ""
        elif one is not None and one.made_for == made_for and one.is_refused:
            refused[claim.key] = Refusal(one.error_kind or "media_rejected", one.error_message or "")
            outdated.append(claim.key)  # whoever schedules it again has seen to it, and it is tried anew
        else:
            waiting[claim.key] = _wait(claim, one)
            if one is not None and (one.made_for != made_for or one.ready_at is not None):
                outdated.append(claim.key)
    await forget(session, outdated)
    return waiting, refused


async def forget(session: AsyncSession, keys: Sequence[Key]) -> None:
    """Prepare these posts anew."""
    if keys:
        mine = tuple_(PostPreparation.organization_id, PostPreparation.scheduled_post_id).in_(sorted(keys))
        await session.execute(delete(PostPreparation).where(mine))


def _wait(claim: Claim, found: PostPreparation | None) -> Waits:
    assert claim.account is not None
    words = f"{claim.account.platform.label} is being sent what belongs to this post."
    if found is not None and found.error_message:
        words += f" The last try: {found.error_message}"
    return Waits(clock.now() + LOOK_AGAIN, words)
