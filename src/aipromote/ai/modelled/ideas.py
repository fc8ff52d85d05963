"""What a model is asked for: ideas for a strategy, and the words of posts. The descriptions go to the model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from aipromote.documents.vocabulary import Platform

# Control characters (a database refuses some), halves of characters, and marks that turn the direction of writing.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")
_NUMBER = re.compile(r"(?<![\d.\-])[0-9]{1,6}(?![\d.])")
_FEWEST_PILLARS, _MOST_PILLARS = 3, 5


def _cleaned(value: object) -> object:
    if not isinstance(value, str):
        return value
    return _UNSEEN.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _numbers(value: object) -> object:
    """Models write 3, "3", "[3]" and null. What is no number is left out: nothing fails for a source."""
    found = (_NUMBER.search(str(one)) for one in value[:100]) if isinstance(value, list) else ()
    return [int(match.group()) for match in found if match]


Name = Annotated[str, BeforeValidator(_cleaned), StringConstraints(min_length=1, max_length=100)]
Line = Annotated[str, BeforeValidator(_cleaned), StringConstraints(max_length=400)]
Sentence = Annotated[str, BeforeValidator(_cleaned), StringConstraints(min_length=1, max_length=400)]
Paragraph = Annotated[str, BeforeValidator(_cleaned), StringConstraints(max_length=2000)]
Body = Annotated[str, BeforeValidator(_cleaned), StringConstraints(max_length=20_000)]
Numbers = Annotated[list[int], BeforeValidator(_numbers), Field(max_length=100)]
Weight = Annotated[int, Field(ge=1, le=10)]


class Idea(BaseModel):
    """Unknown fields are left out: models like to add some."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)


class AudienceIdea(Idea):
    """People with a common need."""

    name: Name
    description: Line = ""
    weight: Weight = 5
    """How much of the effort goes to them, 1 to 10."""
    pain_points: Annotated[list[Sentence], Field(max_length=8)] = []
    key_messages: Annotated[list[Sentence], Field(max_length=6)] = []


class PillarIdea(Idea):
    """A lasting theme of posts."""

    name: Name
    description: Line = ""
    weight: Weight = 5
    """How many of the posts it gets, 1 to 10."""
    topics: Annotated[list[Sentence], Field(min_length=3, max_length=15)]
    """Six to twelve concrete topics, each enough for one post."""


class ChannelIdea(Idea):
    """What a network is for."""

    platform: Platform
    focus: Line = ""
    """In one sentence."""


class StrategyIdeas(Idea):
    """The ideas of a ninety-day plan. Numbers and dates are not asked for."""

    brief: Annotated[str, BeforeValidator(_cleaned), StringConstraints(min_length=1, max_length=1500)]
    """The positioning as a paragraph."""
    primary_message: Sentence
    messaging_hierarchy: Annotated[list[Sentence], Field(max_length=8)] = []
    """Supporting messages, the weightiest first."""
    value_props: Annotated[list[Sentence], Field(max_length=8)] = []
    differentiators: Annotated[list[Sentence], Field(max_length=8)] = []
    audiences: Annotated[list[AudienceIdea], Field(min_length=1, max_length=5)]
    pillars: Annotated[list[PillarIdea], Field(min_length=_FEWEST_PILLARS, max_length=_MOST_PILLARS)]
    channels: Annotated[list[ChannelIdea], Field(max_length=20)] = []

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        for what, rows in (("audiences", self.audiences), ("pillars", self.pillars)):
            _each_once(what, rows)
        return self


class SourcedStrategyIdeas(StrategyIdeas):
    """The ideas of a ninety-day plan, and the passages behind them. Numbers and dates are not asked for."""

    sources: Numbers = []
    """The numbers of the passages that the plan was really written from, as they stand before the passages."""


def _each_once(what: str, rows: Sequence[AudienceIdea] | Sequence[PillarIdea]) -> None:
    if len({row.name.casefold() for row in rows}) != len(rows):
        raise ValueError(f"{what} has a name twice")


class PostIdea(Idea):
    """The words of one post."""

    slot: int
    """The number of the place in the calendar."""
    hook: Line
    """The first line. It is put before the body."""
    body: Body = ""
    """What follows the hook, without it, without the call to action and without hashtags."""
    cta: Line = ""
    """The call to action: one sentence, or nothing."""
    hashtags: Annotated[list[Name], Field(max_length=30)] = []
    """Without the number sign."""
    title: Line = ""
    """Only where a title is wanted."""
    parts: Annotated[list[Body], Field(max_length=25)] = []
    """Only for a thread: its posts in order, instead of a body. The hook is put before the first."""
    picture: Line = ""
    """Only where a picture or a video is wanted: what it shows."""
    sources: Numbers = []
    """The numbers of the passages that it was written from, as they stand before the passages."""
    rationale: Line = ""
    """Why this post, for the person who approves it: one or two sentences."""
    confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.5
    """How sure you are that it is good and true, 0 to 1."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not any((self.hook, self.body, *self.parts)):
            raise ValueError("a post needs words")
        return self


class PostIdeas(Idea):
    """One post for each place that was asked for."""

    posts: Annotated[list[PostIdea], Field(max_length=50)]


class RewriteIdea(Idea):
    """New words for a passage."""

    text: Annotated[str, BeforeValidator(_cleaned), StringConstraints(min_length=1, max_length=20_000)]
    """The new words of the passage, and nothing else."""
