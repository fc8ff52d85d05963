"""Two windows with the same step of a draft: what both have said, and where they contradict each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from aipromote.briefs.steps import Step, put, value_at


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What both windows say.

    `taken` are the questions in which `values` differ from what the window that saves has typed; of these, `contested`
    are those that both have changed.
    """

    values: dict[str, Any]
    taken: frozenset[str]
    contested: frozenset[str]


def reconciled(
    step: Step,
    *,
    seen: Mapping[str, Any],
    mine: Mapping[str, Any],
    saved: Mapping[str, Any],
    insisted: Collection[str] = (),
) -> Reconciled:
    """Each question by itself: where only one window has changed the answer since it was `seen`, that change counts.

    Where both have, what is `saved` stays, unless the person has read it and insists on theirs.
    """
    values: dict[str, Any] = {}
    taken, contested = set(), set()
    for question in step.questions:
        path = question.path
        before, here, there = value_at(seen, path), value_at(mine, path), value_at(saved, path)
        is_contested = here not in (before, there) and there != before and path not in insisted
        answer = there if is_contested or (here == before and path not in insisted) else here
        if answer is not None:
            put(values, path, answer)
        if answer != here:
            taken.add(path)
        if is_contested:
            contested.add(path)
    return Reconciled(values, frozenset(taken), frozenset(contested))
