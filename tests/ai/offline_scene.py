"""What the tests of the offline writer share: the briefs, and having the writer write for them."""

from datetime import date
from pathlib import Path

import pytest

from aipromote.ai.offline.writing import OfflineWriter
from aipromote.ai.writer import Slot, Writer
from aipromote.connectors import limits
from aipromote.connectors.contract import Limits
from aipromote.connectors.counting import fits
from aipromote.documents.brief import Brief, facts_of
from aipromote.documents.brief.file import read_brief
from aipromote.documents.content import PostDraft
from aipromote.documents.facts import Fact
from aipromote.documents.strategy import StrategyDocument
from aipromote.documents.vocabulary import Platform

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
MINIMAL = sorted((ROOT / "tests/data").glob("minimal-*.yaml"))
SET_FOLDER = ROOT / "src/aipromote/evaluation/set"
SET = sorted(SET_FOLDER.glob("*.yaml"))
LIMITS = {platform: limits.of(platform) for platform in Platform}
START = date(2026, 11, 23)
MOST_ALIKE = 0.6
"""No two posts of two weeks share more of their trigrams, in any of the examples."""

every_example = pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
every_brief = pytest.mark.parametrize("path", [*EXAMPLES, *MINIMAL], ids=lambda path: path.stem)


def read(path: Path) -> Brief:
    return read_brief(path.read_bytes(), source=path.name)


async def written(
    brief: Brief, *, days: int = 14, first: int = 0, avoid: tuple[str, ...] = (), facts: list[Fact] | None = None
) -> tuple[StrategyDocument, list[Slot], list[PostDraft]]:
    writer: Writer = OfflineWriter()
    known = facts_of(brief) if facts is None else facts
    strategy = await writer.strategy(brief, facts=known, start=START, version=1)
    window = range(first, first + days)
    slots = [
        Slot(index, slot.date, slot.platform, slot.pillar, slot.theme, slot.format)
        for index, slot in enumerate(strategy.calendar_skeleton)
        if (slot.date - START).days in window
    ]
    drafts = await writer.posts(brief, strategy, facts=known, slots=slots, avoid=avoid, limits=LIMITS)
    return strategy, slots, drafts


def within(draft: PostDraft, bounds: Limits) -> bool:
    return all(fits(part, bounds) for part in draft.parts or [draft.body])
