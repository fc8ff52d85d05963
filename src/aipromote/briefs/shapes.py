"""What a draft holds as JSON: the values of its steps, and what was found for them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from aipromote.reading.suggestion import Suggestion


class SavedStep(BaseModel):
    """The values of one step as they were typed, in the brief's own shape; they may be partial and wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    values: dict[str, Any] = {}
    version: Annotated[int, Field(ge=1)] = 1
    """Grows by one with every saving: who saves names the one that they saw."""
    saved_at: datetime | None = None


class Finding(BaseModel):
    """A suggestion, and what the person decided about it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    suggestion: Suggestion
    decision: Literal["open", "accepted", "rejected"] = "open"


class DraftSource(BaseModel):
    """What was read for the draft. Only its text is kept; the file itself is not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(max_length=2000)]
    form: Annotated[str, Field(max_length=20)]
    passages: list[tuple[str, str]] = []
    """The place of each passage, and its text."""
    read_at: datetime


class Saved(RootModel[dict[str, SavedStep]]):
    """The steps that were saved, by their key."""


Findings = list[Finding]
Sources = list[DraftSource]
