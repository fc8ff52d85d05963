"""From claimed to armed: what must not go out is refused, what must wait waits, the rest gets its attempt row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.channels import tokens
from aipromote.connectors import registry
from aipromote.publishing import aftermath, allowance, checks, media, turns, unhurried
from aipromote.publishing.certainties import may_repeat
from aipromote.publishing.changes import PostChange, change_posts
from aipromote.publishing.checks import Refusal
from aipromote.publishing.claims import Claim, store_armed
from aipromote.publishing.consent import withdrawn
from aipromote.publishing.findings import blocked_by_findings
from aipromote.publishing.notices import tell_held_up
from aipromote.publishing.pace import Pace
from aipromote.publishing.preparing.gate import Waits, open_gate
from aipromote.publishing.states import PREPARING, PostStatus
from aipromote.publishing.turns import Turn
from aipromote.publishing.verdicts import published_at, settled_first

_A_MOMENT = timedelta(seconds=1)
_PATIENCE = timedelta(minutes=15)
"""How long after its time a post may wait for its files before people are told."""
_UNANSWERED = "An earlier call is still without an answer."


async def arm(session: AsyncSession, taken: Sequence[Claim], *, pace: Pace) -> list[Claim]:
    """Judge what was claimed and arm what may go out. Everything happens in the claim's own transaction."""
    taken = await _look_first(session, await _finish_complete(session, taken))
    refused = {claim.key: why for claim in taken if (why := checks.refusal(claim))}
    refused |= await withdrawn(session, [claim for claim in taken if claim.key not in refused])
    refused |= await blocked_by_findings(session, [claim for claim in taken if claim.key not in refused])
    refused |= await media.attach(session, [claim for claim in taken if claim.key not in refused])
    refused |= checks.of_files([claim for claim in taken if claim.key not in refused])
    unready, unfit = await open_gate(session, [claim for claim in taken if claim.key not in refused])
    refused |= unfit
    held_up = await change_posts(session, [_unready(one, unready[one.key]) for one in taken if one.key in unready])
    await tell_held_up(session, [one for one in held_up.values() if clock.now() - one.scheduled_at > _PATIENCE])
    taken = [claim for claim in taken if claim.key not in unready]
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
    await unhurried.hold_longer(session, armed, pace=pace)
    return armed


async def _finish_complete(session: AsyncSession, taken: Sequence[Claim]) -> list[Claim]:
    """A post whose parts are all out needs no call, only its last word."""
    complete = [claim for claim in taken if claim.is_complete]
    changed = await change_posts(session, [published_at(claim, clock.now()) for claim in complete])
    await aftermath.tell(session, list(changed.values()))
    return [claim for claim in taken if not claim.is_complete]


async def _look_first(session: AsyncSession, taken: Sequence[Claim]) -> list[Claim]:
    """While an earlier call is without an answer only a repeat that cannot double is made, however a post came here."""
    now = clock.now()
    unsure = [claim for claim in taken if claim.position in claim.unanswered and not _may_repeat(claim, now=now)]
    held = [
        replace(_back(claim, PostStatus.UNCONFIRMED, kind="unknown_outcome", words=_UNANSWERED), next_attempt_at=now)
        for claim in unsure
    ]
    await change_posts(session, held)
    return [claim for claim in taken if claim not in unsure]


def _may_repeat(claim: Claim, *, now: datetime) -> bool:
    if claim.account is None or not claim.account.is_active or claim.account.connector not in registry.names():
        return False
    certainty = registry.get(claim.account.connector).certainty_of(tokens.credentials(claim.account))
    return may_repeat(certainty, first_call=claim.unanswered[claim.position], now=now)


async def _refuse(session: AsyncSession, refused: Sequence[tuple[Claim, Refusal]], *, pace: Pace) -> None:
    """What must not go out has failed; one that may be out since an earlier call is looked up instead."""
    failed = [(claim, _back(claim, PostStatus.FAILED, kind=why.kind, words=why.reason)) for claim, why in refused]
    changed = await change_posts(session, [settled_first(one, claim, pace=pace) for claim, one in failed])
    await aftermath.tell(session, list(changed.values()))


def _unready(claim: Claim, waits: Waits) -> PostChange:
    """Its files are on their way, which costs no attempt."""
    put_off = _back(claim, PostStatus.RETRYING, kind=PREPARING, words=waits.reason)
    return replace(put_off, next_attempt_at=min(waits.at, claim.late_at + _A_MOMENT))


def _put_off(claim: Claim, turn: Turn) -> PostChange:
    """Waiting costs no attempt. A turn that comes too late is not waited for: the post is missed, with the reason."""
    put_off = _back(claim, PostStatus.RETRYING, kind="waits_its_turn", words=turn.reason)
    return replace(put_off, next_attempt_at=min(turn.at, claim.late_at + _A_MOMENT))


def _back(claim: Claim, status: PostStatus, *, kind: str, words: str) -> PostChange:
    """Out of the claim again, at no cost of an attempt: no call was made."""
    return PostChange(
        claim.organization_id,
        claim.post_id,
        PostStatus.PUBLISHING,
        status,
        held_by=claim.claimed_by,
        error_kind=kind,
        error_message=words,
        costs_no_attempt=True,
    )
