"""What series there are, what each part of them needs, and how many parts a brief can fill.

A part is a sentence of the brief or a fact. Where there are fewer than a template wants, the series is shorter, and it
is said what is missing; nothing is made up to fill it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from aipromote.ai.offline.material import Voice, gather, holding, sentence
from aipromote.ai.offline.pack import Kind, Theme
from aipromote.documents.brief import Brief
from aipromote.documents.facts import Fact, FactKind


class Template(StrEnum):
    """A kind of series."""

    LESSONS = "lessons"
    FOUNDER_LOG = "founder-log"
    CUSTOMER_STORIES = "customer-stories"
    BEHIND = "behind-the-product"
    QUESTIONS = "question-of-the-week"


class Role(StrEnum):
    """What a part is in its series."""

    WHY = "why"
    PROBLEM = "problem"
    JOB = "job"
    ANSWER = "answer"
    PROOF = "proof"
    FOUNDER = "founder"
    STORY = "story"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Need:
    """Parts of one role: from which kinds of sentences, and at most how many."""

    role: Role
    kinds: tuple[Kind, ...]
    most: int


FEWEST = 2
"""Parts that make a series."""
_LONGEST = 12
_NEEDS: dict[Template, tuple[int, tuple[Need, ...]]] = {
    Template.LESSONS: (
        10,
        (
            Need(Role.WHY, (Kind.WHAT, Kind.USP), 1),
            Need(Role.PROBLEM, (Kind.PAIN,), 4),
            Need(Role.JOB, (Kind.JOB,), 3),
            Need(Role.ANSWER, (Kind.DIFFERENCE,), 4),
            Need(Role.PROOF, (Kind.PROOF,), 2),
        ),
    ),
    Template.FOUNDER_LOG: (
        8,
        (
            Need(Role.FOUNDER, (Kind.FOUNDER,), 4),
            Need(Role.PROBLEM, (Kind.PAIN,), 2),
            Need(Role.ANSWER, (Kind.DIFFERENCE,), 3),
            Need(Role.PROOF, (Kind.PROOF,), 2),
        ),
    ),
    Template.CUSTOMER_STORIES: (6, (Need(Role.STORY, (Kind.PROOF,), _LONGEST),)),
    Template.BEHIND: (
        6,
        (
            Need(Role.WHY, (Kind.WHAT, Kind.USP), 2),
            Need(Role.ANSWER, (Kind.DIFFERENCE,), 6),
            Need(Role.FOUNDER, (Kind.FOUNDER,), 2),
        ),
    ),
    Template.QUESTIONS: (8, (Need(Role.QUESTION, (Kind.PAIN, Kind.JOB), _LONGEST),)),
}
USUAL = {template: usual for template, (usual, _) in _NEEDS.items()}
"""How many parts each has, where the brief gives as many."""
_REQUIRED = {Template.FOUNDER_LOG: Role.FOUNDER, Template.LESSONS: Role.PROBLEM, Template.BEHIND: Role.ANSWER}
"""Without a part of this role the series would not be what it is called."""
_WANTED = {
    Role.WHY: "a description or a unique selling point",
    Role.PROBLEM: "pain points of your audience",
    Role.JOB: "jobs that your audience wants to get done",
    Role.ANSWER: "differentiators",
    Role.PROOF: "facts with a source",
    Role.FOUNDER: "a founder's biography",
    Role.STORY: "facts about customers, with a source",
    Role.QUESTION: "pain points or jobs of your audience",
}
THEMES = {
    Role.WHY: Theme.PRODUCT,
    Role.PROBLEM: Theme.PROBLEM,
    Role.JOB: Theme.AUDIENCE,
    Role.ANSWER: Theme.PRODUCT,
    Role.PROOF: Theme.PROOF,
    Role.FOUNDER: Theme.PEOPLE,
    Role.STORY: Theme.PROOF,
    Role.QUESTION: Theme.PROBLEM,
}


@dataclass(frozen=True, slots=True)
class Idea:
    """What one part is about."""

    role: Role
    lead: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What a brief gives for a template: the parts in their order, and what more of the brief would add."""

    template: Template
    ideas: tuple[Idea, ...]
    missing: tuple[str, ...]

    @property
    def is_possible(self) -> bool:
        """Whether there is enough for a series of that name."""
        needed = _REQUIRED.get(self.template)
        return len(self.ideas) >= FEWEST and (needed is None or any(idea.role is needed for idea in self.ideas))


def offer(template: Template, brief: Brief, facts: Sequence[Fact], *, day: date, parts: int | None = None) -> Offer:
    """The parts that this brief fills, at most `parts` of them (by default as many as are usual)."""
    usual, needs = _NEEDS[template]
    held = holding(facts, day)
    voice = Voice(brief, held, brief.languages[0])
    customers = {sentence(fact.statement) for fact in held if fact.kind is FactKind.CUSTOMER}
    material = gather(brief, held, voice)
    given: dict[Role, list[str]] = {}
    used: set[str] = set()
    for need in needs:
        texts = [atom.text for kind in need.kinds for atom in material.get(kind, ()) if voice.allows(atom.text)]
        if need.role is Role.STORY:
            texts = [text for text in texts if text in customers]
        fresh = [text for text in dict.fromkeys(texts) if text not in used][: need.most]
        used.update(fresh)
        given[need.role] = fresh
    wanted = min(parts or usual, _LONGEST)
    chosen = _shared_out([len(given[need.role]) for need in needs], wanted)
    ideas = [
        Idea(need.role, text) for need, count in zip(needs, chosen, strict=True) for text in given[need.role][:count]
    ]
    short = len(ideas) < wanted
    missing = [_WANTED[need.role] for need in needs if short and len(given[need.role]) < min(need.most, wanted)]
    return Offer(template, tuple(ideas), tuple(missing))


def _shared_out(available: Sequence[int], wanted: int) -> list[int]:
    """How many of each to take: one of each in turn, so that a series is not all of one kind."""
    taken = [0] * len(available)
    while sum(taken) < min(wanted, sum(available)):
        for at, most in enumerate(available):
            if taken[at] < most and sum(taken) < wanted:
                taken[at] += 1
    return taken
