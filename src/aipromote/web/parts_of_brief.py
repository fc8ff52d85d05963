"""Parts of the brief as forms of their own: what stands in each, saving one, and what was wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData

from aipromote.briefs import profile
from aipromote.briefs.steps import STEPS, Question, Step
from aipromote.documents.brief import BriefError, Problem
from aipromote.errors import StaleRevision
from aipromote.http.visits import Stay
from aipromote.languages import Lazy
from aipromote.web.answers import fields_of, values_of

_QUESTIONS = {question.path: question for step in STEPS for question in step.questions}


@dataclass(frozen=True, slots=True)
class Part:
    """Fields that are saved together."""

    key: str
    title: Lazy
    lead: Lazy
    paths: tuple[str, ...]
    example: Lazy | None = None

    @property
    def questions(self) -> tuple[Question, ...]:
        """What it asks, as the interview does."""
        return tuple(_QUESTIONS[path] for path in self.paths)

    @property
    def step(self) -> Step:
        """For reading and filling its form."""
        return Step(self.key, "", "", self.questions)


@dataclass(frozen=True, slots=True)
class Shown:
    """A part as its form shows it. `theirs` is what somebody else saved meanwhile, where a save came too late."""

    part: Part
    fields: Mapping[str, Any]
    seen: str
    problems: tuple[Problem, ...] = ()
    stale: str = ""
    theirs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """A save that was not taken, with what was typed."""

    values: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()
    stale: str = ""

    @property
    def status(self) -> int:
        """For the answer."""
        return 409 if self.stale else 422


async def save(stay: Stay, part: Part, form: FormData) -> Refused | None:
    """Keep what was typed; None where it was taken."""
    values = values_of(part.step, form)
    try:
        async with stay.trying():
            await profile.change_part(
                stay.session,
                stay.actor,
                organization_id=stay.organization_id,
                paths=part.paths,
                values=values,
                seen=str(form.get("seen", "")),
            )
    except StaleRevision as refused:
        return Refused(values, stale=refused.message)
    except BriefError as refused:
        return Refused(values, problems=refused.problems)
    return None


def shown(part: Part, values: Mapping[str, Any], refused: Refused | None = None) -> Shown:
    """The part's form: with what stands there, or with what was typed and not taken."""
    seen = profile.mark_of(values, part.paths)
    stands = fields_of(part.step, values)
    if refused is None:
        return Shown(part, stands, seen)
    typed = fields_of(part.step, refused.values)
    return Shown(part, typed, seen, refused.problems, refused.stale, stands if refused.stale else {})
