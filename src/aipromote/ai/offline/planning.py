"""The ninety-day plan, from the brief's own words and the playbook's arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import count

from aipromote.ai.offline.material import LEADS, Atom, Voice, fallback, gather, holding, sentence
from aipromote.ai.offline.pack import Kind, Pack, Theme
from aipromote.ai.offline.packs import pack_for
from aipromote.ai.offline.playbook import RoundRobin, apportioned, dates, pillar_shares, posts_per_week, windows
from aipromote.documents.brief import Brief
from aipromote.documents.facts import Fact
from aipromote.documents.strategy import (
    AudienceSegment,
    Cadence,
    ChannelPlan,
    ContentPillar,
    Positioning,
    PostingWindow,
    SkeletonSlot,
    StrategyDocument,
)
from aipromote.documents.vocabulary import ContentType, Platform

_DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MOST_SEGMENTS = 5
_MOST_TOPICS = 8
_SECONDARY_UP_TO = 3
_ENOUGH_FOR_THREADS = 8
_THREAD_EVERY = 6
_THREADED = {Platform.TWITTER, Platform.BLUESKY, Platform.MASTODON, Platform.THREADS}
_FORMATS = {
    Platform.INSTAGRAM: (ContentType.POST, ContentType.CAROUSEL, ContentType.REEL),
    Platform.TIKTOK: (ContentType.SHORT,),
    Platform.YOUTUBE_SHORTS: (ContentType.SHORT,),
}


def pillar_name(pack: Pack, theme: Theme, brief: Brief) -> str:
    """The name under which the offline writer keeps this theme."""
    return pack.pillars[theme][0].format(name=brief.name)


def plan(brief: Brief, *, facts: Sequence[Fact], start: date, version: int) -> StrategyDocument:
    """A valid strategy for ninety days from `start`."""
    pack = pack_for(brief.languages[0])
    current = holding(facts, start)
    material = gather(brief, current, Voice(brief, current, brief.languages[0]))
    shares = pillar_shares(brief, material)
    return assembled(
        brief,
        positioning=_positioning(brief),
        segments=_segments(brief, pack, list(posts_per_week(brief))),
        pillars=[_pillar(theme, share, pack, brief, material) for theme, share in shares.items()],
        start=start,
        version=version,
        threads=sum(len(atoms) for atoms in material.values()) >= _ENOUGH_FOR_THREADS,
    )


def assembled(
    brief: Brief,
    *,
    positioning: Positioning,
    segments: list[AudienceSegment],
    pillars: list[ContentPillar],
    start: date,
    version: int,
    threads: bool,
    foci: Mapping[Platform, str] | None = None,
) -> StrategyDocument:
    """The whole plan from its ideas: cadence, windows, channels and dated slots follow from the brief and the priors.

    Shares must sum to 100 already, and each pillar needs a topic. `foci` says in words what a channel is for.
    """
    weekly = posts_per_week(brief)
    slots = {platform: windows(platform, n, time_zone=brief.time_zone) for platform, n in weekly.items()}
    by_share = sorted(pillars, key=lambda pillar: -pillar.share)
    main = ", ".join(pillar.name for pillar in by_share[:2])
    return StrategyDocument(
        positioning=positioning,
        audience_segments=segments,
        content_pillars=pillars,
        channel_plan=[
            _channel(at, platform, n, slots[platform], (foci or {}).get(platform) or main, threads=threads)
            for at, (platform, n) in enumerate(weekly.items())
        ],
        cadence=Cadence(
            posts_per_week=sum(weekly.values()),
            by_platform=weekly,
            windows=[window for each in slots.values() for window in _once(each)],
        ),
        calendar_skeleton=_skeleton(pillars, slots, start=start, version=version, threads=threads),
    )


def _positioning(brief: Brief) -> Positioning:
    positioned = brief.positioning
    primary = positioned.usp or brief.tagline or brief.description
    supporting = [*filter(None, (brief.tagline,)), *positioned.differentiators, *brief.icp.jobs_to_be_done]
    return Positioning(
        brief=" ".join(dict.fromkeys(filter(None, (brief.description.strip(), positioned.usp)))),
        primary_message=sentence(primary),
        messaging_hierarchy=[text for text in dict.fromkeys(map(sentence, supporting)) if text != sentence(primary)],
        value_props=brief.icp.jobs_to_be_done or [sentence(primary)],
        differentiators=positioned.differentiators,
    )


def _segments(brief: Brief, pack: Pack, platforms: list[Platform]) -> list[AudienceSegment]:
    """The personas, then the priority segments; everyone who needs it where the brief names nobody."""
    named = {persona.name: persona.description or "" for persona in brief.icp.personas}
    for segment in brief.icp.priority_segments:
        named.setdefault(segment, "")
    if not named:
        named = {pack.everyone.format(name=brief.name): brief.description}
    chosen = list(named.items())[:_MOST_SEGMENTS]
    shares = apportioned([float(len(chosen) - at) + 1 for at in range(len(chosen))], total=100)
    messages = [text for text in (brief.positioning.usp, *brief.positioning.differentiators[:2]) if text]
    return [
        AudienceSegment(
            name=name,
            description=about,
            share=share,
            pain_points=brief.icp.pain_points,
            key_messages=messages or [brief.description],
            platforms=platforms,
        )
        for (name, about), share in zip(chosen, shares, strict=True)
    ]


def _pillar(
    theme: Theme, share: int, pack: Pack, brief: Brief, material: Mapping[Kind, Sequence[Atom]]
) -> ContentPillar:
    own = [atom.text for kind in LEADS[theme] for atom in material.get(kind, ())]
    return ContentPillar(
        name=pillar_name(pack, theme, brief),
        description=pack.pillars[theme][1].format(name=brief.name),
        share=share,
        topics=(own or [atom.text for atom in fallback(material)])[:_MOST_TOPICS],
    )


def _channel(
    at: int,
    platform: Platform,
    weekly: int,
    slots: Sequence[PostingWindow],
    focus: str,
    *,
    threads: bool,
) -> ChannelPlan:
    formats = list(_FORMATS.get(platform, (ContentType.POST,)))
    if threads and platform in _THREADED:
        formats.append(ContentType.THREAD)
    return ChannelPlan(
        platform=platform,
        role="primary" if at == 0 else "secondary" if at < _SECONDARY_UP_TO else "experimental",
        posts_per_week=weekly,
        best_times=[f"{_DAY_NAMES[window.weekday]} {window.from_}–{window.to}" for window in _once(slots)],
        formats=formats,
        focus=focus,
    )


def _once(slots: Sequence[PostingWindow]) -> list[PostingWindow]:
    """The windows in the order of the week, each once."""
    return sorted({window.weekday: window for window in slots}.values(), key=lambda window: window.weekday)


def _skeleton(
    pillars: Sequence[ContentPillar],
    slots: Mapping[Platform, Sequence[PostingWindow]],
    *,
    start: date,
    version: int,
    threads: bool,
) -> list[SkeletonSlot]:
    """Dated slots in order. A later version starts its topics elsewhere, so that it is not the old plan again."""
    days = sorted(
        (day, at, platform)
        for at, (platform, each) in enumerate(slots.items())
        for day in dates(start, [window.weekday for window in each])
    )
    by_name = {pillar.name: pillar for pillar in pillars}
    turns = RoundRobin({pillar.name: pillar.share for pillar in pillars})
    topics = {pillar.name: count(version - 1) for pillar in pillars}
    seen = dict.fromkeys(slots, 0)
    skeleton = []
    for day, _, platform in days:
        pillar = by_name[turns.next()]
        seen[platform] += 1
        skeleton.append(
            SkeletonSlot(
                date=day,
                platform=platform,
                pillar=pillar.name,
                theme=pillar.topics[next(topics[pillar.name]) % len(pillar.topics)],
                format=_format(platform, seen[platform], threads=threads),
            )
        )
    return skeleton


def _format(platform: Platform, number: int, *, threads: bool) -> ContentType:
    if threads and platform in _THREADED and number % _THREAD_EVERY == 0:
        return ContentType.THREAD
    formats = _FORMATS.get(platform, (ContentType.POST,))
    return formats[(number - 1) % len(formats)]
