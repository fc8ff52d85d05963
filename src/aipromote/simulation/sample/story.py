"""What happened when: the plan, its places, the drafts for them, all before the first row is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from aipromote.ai import writers
from aipromote.ai.writer import Writer
from aipromote.connectors import limits
from aipromote.content.places import Place, places, weekly_firsts
from aipromote.documents.brief import Brief, facts_of
from aipromote.documents.brief.file import read_brief
from aipromote.documents.content import PostDraft
from aipromote.documents.strategy import StrategyDocument
from aipromote.errors import SetupError
from aipromote.sandbox.store import seed_of

BRIEF = Path(__file__).parents[4] / "examples" / "pagerlane.yaml"
WEEKS_OUT = 4
"""Whole weeks of published posts. They end a week before the present one begins: by then each post is a week old, so
all its captures are in the past."""
_WEEKS_BEFORE = WEEKS_OUT + 1
_AHEAD = timedelta(days=14)
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Scene:
    """One post: its place in the calendar, its text, and when it was to go out: `local` on the clocks of `zone`."""

    place: Place
    draft: PostDraft
    at: datetime
    local: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """What one request had written: the scenes of the days in [start, end)."""

    start: date
    end: date
    written_at: datetime
    scenes: tuple[Scene, ...]


@dataclass(frozen=True)
class Story:
    """The whole of it. `out` was published, `lost` ended without, `ahead` waits, `far` is the plan's last day."""

    told_at: datetime
    brief: Brief
    brief_yaml: bytes
    writer: str
    plan: StrategyDocument
    planned_at: datetime
    start: date
    out: tuple[Chapter, ...]
    lost: Chapter
    ahead: Chapter
    far: Chapter
    in_series: frozenset[str]

    @property
    def zone(self) -> ZoneInfo:
        """The audience's."""
        return ZoneInfo(self.brief.time_zone)

    @property
    def chapters(self) -> tuple[Chapter, ...]:
        """All of them, in order."""
        return (*self.out, self.lost, self.ahead, self.far)

    @property
    def weeks(self) -> list[date]:
        """The Mondays of the weeks with published posts."""
        return [self.start + number * _WEEK for number in range(WEEKS_OUT)]

    def at(self, day: date, hour: int) -> datetime:
        """That hour on the audience's clocks, in UTC."""
        return datetime.combine(day, time(hour), self.zone).astimezone(UTC)


async def tell(now: datetime) -> Story:
    """Make it up from the example brief, with the offline writer. Raises SetupError where there are no examples."""
    try:
        brief_yaml = BRIEF.read_bytes()
    except FileNotFoundError as missing:
        raise SetupError("The example briefs are not installed; sample data is made from one of them.") from missing
    brief = read_brief(brief_yaml, source=BRIEF.name)
    today = now.astimezone(ZoneInfo(brief.time_zone)).date()
    start = today - timedelta(days=today.weekday()) - _WEEKS_BEFORE * _WEEK
    writer = writers.offline()
    plan = await writer.strategy(brief, facts=facts_of(brief), start=start, version=1)
    everywhere = places(plan.calendar_skeleton)
    last_day = everywhere[-1].slot.date
    half, lost = start + 2 * _WEEK, start + WEEKS_OUT * _WEEK
    spans = [(start, half), (half, lost), (lost, lost + _WEEK), (today + _DAY, today + _DAY + _AHEAD)]
    spans.append((last_day, last_day + _DAY))
    scenes = await _scenes(brief, plan, writer, [place for place in everywhere if _within(place, spans)])
    chapters = [_chapter(span, scenes, before=now, zone=ZoneInfo(brief.time_zone)) for span in spans]
    primary = next(channel.platform for channel in plan.channel_plan if channel.role == "primary")
    return Story(
        told_at=now,
        brief=brief,
        brief_yaml=brief_yaml,
        writer=writer.name,
        plan=plan,
        planned_at=chapters[0].written_at - timedelta(hours=2),
        start=start,
        out=tuple(chapters[:2]),
        lost=chapters[2],
        ahead=chapters[3],
        far=chapters[4],
        in_series=weekly_firsts(everywhere, platform=primary, pillar=plan.content_pillars[0].name),
    )


def _within(place: Place, spans: Sequence[tuple[date, date]]) -> bool:
    return any(start <= place.slot.date < end for start, end in spans)


async def _scenes(brief: Brief, plan: StrategyDocument, writer: Writer, wanted: Sequence[Place]) -> list[Scene]:
    drafts = await writer.posts(
        brief,
        plan,
        facts=facts_of(brief),
        slots=[place.for_writer() for place in wanted],
        avoid=(),
        limits={place.slot.platform: limits.of(place.slot.platform) for place in wanted},
    )
    by_index = {place.index: place for place in wanted}
    pairs = [(by_index[draft.slot], draft) for draft in drafts if draft.slot is not None]
    return sorted((_scene(plan, place, draft, brief.time_zone) for place, draft in pairs), key=lambda scene: scene.at)


def _scene(plan: StrategyDocument, place: Place, draft: PostDraft, zone: str) -> Scene:
    """Somewhere in the platform's window of that weekday, at the same minute whenever the story is told."""
    slot = place.slot
    window = next(w for w in plan.cadence.windows if (w.platform, w.weekday) == (slot.platform, slot.date.weekday()))
    first, last = time.fromisoformat(window.from_), time.fromisoformat(window.to)
    minutes = (last.hour - first.hour) * 60 + last.minute - first.minute
    local = datetime.combine(slot.date, first) + timedelta(minutes=seed_of(place.key) % minutes)
    return Scene(place, draft, local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC), local, zone)


def _chapter(span: tuple[date, date], scenes: Sequence[Scene], *, before: datetime, zone: ZoneInfo) -> Chapter:
    """Written at noon of the day before it begins, but not later than now."""
    start, end = span
    written_at = datetime.combine(start - _DAY, time(12), zone).astimezone(UTC)
    own = tuple(scene for scene in scenes if start <= scene.place.slot.date < end)
    return Chapter(start, end, min(written_at, before), own)
