# ruff: noqa: RUF012 -- Pydantic copies a mutable default for each instance
"""The ninety-day plan: its six parts as they are stored, and the document that keeps them in agreement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from aipromote.documents.brief.fields import TimeZone
from aipromote.documents.shapes import Percent, Shape
from aipromote.documents.vocabulary import ContentType, Platform

DAYS = 90
_WEEK = 7
_WHOLE_WEEKS = DAYS // _WEEK
_SUM = 100

WallTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""Hours and minutes on the audience's clock, "09:30"."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=400)]


class Positioning(Shape):
    """What the startup stands for, from the whole to the detail."""

    brief: str
    """A paragraph."""
    primary_message: str
    messaging_hierarchy: list[str] = []
    """Messages in order of weight; the first supports the primary one most."""
    value_props: list[str] = []
    differentiators: list[str] = []


class AudienceSegment(Shape):
    """People with a common need; `share` is the part of the effort that goes to them."""

    name: Name
    description: str = ""
    share: Percent
    pain_points: list[str] = []
    key_messages: list[str] = []
    platforms: list[Platform] = []


class ContentPillar(Shape):
    """A lasting theme; `share` is its part of all posts."""

    name: Name
    description: str = ""
    share: Percent
    topics: list[str] = []


class ChannelPlan(Shape):
    """The part that one platform plays."""

    platform: Platform
    role: Literal["primary", "secondary", "experimental"]
    posts_per_week: Annotated[int, Field(ge=1, le=100)]
    best_times: list[str] = []
    """In words, in the audience's time zone: "Tue 09:00–12:00"."""
    formats: list[ContentType] = []
    focus: str = ""


class PostingWindow(Shape):
    """When to post: a weekday (0 = Monday) and two wall-clock times in a zone."""

    platform: Platform
    weekday: Annotated[int, Field(ge=0, le=6)]
    from_: WallTime = Field(alias="from")
    to: WallTime
    time_zone: TimeZone

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        _hold(self.from_ < self.to, f"a posting window must end after {self.from_}, not at {self.to}")
        return self


class Cadence(Shape):
    """How many posts a week, in all and by platform, and when."""

    posts_per_week: Annotated[int, Field(ge=1)]
    by_platform: dict[Platform, Annotated[int, Field(ge=1, le=100)]]
    windows: list[PostingWindow] = []

    @model_validator(mode="after")
    def _parts_make_the_whole(self) -> Self:
        parts = sum(self.by_platform.values())
        _hold(parts == self.posts_per_week, f"by_platform adds up to {parts}, not to {self.posts_per_week}")
        return self


class SkeletonSlot(Shape):
    """A dated place in the calendar for one post."""

    date: date
    platform: Platform
    pillar: Name
    theme: str
    format: ContentType = ContentType.POST


class StrategyDocument(Shape):
    """The six parts, which agree with each other."""

    positioning: Positioning
    audience_segments: Annotated[list[AudienceSegment], Field(min_length=1)]
    content_pillars: Annotated[list[ContentPillar], Field(min_length=3, max_length=5)]
    channel_plan: Annotated[list[ChannelPlan], Field(min_length=1)]
    cadence: Cadence
    calendar_skeleton: Annotated[list[SkeletonSlot], Field(min_length=1)]

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        _check_shares("audience_segments", self.audience_segments)
        _check_shares("content_pillars", self.content_pillars)
        self._check_channels()
        self._check_skeleton()
        return self

    def _check_channels(self) -> None:
        planned = {row.platform: row.posts_per_week for row in self.channel_plan}
        _hold(len(planned) == len(self.channel_plan), "channel_plan has a platform twice")
        _hold(planned == self.cadence.by_platform, "channel_plan and cadence.by_platform disagree")
        strangers = {window.platform for window in self.cadence.windows} - planned.keys()
        _hold(not strangers, f"cadence.windows has platforms without a plan: {_listed(strangers)}")

    def _check_skeleton(self) -> None:
        slots = self.calendar_skeleton
        strangers = {slot.pillar for slot in slots} - {pillar.name for pillar in self.content_pillars}
        _hold(not strangers, f"calendar_skeleton has unknown pillars: {_listed(strangers)}")
        days = (max(slot.date for slot in slots) - min(slot.date for slot in slots)).days + 1
        # With one post a week, the first may come six days after the start and the last as long before the end.
        _hold(DAYS - 2 * _WEEK < days <= DAYS, f"calendar_skeleton spans {days} days instead of {DAYS}")
        counts = Counter(slot.platform for slot in slots)
        _hold(counts.keys() == self.cadence.by_platform.keys(), "calendar_skeleton and cadence differ in platforms")
        for platform, weekly in self.cadence.by_platform.items():
            # Ninety days are twelve weeks and six days, so the last week may be cut short.
            fits = weekly * _WHOLE_WEEKS <= counts[platform] <= weekly * (_WHOLE_WEEKS + 1)
            _hold(fits, f"calendar_skeleton has {counts[platform]} posts on {platform}, at {weekly} a week")


def _check_shares(part: str, rows: Iterable[AudienceSegment | ContentPillar]) -> None:
    listed = list(rows)
    total = sum(row.share for row in listed)
    _hold(total == _SUM, f"the shares of {part} add up to {total}, not to {_SUM}")
    _hold(len({row.name for row in listed}) == len(listed), f"{part} has a name twice")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _hold(true: bool, message: str) -> None:
    """Refuse the document with this message unless `true`."""
    if not true:
        raise ValueError(message)
