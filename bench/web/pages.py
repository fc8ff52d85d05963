"""The pages that are asked for, and how long each takes: interleaved, so that a busy moment hits all organizations."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import aiohttp
from scene import Organization, connected

PATHS = {
    "calendar, week": "/calendar?view=week",
    "calendar, month": "/calendar?view=month",
    "calendar, list": "/calendar?view=list",
    "library": "/content",
    "library, one state": "/content?status=published",
    "library, a rare state": "/content?status=failed",
    "library, a search": "/content?q=RARE",
    "library, a common word": "/content?q=launch",
    "library, second slice": "SECOND",
    "this week": "/this-week",
    "results": "/results?simulated=yes",
    "results, posts": "/results/posts?simulated=yes",
    "audit trail": "/audit",
    "a piece": "/pieces/PIECE",
    "approving a week": "/calendar/approve",
}
GOAL = 1.5
_NEXT = re.compile(r'href="(/content\?[^"]*cursor=[^"]+)"')
_SOME = """
SELECT p.id, p.body FROM content_pieces p
 WHERE p.organization_id = $1 AND p.status = 'PUBLISHED' ORDER BY p.published_at DESC LIMIT 1
"""


@dataclass
class Case:
    """One page: where it is in each organization, and the seconds that it took, by the organization's name."""

    name: str
    paths: Mapping[str, str]
    samples: dict[str, list[float]] = field(default_factory=dict)
    statements: dict[str, int] = field(default_factory=dict)
    kilobytes: dict[str, float] = field(default_factory=dict)

    def median(self, name: str) -> float:
        """Milliseconds."""
        return statistics.median(self.samples[name]) * 1000

    def ratio(self, name: str) -> float:
        """The median of the rounds' ratios to the small organization."""
        pairs = zip(self.samples[name], self.samples["small"], strict=True)
        return statistics.median(one / small for one, small in pairs)

    @property
    def verdict(self) -> str:
        return "ok" if self.ratio("long") <= GOAL else "MISSED"

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "name": self.name,
            "ms": {name: round(self.median(name), 2) for name in self.samples},
            "ratio": {name: round(self.ratio(name), 2) for name in self.samples},
            "goal": GOAL,
            "verdict": self.verdict,
            "statements": self.statements,
            "kilobytes": self.kilobytes,
        }


async def cases_of(
    url: str, address: str, people: Mapping[str, aiohttp.ClientSession], made: Sequence[Organization]
) -> list[Case]:
    """The pages with the keys of each organization."""
    filled: dict[str, dict[str, str]] = {}
    for one in made:
        async with connected(url) as connection:
            key, body = await connection.fetchrow(_SOME, one.id)
        async with people[one.name].get(f"{address}/content") as answer:
            found = _NEXT.search(await answer.text())
        filled[one.name] = {
            "PIECE": str(key),
            "RARE": body.rstrip(".").rsplit(" ", 1)[1],
            "SECOND": found.group(1).replace("&amp;", "&") if found else "/content",
        }
    cases = []
    for name, path in PATHS.items():
        paths = {who: _filled(path, values) for who, values in filled.items()}
        cases.append(Case(name, paths))
    return cases


async def measure(
    address: str, people: Mapping[str, aiohttp.ClientSession], cases: Sequence[Case], *, rounds: int
) -> None:
    """Fill the samples. Everything is asked twice before, to be warm."""
    for number in range(-2, rounds):
        for case in cases:
            names = list(people)
            for name in names if number % 2 else reversed(names):
                seconds, size = await asked(people[name], address + case.paths[name])
                case.kilobytes[name] = round(size / 1024, 1)
                if number >= 0:
                    case.samples.setdefault(name, []).append(seconds)


async def asked(http: aiohttp.ClientSession, url: str) -> tuple[float, int]:
    """Seconds until the last byte has come, and how many bytes the page has."""
    begun = time.perf_counter()
    async with http.get(url) as answer:
        body = await answer.read()
    seconds = time.perf_counter() - begun
    assert answer.status == 200, (answer.status, url)
    return seconds, len(body)


def table(cases: Sequence[Case]) -> str:
    """For people."""
    names = [name for name in ("small", "long", "busy") if cases and name in cases[0].samples]
    titles = "".join(f"{name:>10}" for name in names) + "".join(f"{name:>8} : small" for name in names[1:])
    lines = [f"{'':26}{titles}  statements  verdict"]
    for case in cases:
        ms = "".join(f"{case.median(name):>8.1f}ms" for name in names)
        ratios = "".join(f"{case.ratio(name):>16.2f}" for name in names[1:])
        sent = "/".join(str(case.statements.get(name, "-")) for name in names)
        lines.append(f"{case.name:26}{ms}{ratios}  {sent:>10}  {case.verdict}")
    return "\n".join(lines)


def _filled(path: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        path = path.replace(name, value)
    return path
