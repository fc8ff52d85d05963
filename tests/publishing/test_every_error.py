"""Every way in which a call can fail has one consequence: for the attempt, the post, the account, and the people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from aipromote import clock
from aipromote.connectors import contract
from aipromote.connectors.contract import ConnectorError, Processing, Published
from aipromote.connectors.sandbox import SandboxConnector
from aipromote.publishing.models import AccountPace
from publishing.networks import reach_through, registered
from publishing.scene import Scene


class Scripted(SandboxConnector):
    """Answers each call that publishes as it is told, before anything is sent."""

    name = "scripted"

    def __init__(self, answer: Callable[[], ConnectorError | Processing]) -> None:
        self._answer = answer

    async def publish(self, *_: Any, **__: Any) -> Published | Processing:
        answer = self._answer()
        if isinstance(answer, ConnectorError):
            raise answer
        return answer


@dataclass(frozen=True)
class Case:
    """One member of the closed set, and what it comes to."""

    answer: Callable[[], ConnectorError | Processing]
    outcome: str
    status: str
    kind: str
    told: str | None = None
    uses_attempt: bool = True
    closes: bool = False
    disconnects: bool = False


def _later() -> Any:
    return clock.now() + timedelta(minutes=30)


CASES = {
    "AUTH_EXPIRED": Case(lambda: contract.Unauthorized("Expired."), "UNAUTHORIZED", "FAILED", "connect_again",
                         "post-failed", disconnects=True),
    "AUTH_REVOKED": Case(lambda: contract.Revoked("Gone."), "UNAUTHORIZED", "FAILED", "connect_again",
                         "post-failed", disconnects=True),
    "PERMISSION_MISSING": Case(lambda: contract.PermissionMissing("No posts.write."), "UNAUTHORIZED", "FAILED",
                               "connect_again", "post-failed", disconnects=True),
    "RATE_LIMITED": Case(lambda: contract.RateLimited("Slowly.", retry_at=_later()), "RATE_LIMITED", "RETRYING",
                         "rate_limited", uses_attempt=False, closes=True),
    "ACCOUNT_LIMIT": Case(lambda: contract.AccountLimit("Enough today."), "RATE_LIMITED", "RETRYING",
                          "account_limit", uses_attempt=False, closes=True),
    "BILLING_EXHAUSTED": Case(lambda: contract.BillingExhausted("Unpaid."), "RATE_LIMITED", "RETRYING",
                              "billing_exhausted", uses_attempt=False, closes=True),
    "VALIDATION": Case(lambda: contract.Rejected("Malformed."), "REJECTED", "FAILED", "rejected", "post-failed"),
    "MEDIA_REJECTED": Case(lambda: contract.MediaRejected("Too wide."), "REJECTED", "FAILED", "media_rejected",
                           "post-failed"),
    "MEDIA_NOT_READY": Case(lambda: Processing("h1", "Transcoding.", timedelta(minutes=1)), "UNKNOWN", "UNCONFIRMED",
                            "processing"),
    "DUPLICATE": Case(lambda: contract.Duplicate("Said already."), "UNKNOWN", "UNCONFIRMED", "duplicate"),
    "POLICY_BLOCKED": Case(lambda: contract.PolicyBlocked("Spam."), "REJECTED", "FAILED", "policy_blocked",
                           "post-failed"),
    "TARGET_GONE": Case(lambda: contract.TargetGone("No such board."), "REJECTED", "FAILED", "target_gone",
                        "post-failed"),
    "TRANSIENT": Case(lambda: contract.Unreachable("Away."), "UNREACHABLE", "RETRYING", "unreachable"),
    "UNKNOWN_OUTCOME": Case(lambda: contract.UnknownOutcome("No answer."), "UNKNOWN", "UNCONFIRMED",
                            "unknown_outcome"),
}  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
async def test_an_answer_has_one_consequence(scene: Scene, case: Case) -> None:
    with registered(Scripted(case.answer)):
        await reach_through(scene, Scripted(case.answer))
        post = await scene.post()
        await scene.work()
    after, attempts = await scene.now(post), await scene.attempts(post)
    assert (attempts[-1].outcome, after.status, after.error_kind) == (case.outcome, case.status, case.kind)
    assert after.error_message
    assert bool(after.attempt_count) is case.uses_attempt
    assert [template for template, _ in await scene.told() if template.startswith("post-")] == (
        [case.told] if case.told else []
    )
    assert (await scene.account_now()).is_active is not case.disconnects
    async with scene.database.transaction(scene.startup.id) as session:
        closed = await session.scalar(select(AccountPace.closed_until))
    assert (closed is not None) is case.closes
    assert await scene.received() == []


def test_every_member_of_the_closed_set_has_its_case() -> None:
    assert {type(case.answer()) for case in CASES.values()} - {Processing} == set(_below(ConnectorError))


def _below(kind: type[ConnectorError]) -> list[type[ConnectorError]]:
    """The contract's own, not what other rooms derive from it."""
    own = [one for one in kind.__subclasses__() if one.__module__ == contract.__name__]
    return own + [deeper for one in own for deeper in _below(one)]
