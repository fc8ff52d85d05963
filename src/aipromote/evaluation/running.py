"""Having a writer write for each brief of the set, and counting what comes of it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from aipromote.ai.offline.writing import OfflineWriter
from aipromote.ai.writer import Slot, Writer
from aipromote.connectors import limits
from aipromote.documents.brief import Brief, facts_of
from aipromote.documents.content import PostDraft
from aipromote.documents.vocabulary import Platform
from aipromote.errors import AipromoteError
from aipromote.evaluation.measures import Measures, measured

START = date(2026, 11, 30)
"""Where all plans begin, whatever today is: runs can be compared, and facts that expire do so in all of them."""
_ALL_LIMITS = {platform: limits.of(platform) for platform in Platform}


@dataclass(frozen=True, slots=True)
class Spent:
    """What was paid since the last question, in US dollars, and for how many calls. None: the price is not known."""

    dollars: Decimal | None = Decimal(0)
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one brief. `measures` is None where the writer failed; `problem` then says how."""

    name: str
    language: str
    seconds: float
    spent: Spent
    measures: Measures | None
    drafts: tuple[PostDraft, ...] = ()
    problem: str | None = None
    replaced: int | None = None
    """How many of the drafts the offline writer wrote in place of a model; None where no model was to write."""


def nothing_spent() -> Spent:
    """The meter of a writer that costs nothing."""
    return Spent()


async def evaluate(
    writer: Writer,
    briefs: Mapping[str, Brief],
    *,
    start: date,
    days: int,
    meter: Callable[[], Spent] = nothing_spent,
    batch: int | None = None,
) -> AsyncIterator[Row]:
    """A row for each brief, as soon as it is written: a plan, and the posts of its first `days` days from `start`.

    A writer that fails at one brief goes on with the next. `meter` is asked after each brief. Posts are asked for
    `batch` at a time (None: all at once).
    """
    stands_in = writer.name != OfflineWriter.name
    for name, brief in briefs.items():
        began = time.perf_counter()
        try:
            slots, drafts = await _written(writer, brief, start=start, days=days, batch=batch)
        except AipromoteError as problem:
            seconds = time.perf_counter() - began
            yield Row(name, brief.languages[0], seconds, meter(), None, problem=problem.message)
            continue
        seconds = time.perf_counter() - began
        counted = measured(brief, drafts, slots=slots, facts=facts_of(brief))
        replaced = sum(draft.generated_by == OfflineWriter.name for draft in drafts) if stands_in else None
        yield Row(name, brief.languages[0], seconds, meter(), counted, tuple(drafts), replaced=replaced)


async def _written(
    writer: Writer, brief: Brief, *, start: date, days: int, batch: int | None
) -> tuple[list[Slot], list[PostDraft]]:
    facts = facts_of(brief)
    plan = await writer.strategy(brief, facts=facts, start=start, version=1)
    slots = [
        Slot(index, slot.date, slot.platform, slot.pillar, slot.theme, slot.format)
        for index, slot in enumerate(plan.calendar_skeleton)
        if slot.date < start + timedelta(days=days)
    ]
    drafts: list[PostDraft] = []
    size = batch or max(1, len(slots))
    for at in range(0, len(slots), size):
        before = [draft.body for draft in drafts]
        drafts += await writer.posts(
            brief, plan, facts=facts, slots=slots[at : at + size], avoid=before, limits=_ALL_LIMITS
        )
    return slots, drafts
