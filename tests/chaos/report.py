"""The one table of a run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from chaos.happenings import Answered
from chaos.plan import Kind, Plan
from chaos.reckoning import Reckoning
from chaos.watch import Struck


@dataclass(frozen=True)
class Run:
    """What a run came to."""

    plan: Plan
    workers: int
    stagers: int
    struck: Sequence[Struck]
    unrecovered: Sequence[Struck]
    answered: Sequence[Answered]
    sums: Reckoning
    took: float
    waited: float
    to_reconnect: int
    revoked: int


def table(run: Run) -> str:
    """For people; plain text."""
    sums, plan = run.sums, run.plan
    said = Counter((("move", "cancel")[one.change.delay is None], one.said) for one in run.answered)
    lines = [
        f"chaos: seed {plan.seed} (plan {plan.fingerprint})",
        f"workers {run.workers}, of which stage {run.stagers}   accounts {plan.accounts}",
        f"posts {sums.posts}   parts {sums.parts}   received by the network {sums.received}   faults {len(run.struck)}",
        f"LOST {len(sums.lost)}   DUPLICATED {len(sums.duplicated)}   UNTRUE {len(sums.untrue)}",
        "states: " + ", ".join(f"{name} {count}" for name, count in sums.states.most_common()),
    ]
    if sums.why:
        lines.append("of these: " + ", ".join(f"{name} {count}" for name, count in sums.why.most_common()))
    if said:
        told = ", ".join(f"{what} {answer} {count}" for (what, answer), count in sorted(said.items()))
        lines.append(f"people: {told}")
    lines.append(f"accounts to connect again: {run.to_reconnect} (tokens of {run.revoked} were revoked)")
    lines += ["", f"{'fault':<28}{'times':>6}{'recovered in s: median':>24}{'longest':>9}"]
    lines += _recoveries(run.struck, run.unrecovered)
    waited = f"; the clock was put forward {run.waited:.0f} s where there was only to wait" if run.waited else ""
    lines.append(f"sending and recovering took {run.took:.1f} s{waited}")
    return "\n".join(lines)


def _recoveries(struck: Sequence[Struck], unrecovered: Sequence[Struck]) -> list[str]:
    """To servers and clocks: until posts flow and none is overdue. By the network: until the account's are final."""
    by_kind: dict[Kind, list[Struck]] = defaultdict(list)
    for one in struck:
        by_kind[one.fault.kind].append(one)
    lines, longest = [], (0.0, "nothing")
    for kind in filter(by_kind.__contains__, Kind):
        known = sorted(one.seconds for one in by_kind[kind] if one.seconds is not None)
        never = sum(one in unrecovered for one in by_kind[kind])
        unmet = len(by_kind[kind]) - len(known) - never
        median, most = (known[len(known) // 2], known[-1]) if known else (0.0, 0.0)
        longest = max(longest, (most, kind.value))
        notes = f"   {never} NEVER" * bool(never) + f"   {unmet} met no call" * bool(unmet)
        lines.append(f"{kind.value:<28}{len(by_kind[kind]):>6}{median:>24.1f}{most:>9.1f}{notes}")
    return [*lines, f"longest recovery: {longest[0]:.1f} s ({longest[1]})"]
