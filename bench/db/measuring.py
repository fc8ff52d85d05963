"""Timing, interleaved: every round asks all sides in turn, so that a busy moment of the machine hits all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

Act = Callable[[], Awaitable[float | None]]
"""Does the thing once. Returns the seconds that count, or None for all of its time."""


@dataclass
class Case:
    """One comparison: `over` against `base`, with the ratio that it may have at most (`least`: at least)."""

    name: str
    base: Act
    over: Act
    what: str
    """The two sides in words."""
    goal: float | None = None
    least: bool = False
    times: int = 5
    """How often each side is asked in a round."""
    base_samples: list[float] = field(default_factory=list)
    over_samples: list[float] = field(default_factory=list)

    @property
    def medians(self) -> tuple[float, float]:
        """Seconds: of the base, of the other."""
        return statistics.median(self.base_samples), statistics.median(self.over_samples)

    @property
    def ratio(self) -> float:
        """The median over all rounds of the rounds' own ratios; for `least` the base over the other (speed)."""
        pairs = zip(self._rounds(self.base_samples), self._rounds(self.over_samples), strict=True)
        ratio = statistics.median(over / base for base, over in pairs)
        return 1 / ratio if self.least else ratio

    @property
    def verdict(self) -> str:
        """`ok`, `MISSED`, or nothing where there is no goal."""
        if self.goal is None:
            return ""
        return "ok" if (self.ratio >= self.goal if self.least else self.ratio <= self.goal) else "MISSED"

    def as_dict(self) -> dict[str, object]:
        """For JSON: milliseconds and the ratio."""
        base, over = self.medians
        return {
            "name": self.name,
            "what": self.what,
            "base_ms": round(base * 1000, 3),
            "over_ms": round(over * 1000, 3),
            "ratio": round(self.ratio, 3),
            "goal": self.goal,
            "at_least": self.least,
            "verdict": self.verdict,
        }

    def _rounds(self, samples: list[float]) -> list[float]:
        return [statistics.median(samples[n : n + self.times]) for n in range(0, len(samples), self.times)]


async def measure(cases: Sequence[Case], *, rounds: int, once: bool = False) -> None:
    """Fill the cases' samples. Each side is asked twice before, to be warm; not so when all is asked just `once`."""
    if once:
        for case in cases:
            case.times = 1
            await _both(case, swapped=False)
        return
    for case in cases:
        for act in (case.base, case.over):
            await act()
            await act()
    for number in range(rounds):
        for case in cases:
            for turn in range(case.times):
                await _both(case, swapped=bool((number + turn) % 2))


async def _both(case: Case, *, swapped: bool) -> None:
    sides = [(case.base, case.base_samples), (case.over, case.over_samples)]
    for act, samples in reversed(sides) if swapped else sides:
        samples.append(await timed(act))


async def timed(act: Act) -> float:
    """Seconds that it took."""
    begun = time.perf_counter()
    counted = await act()
    return time.perf_counter() - begun if counted is None else counted


def table(cases: Sequence[Case]) -> str:
    """For people."""
    lines = [f"{'':34}{'base':>10}{'other':>10}{'ratio':>8}{'goal':>8}  verdict"]
    for case in cases:
        base, over = case.medians
        goal = "" if case.goal is None else f"{'≥' if case.least else '≤'} {case.goal:g}"
        lines.append(
            f"{case.name:34}{base * 1000:>8.2f}ms{over * 1000:>8.2f}ms{case.ratio:>8.2f}{goal:>8}  {case.verdict:7}"
            f" {case.what}"
        )
    return "\n".join(lines)
