"""What is to happen, and when: posts, faults, and what people change their minds about. All of it from one seed."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """Everything that is done to the product while it publishes."""

    # To its processes and servers.
    KILL_WORKER = "kill -9 of a worker"
    EMPTY_QUEUES = "Valkey FLUSHALL"
    STOP_QUEUES = "Valkey stopped for 10 s"
    LOSE_QUEUES = "Valkey restarted empty"
    RESTART_POSTGRES = "PostgreSQL restarted"
    KILL_POSTGRES = "PostgreSQL killed (-9)"
    CLOCK_FORWARD = "clock put forward"
    CLOCK_BACK = "clock put back"
    # By the network, to the next call that publishes on one account.
    STORE_THEN_DROP = "stored, then dropped"
    STORE_THEN_500 = "stored, then 500"
    STORE_THEN_RUBBISH = "stored, rubbish answered"
    SLOW = "answered after the time-out"
    SHOWS_LATE = "dropped, listed 40 s later"
    DROP_UNSTORED = "dropped, not stored"
    UNAVAILABLE = "503"
    RATE_LIMIT = "rate limit"
    EXPIRE_TOKENS = "access tokens ended"
    REVOKE_TOKENS = "tokens revoked"


SERVERS = (
    Kind.KILL_WORKER,
    Kind.EMPTY_QUEUES,
    Kind.STOP_QUEUES,
    Kind.LOSE_QUEUES,
    Kind.RESTART_POSTGRES,
    Kind.KILL_POSTGRES,
)
CLOCKS = (Kind.CLOCK_FORWARD, Kind.CLOCK_BACK)
NETWORK = tuple(kind for kind in Kind if kind not in SERVERS + CLOCKS)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One post: on which account, how many seconds after the start, in how many parts."""

    account: int
    offset: float
    parts: int


@dataclass(frozen=True, slots=True)
class Fault:
    """`target` is a worker or an account by its number; `size` is how far, in seconds, where a clock is put."""

    at: float
    kind: Kind
    target: int = 0
    size: float = 0.0


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody cancels a post (`delay` is None), or moves it that many seconds away from now."""

    at: float
    post: int
    delay: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Moments are seconds after the start."""

    seed: int
    seconds: float
    accounts: int
    posts: tuple[Wanted, ...]
    faults: tuple[Fault, ...]
    changes: tuple[Change, ...]

    @property
    def fingerprint(self) -> str:
        """The same for the same plan."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:12]


def draw(
    seed: int,
    *,
    posts: int,
    faults: int,
    seconds: float,
    accounts: int,
    workers: int,
    kinds: Sequence[Kind] = tuple(Kind),
    changes: float = 0.05,
) -> Plan:
    """A plan in which each of these kinds happens at least once, if there are faults enough."""
    dice = random.Random(seed)
    wanted = sorted(
        (
            Wanted(dice.randrange(accounts), round(dice.uniform(0, seconds), 3), dice.choice((1, 1, 1, 1, 2, 3)))
            for _ in range(posts)
        ),
        key=lambda one: one.offset,
    )
    drawn = list(kinds) + [dice.choice(_weighted(kinds)) for _ in range(faults - len(kinds))]
    drawn = drawn[:faults]
    dice.shuffle(drawn)
    step = seconds * 0.92 / len(drawn)
    happening = [
        _fault(dice, kind, at=round((place + dice.random()) * step, 3), posts=wanted, workers=workers)
        for place, kind in enumerate(drawn)
    ]
    return Plan(
        seed,
        seconds,
        accounts,
        tuple(wanted),
        tuple(sorted(_with_a_leap(dice, happening, at=seconds * 0.95), key=lambda fault: fault.at)),
        tuple(_changes(dice, wanted, share=changes)),
    )


def _weighted(kinds: Sequence[Kind]) -> list[Kind]:
    """Workers are killed more often than anything else happens; an account whose tokens are revoked is lost."""
    return [kind for kind in kinds for _ in range({Kind.KILL_WORKER: 4, Kind.REVOKE_TOKENS: 1}.get(kind, 2))]


def _fault(dice: random.Random, kind: Kind, *, at: float, posts: Sequence[Wanted], workers: int) -> Fault:
    if kind in NETWORK:  # a moment before a post of the account comes due
        coming = [post for post in posts if post.offset > at] or posts[-1:]
        post = coming[min(dice.randrange(8), len(coming) - 1)]
        return Fault(round(max(0.0, post.offset - 0.2), 3), kind, post.account)
    size = {Kind.CLOCK_FORWARD: dice.uniform(1, 6), Kind.CLOCK_BACK: dice.uniform(1, 6)}.get(kind, 0.0)
    return Fault(at, kind, dice.randrange(workers), round(size, 3))


def _with_a_leap(dice: random.Random, happening: Sequence[Fault], *, at: float) -> list[Fault]:
    """The last clock that is put forward goes over leases and look-ups; late, because whatever is left is due then."""
    last = max(
        (fault for fault in happening if fault.kind is Kind.CLOCK_FORWARD), key=lambda fault: fault.at, default=None
    )
    leap = replace(last, at=round(at, 3), size=round(dice.uniform(65, 180), 3)) if last else None
    return [leap if fault is last and leap else fault for fault in happening]


def _changes(dice: random.Random, posts: Sequence[Wanted], *, share: float) -> list[Change]:
    """Around the moment at which the post is sent, so that both are at it at once."""
    chosen = dice.sample(range(len(posts)), round(len(posts) * share))
    made = []
    for post in chosen:
        at = max(0.0, posts[post].offset + dice.uniform(-0.3, 0.9))
        made.append(Change(round(at, 3), post, dice.choice((None, round(dice.uniform(0.5, 6), 3)))))
        if dice.random() < 0.3:  # and thinks again
            made.append(Change(round(at + dice.uniform(0, 2), 3), post, round(dice.uniform(0.5, 6), 3)))
    return sorted(made, key=lambda change: change.at)
