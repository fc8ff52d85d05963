"""Faults on demand: what the sandbox network does wrong because somebody asked it to.

A fault hits calls that publish (or reads, or the giving of tokens, where it says so), a number of times or with a
probability. Draws come from the fault's own seed, so that a run can be repeated. `seconds` of visibility and rate
limits are product time; a slow answer is slow in real time, because the client's time-out is real.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal, get_args

from aipromote.sandbox import grants
from aipromote.sandbox.store import Store, seed_of

Kind = Literal[
    "store_then_drop",
    "store_then_500",
    "malformed",
    "truncated",
    "empty",
    "html",
    "extra_fields",
    "slow",
    "delayed_visibility",
    "processing",
    "processing_refused",
    "drop_unstored",
    "refuse",
    "policy_blocked",
    "media_rejected",
    "target_gone",
    "permission_missing",
    "billing_exhausted",
    "duplicate",
    "rate_limit",
    "account_limit",
    "unavailable",
    "fail_unstored",
    "request_timeout",
    "redirect",
    "error_in_200",
    "revoke_tokens",
    "expire_tokens",
]
KINDS: tuple[str, ...] = get_args(Kind)
IMMEDIATE = {"revoke_tokens": ("access", "refresh"), "expire_tokens": ("access",)}
_MEMORY = "faults"
MAX_DELAY = 50.0
"""Longest delay of visibility. Clients may count on seeing a stored post within a minute (see docs/sandbox.md)."""
_DEFAULT_SECONDS = {
    "slow": 15.0,
    "delayed_visibility": 40.0,
    "processing": 30.0,
    "processing_refused": 30.0,
    "rate_limit": 60.0,
    "account_limit": 86400.0,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault that is switched on. `remaining` is None where only the probability limits it."""

    number: int
    kind: str
    target: str
    account: int | None
    remaining: int | None
    probability: float
    seconds: float
    style: str
    seed: int
    draws: int

    @property
    def words(self) -> str:
        """What it does, for the feed page."""
        often = f"{self.remaining}x" if self.remaining is not None else f"{self.probability:.0%} of calls"
        return f"{self.kind.replace('_', ' ')} ({often})"


def from_row(row: sqlite3.Row) -> Fault:
    """A fault from a row of `faults`."""
    return Fault(**dict(row))


def switch_on(
    store: Store,
    *,
    kind: str,
    target: str = "publish",
    account: int | None = None,
    times: int | None = None,
    probability: float | None = None,
    seconds: float | None = None,
    style: str = "seconds",
    seed: int = 0,
) -> int:
    """Switch a fault on; its number, or 0 where it acted at once. Without times or probability it hits once."""
    if kind in IMMEDIATE:
        grants.end_all(store, account=account, kinds=IMMEDIATE[kind])
        return 0
    store.memory.pop(_MEMORY, None)
    wait = _DEFAULT_SECONDS.get(kind, 0.0) if seconds is None else seconds
    return store.insert(
        "INSERT INTO faults (kind, target, account, remaining, probability, seconds, style, seed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            kind,
            target,
            account,
            1 if times is None and probability is None else times,
            1.0 if probability is None else probability,
            min(wait, MAX_DELAY) if kind == "delayed_visibility" else wait,
            style,
            seed,
        ),
    )


def switched_on(store: Store) -> list[Fault]:
    """All faults that can still hit, oldest first."""
    known: list[Fault] | None = store.memory.get(_MEMORY)
    if known is None:
        rows = store.all("SELECT * FROM faults WHERE ifnull(remaining, 1) > 0 ORDER BY number")
        known = store.memory[_MEMORY] = [from_row(row) for row in rows]
    return known


def clear(store: Store) -> int:
    """Switch all off; how many there were."""
    return store.run("DELETE FROM faults")


def draw(store: Store, *, target: str, account: int | None) -> dict[str, Fault]:
    """The faults that hit this call, by kind; each kind at most once. Drawing uses them up."""
    hits: dict[str, Fault] = {}
    for fault in switched_on(store):
        concerned = fault.target == target and fault.account in (None, account)
        if concerned and fault.kind not in hits and _strikes(store, fault):
            hits[fault.kind] = fault
    return hits


def _strikes(store: Store, fault: Fault) -> bool:
    strikes = seed_of(fault.seed, fault.draws) / 2**48 < fault.probability
    store.run(
        "UPDATE faults SET draws = draws + 1, remaining = remaining - ? WHERE number = ?", (int(strikes), fault.number)
    )
    return strikes
