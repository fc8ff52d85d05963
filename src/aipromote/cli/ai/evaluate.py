"""`aipromote ai evaluate`: how the writer does on a set of briefs, as a table."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from aipromote.ai import writers
from aipromote.ai.writer import Writer
from aipromote.documents.brief import Brief
from aipromote.errors import NotFound
from aipromote.evaluation.briefs import all_briefs
from aipromote.evaluation.running import START, Row, evaluate
from aipromote.evaluation.table import HEADINGS, cells, markdown_of, total

_WORDS = 2
"""The first columns are words; the others are figures."""


def run(*, days: int, names: Sequence[str], posts: Path | None, as_json: bool, markdown: bool) -> int:
    """Write, count and print; 1 where the writer failed at a brief."""
    briefs = _chosen(names)
    writer = writers.offline()
    rows = _evaluated(writer, briefs, days=days)
    if posts is not None:
        _keep(rows, posts)
    if as_json:
        print(json.dumps({"writer": writer.name, "days": days, "briefs": [_plain(row) for row in rows]}, indent=2))
    elif markdown:
        print(markdown_of(rows))
    else:
        _show(rows, writer=writer, days=days, posts=posts)
    return 1 if any(row.problem for row in rows) else 0


def _chosen(names: Sequence[str]) -> Mapping[str, Brief]:
    briefs = all_briefs()
    strangers = [name for name in names if name not in briefs]
    if strangers:
        raise NotFound(f"There is no brief {strangers[0]!r} in the set. There are: {', '.join(briefs)}.")
    return {name: briefs[name] for name in names} if names else briefs


def _evaluated(writer: Writer, briefs: Mapping[str, Brief], *, days: int) -> list[Row]:
    # On the error output, so that what is printed can be kept as it is.
    shown = Progress(SpinnerColumn(), TextColumn("{task.description}"), console=Console(stderr=True), transient=True)
    with shown as progress:
        task = progress.add_task("", total=None)

        def tell(name: str) -> None:
            progress.update(task, description=f"{writer.name} writes for {name} …")

        return asyncio.run(_rows(writer, briefs, days=days, tell=tell))


async def _rows(writer: Writer, briefs: Mapping[str, Brief], *, days: int, tell: Callable[[str], None]) -> list[Row]:
    rows = []
    names = iter(briefs)
    tell(next(names))
    async for row in evaluate(writer, briefs, start=START, days=days):
        rows.append(row)
        tell(next(names, row.name))
    return rows


def _show(rows: Sequence[Row], *, writer: Writer, days: int, posts: Path | None) -> None:
    console = Console(highlight=False)
    table = Table(*HEADINGS, title=f"{writer.name}: the first {days} days of {len(rows)} plans", box=None)
    for column in table.columns[_WORDS:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*cells(row))
    table.add_row(*total(rows), style="bold")
    console.print(table)
    for row in rows:
        if row.problem:
            console.print(f"{row.name}: {row.problem}", markup=False, soft_wrap=True)
    console.print(
        f"The posts are in {posts}." if posts else "Figures judge no taste: --posts DIR keeps the posts to be read."
    )


def _keep(rows: Iterable[Row], folder: Path) -> None:
    """One file for each brief, for a person to read."""
    folder.mkdir(parents=True, exist_ok=True)
    for row in rows:
        texts = [f"[{draft.platform.label} · {draft.pillar} · {draft.type}]\n\n{draft.body}" for draft in row.drafts]
        (folder / f"{row.name}.txt").write_text("\n\n----\n\n".join(texts) + "\n", encoding="utf-8")


def _plain(row: Row) -> dict[str, object]:
    spent = row.spent.dollars
    return {
        "name": row.name,
        "language": row.language,
        "seconds": round(row.seconds, 3),
        "dollars": None if spent is None else float(spent),
        "problem": row.problem,
        **(asdict(row.measures) if row.measures else {}),
    }
