"""The measures as a table: a line for each brief, and one for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from aipromote.evaluation.running import Row

HEADINGS = (
    "brief", "language", "posts", "limits kept", "grounded", "brand findings", "alike", "most alike", "hooks",
    "right language", "fell back", "cost", "seconds",
)  # fmt: skip
_UNTOLD = "–"


def cells(row: Row) -> list[str]:
    """One line, in the order of `HEADINGS`."""
    counted = row.measures
    if counted is None:
        return [row.name, row.language, "failed", *([_UNTOLD] * 8), _cost([row]), _seconds([row])]
    return [
        row.name,
        row.language,
        f"{counted.written} of {counted.wanted}",
        _share(counted.within_limits, counted.written),
        _share(counted.grounded, counted.written),
        _findings(counted.brand_blocks, counted.warnings),
        str(counted.alike),
        f"{counted.most_alike:.2f}",
        _share(counted.hooks, counted.written),
        _share(counted.in_language, counted.written),
        _replaced([row]),
        _cost([row]),
        _seconds([row]),
    ]


def total(rows: Sequence[Row]) -> list[str]:
    """The line for all. Shares are of all posts together; a brief at which the writer failed has none."""
    counted = [row.measures for row in rows if row.measures]
    written = sum(one.written for one in counted)
    return [
        f"all {len(rows)}",
        str(len({row.language for row in rows})),
        f"{written} of {sum(one.wanted for one in counted)}",
        _share(sum(one.within_limits for one in counted), written),
        _share(sum(one.grounded for one in counted), written),
        _findings(sum(one.brand_blocks for one in counted), sum(one.warnings for one in counted)),
        str(sum(one.alike for one in counted)),
        f"{max((one.most_alike for one in counted), default=0.0):.2f}",
        _share(sum(one.hooks for one in counted), written),
        _share(sum(one.in_language for one in counted), written),
        _replaced(rows),
        _cost(rows),
        _seconds(rows),
    ]


def markdown_of(rows: Sequence[Row]) -> str:
    """The table for a page. Without the times, which are another on each machine."""
    lines = [HEADINGS, ["---"] * len(HEADINGS), *(cells(row) for row in rows), total(rows)]
    return "\n".join(f"| {' | '.join(line[:-1])} |" for line in lines)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else _UNTOLD


def _findings(blocks: int, warnings: int) -> str:
    return f"{blocks} block, {warnings} warn" if blocks or warnings else "0"


def _replaced(rows: Sequence[Row]) -> str:
    told = [row.replaced for row in rows if row.replaced is not None]
    return str(sum(told)) if told else _UNTOLD


def _cost(rows: Sequence[Row]) -> str:
    known = [row.spent.dollars for row in rows if row.spent.dollars is not None]
    if len(known) < len(rows):
        return "not known"
    return f"${sum(known, Decimal(0)):.4f}" if any(known) else "0"


def _seconds(rows: Sequence[Row]) -> str:
    return f"{sum(row.seconds for row in rows):.1f}"
