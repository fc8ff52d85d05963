"""A draft as a thread: one thought in each post."""

from __future__ import annotations

from dataclasses import replace

from aipromote.ai.offline.composing import FEWEST_IN_A_LIST, Composer, Draft
from aipromote.ai.offline.fitting import Paragraph
from aipromote.ai.offline.pack import Kind

# Kinds whose sentences make a row of thoughts.
_THREADED = {Kind.PAIN, Kind.JOB, Kind.DIFFERENCE}


def as_thread(draft: Draft, composer: Composer, *, most: int) -> list[list[Paragraph]]:
    """The draft as the posts of a thread: the opening, one thought each, the close. At most `most` of them.

    Empty where there are too few thoughts of one kind to follow each other.
    """
    by_role = {paragraph.role: replace(paragraph, cuttable=True) for paragraph in draft.paragraphs}
    opening = [by_role[role] for role in ("opener", "lead") if role in by_role]
    answer = ("bridge", "support") if draft.lead.kind in {Kind.PAIN, Kind.JOB} else ("support",)
    middle = [by_role[role] for role in answer if role in by_role]
    close = [by_role[role] for role in ("closing", "hashtags", "disclaimer") if role in by_role]
    said = {draft.lead.text, draft.support.text if draft.support else ""}
    atoms = [atom for atom in composer.material.get(draft.lead.kind, ()) if atom.text not in said]
    if draft.lead.kind not in _THREADED or len(atoms) < FEWEST_IN_A_LIST:
        return []
    room = max(0, min(most, 6) - sum(map(bool, (opening, middle, close))))
    thoughts = [[Paragraph("thought", atom.text, cuttable=True)] for atom in atoms[:room]]
    return [part for part in (opening, *thoughts, middle, close) if part]
