"""The style sheets: a name means one thing, on whichever page its sheet stands."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

SHEETS = Path(__file__).parents[2] / "frontend" / "src" / "styles"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SELECTORS = re.compile(r"([^{};]+)\{")
_BARE = re.compile(r"\.([\w-]+)")


def bare_classes(sheet: Path) -> set[str]:
    """The classes that a sheet styles wherever they stand: `.choice`, not `.find .choice`."""
    lists = _SELECTORS.findall(_COMMENT.sub("", sheet.read_text()))
    each = (one.strip() for found in lists for one in found.split(","))
    return {match[1] for one in each if (match := _BARE.fullmatch(one))}


def test_no_class_is_styled_bare_in_two_sheets() -> None:
    # Two sheets stand on one page, and neither knows of the other: one hides what the other shows.
    sheets = defaultdict(set)
    for sheet in sorted(SHEETS.glob("*.css")):
        for name in bare_classes(sheet):
            sheets[name].add(sheet.name)
    assert len(sheets) > 100
    assert {name: sorted(found) for name, found in sheets.items() if len(found) > 1} == {}
