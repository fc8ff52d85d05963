# ruff: noqa: RUF012 -- Pydantic copies a mutable default for each instance
"""What the weekly coach says: insights, each with its numbers and rows, and recommendations, each with its evidence."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from aipromote.documents.shapes import Shape

Finite = Annotated[float, Field(allow_inf_nan=False)]


class RecommendationStatus(StrEnum):
    """What became of a recommendation."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Evidence(Shape):
    """A number that speaks for a recommendation, and the rows it was computed from."""

    statement: str
    metric: str
    value: Finite
    sample: Annotated[int, Field(ge=0)]
    rows: list[str] = []
    """Identifiers of stored rows, `table:uuid`."""


class Recommendation(Shape):
    """A change of the strategy that the evidence suggests."""

    id: Annotated[str, Field(min_length=1)]
    change: str
    reason: str
    evidence: list[Evidence] = []
    predicted_effect: str | None = None
    status: RecommendationStatus = RecommendationStatus.PROPOSED


class KeyInsight(Shape):
    """Something that was measured. `interval` holds the bounds of the 95 % confidence interval of `value`."""

    statement: str
    metric: str
    value: Finite
    interval: tuple[Finite, Finite] | None = None
    sample: Annotated[int, Field(ge=0)]
    rows: list[str] = []
    """Identifiers of stored rows, `table:uuid`."""

    @model_validator(mode="after")
    def _interval_holds_the_value(self) -> Self:
        if self.interval is not None and not self.interval[0] <= self.value <= self.interval[1]:
            msg = f"the interval {self.interval} does not contain the value {self.value}"
            raise ValueError(msg)
        return self
