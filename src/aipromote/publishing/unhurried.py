"""Calls that take their time: where files go along with the call that publishes, or a network makes a post of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.connectors import registry
from aipromote.publishing.changes import PostChange, change_posts
from aipromote.publishing.claims import Claim
from aipromote.publishing.pace import Pace
from aipromote.publishing.states import PostStatus

_SLOWEST = 256 * 1024
"""Bytes a second: a line slower than this is taken for broken."""
_LAST_CHUNK = 10 * 1024 * 1024
"""With which some networks (TikTok) begin to publish."""
_ANSWER_SECONDS = 60.0
"""What a network may need to take in a file once it has it."""
LONGEST_SECONDS = 260.0
"""Within the time limit of the job."""


def seconds(claim: Claim, *, pace: Pace) -> float:
    """How long the call may take."""
    assert claim.account is not None
    part = claim.part()
    if not part.media:
        return pace.fire_timeout
    size = sum(file.size for file in part.media)
    if registry.get(claim.account.connector).prepares(part):  # all is there already, or all but a last chunk
        size = min(size, _LAST_CHUNK)
    return min(LONGEST_SECONDS, pace.fire_timeout + _ANSWER_SECONDS + size / _SLOWEST)


def split(claims: Sequence[Claim], *, pace: Pace) -> list[list[Claim]]:
    """The quick ones together, each that may take long on its own: it holds up nobody's outcome."""
    slow = [claim for claim in claims if seconds(claim, pace=pace) > pace.fire_timeout]
    quick = [claim for claim in claims if claim not in slow]
    return [group for group in (quick, *([claim] for claim in slow)) if group]


async def hold_longer(session: AsyncSession, claims: Sequence[Claim], *, pace: Pace) -> None:
    """Lengthen the claims on posts whose call may outlast them."""
    changes = []
    for claim in claims:
        lasts = seconds(claim, pace=pace)
        if lasts > pace.fire_timeout:
            claim.claimed_until = clock.now() + timedelta(seconds=pace.lease + lasts - pace.fire_timeout)
            changes.append(hold(claim, claim.claimed_until))
    await change_posts(session, changes)


def hold(claim: Claim, until: datetime) -> PostChange:
    """Keep the claim until then, if it is still ours."""
    held = PostChange(
        claim.organization_id, claim.post_id, PostStatus.PUBLISHING, PostStatus.PUBLISHING, held_by=claim.claimed_by
    )
    return replace(held, claimed_until=until)
