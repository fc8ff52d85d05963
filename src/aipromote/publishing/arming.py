"""From claimed to armed: what must not go out is refused, what must wait waits, the rest gets its attempt row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.connectors import registry
from aipromote.publishing import aftermath, allowance, checks, media
from aipromote.publishing.changes import Key, PostChange, change_posts
from aipromote.publishing.checks import Refusal
from aipromote.publishing.claims import Claim, hold_accounts, store_armed
from aipromote.publishing.consent import withdrawn
from aipromote.publishing.findings import blocked_by_findings
from aipromote.publishing.pace import Pace
from aipromote.publishing.states import PostStatus
from aipromote.publishing.verdicts import published_at


async def arm(session: AsyncSession, taken: Sequence[Claim], *, pace: Pace) -> list[Claim]:
    """Judge what was claimed and arm what may go out. Everything happens in the claim's own transaction."""
    taken = await _finish_complete(session, taken)
    refused = {claim.key: why for claim in taken if (why := checks.refusal(claim))}
    refused |= await withdrawn(session, [claim for claim in taken if claim.key not in refused])
    refused |= await blocked_by_findings(session, [claim for claim in taken if claim.key not in refused])
    refused |= await media.attach(session, [claim for claim in taken if claim.key not in refused])
    waiting = await _must_wait(session, [claim for claim in taken if claim.key not in refused], pace=pace)
    free = [claim for claim in taken if claim.key not in refused and claim.key not in waiting]
    for claim in await allowance.take(session, free):
        refused[claim.key] = Refusal(
            "plan_limit", "The plan's posts for this month are used up. A larger plan, or next month, allows more."
        )
    await _refuse(session, [(claim, refused[claim.key]) for claim in taken if claim.key in refused])
    await change_posts(session, [_put_off(claim, waiting[claim.key]) for claim in taken if claim.key in waiting])
    armed = [claim for claim in free if claim.key not in refused]
    await store_armed(session, armed)
    return armed


async def _finish_complete(session: AsyncSession, taken: Sequence[Claim]) -> list[Claim]:
    """A post whose parts are all out needs no call, only its last word."""
    complete = [claim for claim in taken if claim.is_complete]
    changed = await change_posts(session, [published_at(claim, clock.now()) for claim in complete])
    await aftermath.tell(session, list(changed.values()))
    return [claim for claim in taken if not claim.is_complete]


async def _refuse(session: AsyncSession, refused: Sequence[tuple[Claim, Refusal]]) -> None:
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
    changed = await change_posts(session, changes)
    await aftermath.tell(session, list(changed.values()))


async def _must_wait(session: AsyncSession, claims: Sequence[Claim], *, pace: Pace) -> dict[Key, datetime]:
    """The posts whose account was used a moment ago, and until when each waits for its turn."""
    gaps: dict[Key, float] = {}
    by_account: dict[Key, list[Claim]] = defaultdict(list)
    for claim in claims:
        assert claim.account is not None
        gap = registry.get(claim.account.connector).limits(claim.account.platform).min_gap_seconds
        if gap:
            gaps[claim.account_key] = gap
            by_account[claim.account_key].append(claim)
    if not gaps:
        return {}
    last = await hold_accounts(session, gaps, pace=pace, gap=max(gaps.values()))
    now, turns = clock.now(), {}
    for account, own in by_account.items():
        pause = timedelta(seconds=gaps[account])
        first = max(now, last[account] + pause) if account in last else now
        turns.update({claim.key: first + place * pause for place, claim in enumerate(own)})
    return {key: turn for key, turn in turns.items() if turn > now}


def _put_off(claim: Claim, until: datetime) -> PostChange:
    return PostChange(
        claim.organization_id,
        claim.post_id,
        PostStatus.PUBLISHING,
        PostStatus.RETRYING,
        held_by=claim.claimed_by,
        next_attempt_at=until,
        error_kind="waits_its_turn",
        error_message="Another post of the same account went out a moment ago.",
        costs_no_attempt=True,
    )
