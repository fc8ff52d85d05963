"""From claimed to armed: what must not go out is refused, what must wait waits, the rest gets its attempt row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.publishing import aftermath, allowance, checks, media, turns
from aipromote.publishing.changes import PostChange, change_posts
from aipromote.publishing.checks import Refusal
from aipromote.publishing.claims import Claim, store_armed
from aipromote.publishing.consent import withdrawn
from aipromote.publishing.findings import blocked_by_findings
from aipromote.publishing.pace import Pace
from aipromote.publishing.states import PostStatus
from aipromote.publishing.turns import Turn
from aipromote.publishing.verdicts import published_at, settled_first

_A_MOMENT = timedelta(seconds=1)


async def arm(session: AsyncSession, taken: Sequence[Claim], *, pace: Pace) -> list[Claim]:
    """Judge what was claimed and arm what may go out. Everything happens in the claim's own transaction."""
    taken = await _finish_complete(session, taken)
    refused = {claim.key: why for claim in taken if (why := checks.refusal(claim))}
    refused |= await withdrawn(session, [claim for claim in taken if claim.key not in refused])
    refused |= await blocked_by_findings(session, [claim for claim in taken if claim.key not in refused])
    refused |= await media.attach(session, [claim for claim in taken if claim.key not in refused])
    now, able = clock.now(), [claim for claim in taken if claim.key not in refused]
    used = await turns.hold(session, able, now=now)
    waiting = turns.turns(able, used, now=now)
    free = [claim for claim in taken if claim.key not in refused and claim.key not in waiting]
    for claim in await allowance.take(session, free):
        refused[claim.key] = Refusal(
            "plan_limit", "The plan's posts for this month are used up. A larger plan, or next month, allows more."
        )
    await _refuse(session, [(claim, refused[claim.key]) for claim in taken if claim.key in refused], pace=pace)
    await change_posts(session, [_put_off(claim, waiting[claim.key]) for claim in taken if claim.key in waiting])
    armed = [claim for claim in free if claim.key not in refused]
    await turns.take(session, armed, used, now=now)
    await store_armed(session, armed)
    return armed


async def _finish_complete(session: AsyncSession, taken: Sequence[Claim]) -> list[Claim]:
    """A post whose parts are all out needs no call, only its last word."""
    complete = [claim for claim in taken if claim.is_complete]
    changed = await change_posts(session, [published_at(claim, clock.now()) for claim in complete])
    await aftermath.tell(session, list(changed.values()))
    return [claim for claim in taken if not claim.is_complete]


async def _refuse(session: AsyncSession, refused: Sequence[tuple[Claim, Refusal]], *, pace: Pace) -> None:
    """What must not go out has failed; one that may be out since an earlier call is looked up instead."""
    changes = [
        PostChange(
            claim.organization_id,
            claim.post_id,
            PostStatus.PUBLISHING,
            PostStatus.FAILED,
            held_by=claim.claimed_by,
            error_kind=refusal.kind,
            error_message=refusal.reason,
            costs_no_attempt=True,
        )
        for claim, refusal in refused
    ]
    changed = await change_posts(
        session, [settled_first(change, claim, pace=pace) for change, (claim, _) in zip(changes, refused, strict=True)]
    )
    await aftermath.tell(session, list(changed.values()))


def _put_off(claim: Claim, turn: Turn) -> PostChange:
    """Waiting costs no attempt. A turn that comes too late is not waited for: the post is missed, with the reason."""
    return PostChange(
        claim.organization_id,
        claim.post_id,
        PostStatus.PUBLISHING,
        PostStatus.RETRYING,
        held_by=claim.claimed_by,
        next_attempt_at=min(turn.at, claim.late_at + _A_MOMENT),
        error_kind="waits_its_turn",
        error_message=turn.reason,
        costs_no_attempt=True,
    )
