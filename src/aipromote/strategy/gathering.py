"""What the startup knows about itself and its market, found before a plan is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import zip_longest
from uuid import UUID

from aipromote.ai.gathering import FindsPassages
from aipromote.db.database import Database
from aipromote.documents.brief import Brief
from aipromote.documents.passages import Passage, PassageKind

EACH = 8
"""Passages for each question."""
_FOUND = 50
"""Passages that are looked at for each question: those of the brief, which are left out, often come first."""
_LONGEST = 500
"""Characters of a question."""


async def passages_for(
    database: Database, brief: Brief, *, organization_id: UUID, find: FindsPassages, day: date
) -> list[Passage]:
    """The best of each question first, then the second best of each.

    Without the brief's own sentences: the questions are made of them, and the writer has the brief as a whole.
    """
    asked = questions(brief)
    answers = await find(database, organization_id=organization_id, queries=asked, limit=_FOUND, day=day)
    kept = [[one for one in answer if one.kind is not PassageKind.PROFILE][:EACH] for answer in answers]
    return [one for turn in zip_longest(*kept) for one in turn if one is not None]


def questions(brief: Brief) -> list[str]:
    """What is asked: about the category, the audience, what it needs, the goals, and the competitors by name."""
    return list(dict.fromkeys(words[:_LONGEST] for words in map(_joined, _questions(brief)) if words))


def _questions(brief: Brief) -> Iterator[Sequence[str | None]]:
    icp = brief.icp
    yield brief.category, *icp.industries, brief.description
    yield *(persona.name for persona in icp.personas), *icp.priority_segments
    yield *icp.jobs_to_be_done, *icp.pain_points
    yield [kpi.metric for kpi in brief.goals.kpis]
    yield [competitor.name for competitor in brief.positioning.competitors]


def _joined(words: Sequence[str | None]) -> str:
    return " ".join(filter(None, words)).strip()
