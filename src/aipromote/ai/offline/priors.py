"""What published studies suggest before there are results of one's own: when, how often, how many hashtags.

The numbers live in `priors.json` beside this file, each with its source. All hours are the audience's.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from aipromote.documents.shapes import Shape
from aipromote.documents.strategy import WallTime
from aipromote.documents.vocabulary import Platform

Weekday = Annotated[int, Field(ge=0, le=6)]
Hour = Annotated[int, Field(ge=0, le=23)]


class Band(Shape):
    """The same hours on some weekdays (0 = Monday)."""

    days: list[Weekday]
    from_: WallTime = Field(alias="from")
    to: WallTime


class Windows(Shape):
    """The blend of the studies: bands in the order in which to use them."""

    primary: list[Band]
    secondary: list[Band]
    avoid_days: list[Weekday]
    confidence: Literal["high", "medium", "low"]
    studies: list[str]
    """Keys of `Priors.studies`; none means convention without a study."""


class WeeklyRange(Shape):
    """Posts per week: where to start, and the range that the source found useful."""

    start: Annotated[int, Field(ge=1)]
    low: Annotated[int, Field(ge=1)]
    high: Annotated[int, Field(ge=1)]
    source: str


class PlatformPrior(Shape):
    """All that is known beforehand about one platform."""

    windows: Windows
    frequency: WeeklyRange
    hashtags: Annotated[int, Field(ge=0)]
    """How many serve, at most."""
    hours_by_study: dict[str, dict[Weekday, list[Hour]]]
    """For each study, the first hours of its recommended one-hour slots by weekday: the studies before blending."""


class Priors(Shape):
    """The whole file."""

    about: str
    compiled: str
    prior_weight_posts: Annotated[int, Field(ge=1)]
    """How many posts of one's own weigh as much as the prior."""
    studies: dict[str, str]
    platforms: dict[Platform, PlatformPrior]


@lru_cache(maxsize=1)
def load() -> Priors:
    """The priors, checked against their shape."""
    return Priors.model_validate_json(Path(__file__).with_name("priors.json").read_bytes())


def prior(platform: Platform) -> PlatformPrior:
    """The prior of one platform."""
    return load().platforms[platform]
