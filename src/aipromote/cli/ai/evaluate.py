"""`aipromote ai evaluate`: how the writer does on a set of briefs, as a table."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from aipromote import logs, settings
from aipromote.ai import writers
from aipromote.ai.providers.lineup import OFFLINE, named
from aipromote.cli.ai.agreeing import agreed
from aipromote.documents.brief import Brief
from aipromote.errors import NotFound
from aipromote.evaluation.briefs import all_briefs
from aipromote.evaluation.modelled import Tally, evaluate_model, quote
from aipromote.evaluation.running import START, Row, evaluate
from aipromote.evaluation.table import HEADINGS, cells, markdown_of, total

Form = Literal["table", "markdown", "json"]
_WORDS = 2
"""The first columns are words; the others are figures."""


@dataclass(frozen=True, slots=True)
class _Run:
    """One writer and what it did."""

    writer: str
    rows: Sequence[Row]


def run(
    models: Sequence[str], *, days: int, names: Sequence[str], posts: Path | None, form: Form, is_agreed: bool
) -> int:
    """Write, count and print; 1 where a writer failed at a brief, or nobody agreed to its cost."""
    briefs = _chosen(names)
    config = settings.get()
    logs.configure(config.model_copy(update={"log_level": "error"}))  # what a log would say stands in the table
    wanted = [None if each == OFFLINE else named(each, setting="--model") for each in dict.fromkeys(models)] or [None]
    quotes = {
        name: asyncio.run(quote(config, name, briefs, start=START, days=days)) for name in wanted if name is not None
    }
    if quotes and not agreed(quotes, is_agreed=is_agreed):
        return 1
    runs = []
    for name in wanted:
        if name is None:
            writer = writers.offline()
            runs.append(_Run(writer.name, _told(writer.name, briefs, evaluate(writer, briefs, start=START, days=days))))
        else:
            rows = evaluate_model(config, name, briefs, start=START, days=days, tally=Tally(quotes[name]))
            runs.append(_Run(str(name), _told(str(name), briefs, rows)))
    if posts is not None:
        for one in runs:
            _keep(one.rows, posts / _folder(one.writer) if len(runs) > 1 else posts)
    _print(runs, days=days, posts=posts, form=form)
    return 1 if any(row.problem for one in runs for row in one.rows) else 0


def _print(runs: Sequence[_Run], *, days: int, posts: Path | None, form: Form) -> None:
    if form == "json":
        told = [{"writer": one.writer, "briefs": [_plain(row) for row in one.rows]} for one in runs]
        print(json.dumps({"days": days, "writers": told}, indent=2))
    elif form == "markdown":
        print("\n\n".join(f"{_headed(one, runs)}{markdown_of(one.rows)}" for one in runs))
    else:
        for one in runs:
            _show(one, days=days)
        print(
            f"The posts are in {posts}." if posts else "Figures judge no taste: --posts DIR keeps the posts to be read."
        )


def _chosen(names: Sequence[str]) -> Mapping[str, Brief]:
    briefs = all_briefs()
    strangers = [name for name in names if name not in briefs]
    if strangers:
        raise NotFound(f"There is no brief {strangers[0]!r} in the set. There are: {', '.join(briefs)}.")
    return {name: briefs[name] for name in names} if names else briefs


def _told(writer: str, briefs: Mapping[str, Brief], rows: AsyncIterator[Row]) -> list[Row]:
    """All rows. While they come, the error output says which is written; what is printed can be kept as it is."""
    shown = Progress(SpinnerColumn(), TextColumn("{task.description}"), console=Console(stderr=True), transient=True)
    with shown as progress:
        task = progress.add_task("", total=None)

        async def collected() -> list[Row]:
            names, found = iter(briefs), []
            progress.update(task, description=f"{writer} writes for {next(names)} …")
            async for row in rows:
                found.append(row)
                progress.update(task, description=f"{writer} writes for {next(names, row.name)} …")
            return found

        return asyncio.run(collected())


def _headed(one: _Run, runs: Sequence[_Run]) -> str:
    return f"## {one.writer}\n\n" if len(runs) > 1 else ""


def _folder(writer: str) -> str:
    return re.sub(r"[^\w.-]+", "-", writer)


def _show(one: _Run, *, days: int) -> None:
    console, rows = Console(highlight=False), one.rows
    table = Table(*HEADINGS, title=f"{one.writer}: the first {days} days of {len(rows)} plans", box=None)
    for column in table.columns[_WORDS:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*cells(row))
    table.add_row(*total(rows), style="bold")
    console.print(table)
    for row in rows:
        if row.problem:
            console.print(f"{row.name}: {row.problem}", markup=False, soft_wrap=True)
    if replaced := sum(row.replaced or 0 for row in rows):
        console.print(
            f"{replaced} fell back: the offline writer wrote those posts, since what the model wrote could not be used."
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
        "calls": row.spent.calls,
        "fell_back": row.replaced,
        "problem": row.problem,
        **(asdict(row.measures) if row.measures else {}),
    }
