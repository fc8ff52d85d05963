"""What hostile pages cost: processor seconds in the process that takes them apart, and in the rules that find values.

    python bench/reading/hostile.py

Each page has 2 MB, the most that is fetched. The last column is the ratio to a plain page of the same size.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from aipromote.reading.errors import Unreadable
from aipromote.reading.finding import find
from aipromote.reading.page import read_page
from aipromote.reading.passages import Reading

SIZE = 2 * 1024 * 1024
_HEAD = "<html><head><title>Acme</title>"


def _fill(part: str, *, before: str = "<body>", after: str = "</body></html>") -> str:
    return _HEAD + before + part * ((SIZE - len(before) - len(after) - len(_HEAD)) // len(part)) + after


def _styles(sheet: str) -> str:
    return _fill(f"<style>{sheet[:190_000]}</style>", before="", after="</head><body>Acme</body></html>")


PAGES: dict[str, Callable[[], str]] = {
    "plain": lambda: _fill("<p>We bake bread with old grains, and it keeps for a week in the city.</p>"),
    "sheets without rules": lambda: _styles("x" * 190_000),
    "sheets with many rules": lambda: _styles(".a{width:0;height:0}" * 9_500),
    "styles that nearly hide": lambda: _fill(f'<p style="{"height:0;" * 220}">x</p>'),
    "colours that are nearly some": lambda: _styles("--brand" * 27_000),
    "links within links": lambda: _fill("<a href=/x><b>y", after=""),
    "tables in tables": lambda: _fill("<table><tr><td>", after=""),
    "sentences without an end": lambda: _fill("<p>" + "Ada Berg and our team of founders, CEO at " * 45 + "</p>"),
    "numbers": lambda: _fill("<p>" + "1,200 customers since 2019 save 40 % with " * 45 + "</p>"),
    "names": lambda: _fill("<p>Ada Berg, CEO</p>"),
    "headings": lambda: _fill("<h2>Our customers</h2><li>Northwind Freight</li>"),
}


def main() -> None:
    """Measure each page once."""
    plain = 0.0
    print(f"{'page':32} {'apart, s':>9} {'rules, s':>9} {'to plain':>9}")
    for name, make in PAGES.items():
        text = make()
        begun = time.process_time()
        try:
            readings: list[Reading] = [read_page(text, source="https://a.example/")]
        except Unreadable:
            readings = []
        apart = time.process_time() - begun
        begun = time.process_time()
        find(readings)
        rules = time.process_time() - begun
        plain = plain or apart + rules
        print(f"{name:32} {apart:9.2f} {rules:9.2f} {(apart + rules) / plain:9.1f}", flush=True)


if __name__ == "__main__":
    main()
