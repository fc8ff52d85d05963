"""The product publishes while everything around it breaks: nothing is lost, nothing goes out twice.

Real PostgreSQL, Valkey, workers and network, which are stopped and killed; so each test has its own. The long form:
`./aipromote test tests/chaos --chaos-posts 10000 --chaos-faults 100 --chaos-seed 7`.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterator

import pytest

from chaos import plan as plans
from chaos import report
from chaos.plan import CLOCKS, NETWORK, SERVERS, Kind, Plan
from chaos.run import run

# Connections that a killed server left behind are let go without being closed. They are collected here, so that their
# warnings are not taken for another test's.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

_POSTS = 240
_SECONDS = 14.0
_ACCOUNTS = 40
Survive = Callable[..., None]


@pytest.fixture
def survive(record_property: Callable[[str, object], None]) -> Iterator[Survive]:
    """Carry a plan out, tell what it came to, and see that nothing was lost, doubled or untrue."""

    def go(plan: Plan, *, workers: int, stagers: int, hurry: bool) -> None:
        done = run(plan, workers=workers, stagers=stagers, hurry=hurry)
        record_property("chaos", report.table(done))
        assert done.sums.problems == [], "\n".join(["", *done.sums.problems[:40]])
        assert done.unrecovered == []
        assert {one.fault for one in done.struck} == set(plan.faults)

    yield go
    gc.collect()


def test_a_seed_always_gives_the_same_plan() -> None:
    def draw(seed: int) -> Plan:
        return plans.draw(seed, posts=300, faults=40, seconds=20, accounts=12, workers=4)

    assert draw(7) == draw(7)
    assert draw(7) != draw(8)
    assert {fault.kind for fault in draw(7).faults} == set(Kind)


@pytest.fixture
def seed(pytestconfig: pytest.Config) -> int:
    given = pytestconfig.getoption("--chaos-seed")
    return given if given is not None else random.randrange(1_000_000)


@pytest.fixture
def is_short(pytestconfig: pytest.Config) -> bool:
    return pytestconfig.getoption("--chaos-posts") is None


@pytest.mark.parametrize("what", ["servers", "network"])
def test_nothing_is_lost_or_doubled_while_it_breaks(what: str, survive: Survive, seed: int, is_short: bool) -> None:
    if not is_short:
        pytest.skip("the long form was asked for")
    kinds = (*SERVERS, Kind.KILL_WORKER) if what == "servers" else (*NETWORK, *CLOCKS, Kind.KILL_WORKER)
    survive(
        plans.draw(seed, posts=_POSTS, faults=len(kinds), seconds=_SECONDS, accounts=_ACCOUNTS, workers=2, kinds=kinds),
        workers=2,
        stagers=2,
        hurry=True,
    )


def test_the_long_form(pytestconfig: pytest.Config, survive: Survive, seed: int, is_short: bool) -> None:
    if is_short:
        pytest.skip("takes minutes; ask for it with --chaos-posts")
    posts, faults = pytestconfig.getoption("--chaos-posts"), pytestconfig.getoption("--chaos-faults")
    seconds = max(20.0, posts / pytestconfig.getoption("--chaos-rate"))
    accounts = max(24, min(200, posts // 50))
    survive(
        plans.draw(seed, posts=posts, faults=faults, seconds=seconds, accounts=accounts, workers=4),
        workers=4,
        stagers=2,
        hurry=False,
    )
