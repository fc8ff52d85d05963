# ruff: noqa: RUF012 -- Pydantic copies a mutable default for each instance
"""Documents around a piece of content: a draft as a writer hands it over, its media, and the rules of auto-approval."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from aipromote.documents.passages import PassageKind
from aipromote.documents.shapes import Fraction, Shape
from aipromote.documents.vocabulary import ContentType, Platform


class MediaRef(Shape):
    """A picture or a video: one that exists (`asset_id`), or the words to make one from (`prompt`)."""

    asset_id: UUID | None = None
    prompt: str | None = None
    alt_text: str | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.asset_id is None and not self.prompt:
            msg = "a media reference needs an asset_id or a prompt"
            raise ValueError(msg)
        return self


class PieceSource(Shape):
    """Something that a text was written from: where it comes from in words, and the very words.

    `reference` is the id of the fact, of the passage of a file, or of the piece; the brief's own sentences have none.
    It may be gone by now: the quote stays.
    """

    kind: PassageKind
    source: Annotated[str, Field(max_length=500)]
    quote: Annotated[str, Field(max_length=1000)]
    reference: UUID | None = None


class AutoApprovalCondition(Shape):
    """One test of a piece, such as confidence at_least 0.8."""

    field: str
    operator: Literal["equals", "not_equals", "in", "at_least", "at_most", "contains"]
    value: str | float | bool | list[str]


class AutoApprovalRules(Shape):
    """When a piece may be approved without a person."""

    enabled: bool = False
    requires_all: bool = True
    conditions: list[AutoApprovalCondition] = []


class PostDraft(Shape):
    """One post as a writer hands it over. `body` is the whole text to send, hashtags and call to action included."""

    platform: Platform
    type: ContentType = ContentType.POST
    title: str | None = None
    body: Annotated[str, Field(min_length=1)]
    parts: list[str] | None = None
    """The single posts of a thread, in order; `body` is then all of them, separated by blank lines."""
    hook: str = ""
    cta: str = ""
    hashtags: list[str] = []
    """Without the number sign; those that stand in the body."""
    mentions: list[str] = []
    media_refs: list[MediaRef] = []
    pillar: str
    theme: str = ""
    rationale: str = ""
    """Why this post, for the person who approves it."""
    confidence: Fraction
    generated_by: str
    """Which writer, and which version of it."""
    sources: list[PieceSource] = []
    """What it was written from, as far as the writer knows. Nothing that it was not given."""
    slot: int | None = None
    """The index of the slot it was written for."""
