"""Every way in which a network can answer a call, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from aipromote import clock
from aipromote.connectors import errors
from aipromote.connectors.contract import Processing
from aipromote.connectors.errors import (
    AccountLimit,
    BillingExhausted,
    ConnectorError,
    Duplicate,
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    RateLimited,
    Rejected,
    Revoked,
    Stale,
    TargetGone,
    Unauthorized,
    UnknownOutcome,
    Unreachable,
)
from aipromote.publishing.models import AccountPace
from aipromote.publishing.states import PostStatus
from publishing.networks import Says, reach_through, registered
from publishing.scene import Scene

HOUR = 3600.0


@dataclass(frozen=True)
class Row:
    """`waits`: seconds until the post is owed something again; `closed`: seconds for which the account is."""

    answer: Processing | ConnectorError
    outcome: str
    status: str
    kind: str
    words: str
    attempts: int
    waits: float | None = None
    closed: float | None = None
    is_marked: bool = False
    told: tuple[str, ...] = ()
    calls: int = 1


MARKED = {"is_marked": True, "told": ("account-needs-reconnect",)}
FAILED = {"attempts": 1, "told": ("post-failed",)}
ROWS = [
    Row(
        Unauthorized("Expired."),
        "UNAUTHORIZED",
        "FAILED",
        "connect_again",
        "Connect the account again",
        1,
        **MARKED,
        calls=2,
    ),
    Row(Revoked("It ended."), "UNAUTHORIZED", "FAILED", "connect_again", "Connect the account again", 1, **MARKED),
    Row(PermissionMissing("No."), "UNAUTHORIZED", "FAILED", "connect_again", "allow everything", 1, **MARKED),
    Row(RateLimited("Slow."), "RATE_LIMITED", "RETRYING", "rate_limited", "Slow.", 0, waits=60, closed=60),
    Row(AccountLimit("Full."), "RATE_LIMITED", "RETRYING", "account_limit", "Full.", 0, waits=HOUR, closed=HOUR),
    Row(
        BillingExhausted("No credits."),
        *("RATE_LIMITED", "RETRYING", "billing_exhausted", "tried again every hour", 0),
        waits=HOUR,
        closed=HOUR,
        told=("network-unpaid",),
    ),
    Row(Rejected("Malformed."), "REJECTED", "FAILED", "rejected", "Change the text", **FAILED),
    Row(MediaRejected("A BMP."), "REJECTED", "FAILED", "media_rejected", "Replace the file", **FAILED),
    Row(PolicyBlocked("Spam."), "REJECTED", "FAILED", "policy_blocked", "not tried again by itself", **FAILED),
    Row(TargetGone("No board."), "REJECTED", "FAILED", "target_gone", "Choose another account or place", **FAILED),
    Row(Duplicate("Twice."), "UNKNOWN", "UNCONFIRMED", "duplicate", "Twice.", 1, waits=0),
    Row(Unreachable("Refused."), "UNREACHABLE", "RETRYING", "unreachable", "Refused.", 1, waits=2),
    Row(Stale("Gone."), "UNREACHABLE", "RETRYING", "stale", "Gone.", 1, waits=2),
    Row(UnknownOutcome("Cut off."), "UNKNOWN", "UNCONFIRMED", "unknown_outcome", "Cut off.", 1, waits=5),
    Row(
        Processing("v1", "Being encoded.", timedelta(seconds=20)),
        *("UNKNOWN", "UNCONFIRMED", "processing", "Being encoded.", 1),
        waits=20,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: type(row.answer).__name__)
async def test_every_answer_has_one_meaning(scene: Scene, row: Row) -> None:
    network = Says(*[row.answer] * row.calls)
    with registered(network):
        await reach_through(scene, network)
        post = await scene.post()
        before = clock.now()
        await scene.work()
    after = await scene.now(post)
    assert (after.status.value, after.error_kind, after.attempt_count) == (row.status, row.kind, row.attempts)
    assert row.words in (after.error_message or "")
    assert await scene.outcomes(post) == [(0, row.outcome)] * row.calls
    assert _seconds(after.next_attempt_at, before) == row.waits
    closed = await _pace(scene)
    assert _seconds(closed.closed_until if closed else None, before) == row.closed
    assert (await scene.account_now()).is_active is not row.is_marked
    assert sorted(template for template, _ in await scene.told()) == sorted(row.told)


def test_every_member_of_the_closed_set_has_its_row() -> None:
    assert {type(row.answer) for row in ROWS} - {Processing} == set(_below(ConnectorError))


async def test_an_unpaid_network_is_told_once_and_costs_nothing_while_it_lasts(scene: Scene) -> None:
    network = Says(*(BillingExhausted("No credits.") for _ in range(3)))
    with registered(network):
        await reach_through(scene, network)
        await scene.post(body="First.")
        await scene.post(body="Second.")
        for _ in range(3):
            await scene.work()
            scene.forward(hours=1, seconds=1)
        await scene.work_until_quiet()
    assert {post.status for post in await scene.current()} == {PostStatus.PUBLISHED}
    assert {post.attempt_count for post in await scene.current()} == {1}
    assert [template for template, _ in await scene.told()] == ["network-unpaid"]


async def _pace(scene: Scene) -> AccountPace | None:
    async with scene.database.transaction(scene.startup.id) as session:
        return (await session.scalars(select(AccountPace))).one_or_none()


def _seconds(moment: Any, since: Any) -> float | None:
    """Rounded down to what was meant: the step itself takes time, and waits have jitter."""
    if moment is None:
        return None
    passed = (moment - since).total_seconds()
    return next(step for step in (HOUR, 60.0, 20.0, 5.0, 2.0, 0.0) if passed >= step)


def _below(kind: type[ConnectorError]) -> list[type[ConnectorError]]:
    """The contract's own, not what other rooms derive from it."""
    own = [one for one in kind.__subclasses__() if one.__module__ == errors.__name__]
    return own + [deeper for one in own for deeper in _below(one)]
