"""What one check costs: a post against 200 phrases and 300 facts, the first time in a process and from then on.

    python bench/brand.py [--json] [--rounds N]

Cold is a new process for each round, after its imports: every expression is compiled and every fact read. Warm is the
median of many checks of different posts. Printed for the whole check and for what the publish step asks (no hints).
Goal: at most 5 ms for a post, warm.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from datetime import date

from aipromote.brand.check import Rules, check
from aipromote.connectors import limits
from aipromote.documents.facts import Fact
from aipromote.documents.vocabulary import Platform

TODAY = date(2026, 11, 28)
_SYLLABLES = "ba ce di fo gu la me ni po ru sa te vi wo zu".split()  # noqa: SIM905 -- read more easily than sixteen strings
GOAL_MS = 5.0


def _word(number: int) -> str:
    return "".join(_SYLLABLES[number // len(_SYLLABLES) ** place % len(_SYLLABLES)] for place in range(4))


def rules() -> Rules:
    phrases = tuple(f"{_word(7 * n)} {_word(11 * n)}" if n % 3 else _word(13 * n) for n in range(200))
    return Rules(forbidden_phrases=phrases, rule_packs=("finance", "health", "advertising"), declared=("Acme", "$29"))


def facts() -> list[Fact]:
    things = [f"{_word(17 * n)}s" for n in range(300)]
    forms = ("{n} {t} use Acme", "{n} % fewer {t} in our pilot", "{t}: {n}x faster", "Northwind {t} runs on Acme")
    ends = date(2026, 1, 1)
    return [
        Fact(forms[n % 4].format(n=100 + n, t=thing), "report", expires=ends if n % 10 == 0 else None)
        for n, thing in enumerate(things)
    ]


def posts() -> list[str]:
    """Of a usual length: some without a claim, some with three."""
    plain = "We moved the settings to where people look for them. It took us longer than we like to admit.\n\n"
    claims = "{n} % fewer {t} since 2019, and {n} teams are with us. Thanks to everyone at Northwind!\n\n"
    rest = "Tell us what you would move next. We read every answer, even the ones about fonts. #buildinpublic #startups"
    return [
        (plain + (claims.format(n=101 + n, t=f"{_word(17 * (n + 1))}s") if n % 2 else plain) + rest) for n in range(100)
    ]


def measure(*, hints: bool) -> dict[str, float]:
    known, library, texts, room = rules(), facts(), posts(), limits.of(Platform.LINKEDIN)

    def one(text: str) -> float:
        started = time.perf_counter()
        check(text, rules=known, facts=library, platform=Platform.LINKEDIN, limits=room, now=TODAY, hints=hints)
        return (time.perf_counter() - started) * 1000

    cold = one(texts[1])
    warm = [one(text) for _ in range(5) for text in texts]
    return {"cold_ms": cold, "warm_ms": statistics.median(warm), "p99_ms": statistics.quantiles(warm, n=100)[98]}


def main(arguments: list[str]) -> None:
    if "--once" in arguments:
        print(json.dumps(measure(hints="--no-hints" not in arguments)))
        return
    rounds = int(arguments[arguments.index("--rounds") + 1]) if "--rounds" in arguments else 5
    rows = {}
    for name, options in (("whole check", []), ("publish step", ["--no-hints"])):
        command = [sys.executable, __file__, "--once", *options]
        done = [json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(rounds)]
        rows[name] = {key: round(statistics.median(one[key] for one in done), 3) for key in done[0]}
    if "--json" in arguments:
        print(json.dumps({"goal_ms": GOAL_MS, "rows": rows}))
        return
    print(f"{'':14}{'cold':>10}{'warm':>10}{'p99':>10}   (ms)")
    for name, row in rows.items():
        verdict = "ok" if row["warm_ms"] <= GOAL_MS else "MISSED"
        print(f"{name:14}{row['cold_ms']:>10.2f}{row['warm_ms']:>10.2f}{row['p99_ms']:>10.2f}   {verdict}")


if __name__ == "__main__":
    main(sys.argv[1:])
