"""From a model's ideas to a plan whose parts agree: what it may not say is left out, the rest is computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from aipromote.ai.modelled.examining import Examiner
from aipromote.ai.modelled.ideas import AudienceIdea, PillarIdea, StrategyIdeas
from aipromote.ai.offline.planning import assembled
from aipromote.ai.offline.playbook import apportioned, posts_per_week
from aipromote.documents.brief import Brief
from aipromote.documents.strategy import AudienceSegment, ContentPillar, Positioning, StrategyDocument

FEWEST_PILLARS = 3
_MOST_TOLD = 30
"""How many findings go back to the model: more would drown the rest."""


def problems(ideas: StrategyIdeas, examiner: Examiner) -> list[str]:
    """What the model should mend, each with its place."""
    found = [f"{place}: {problem}" for place, text in _texts(ideas) for problem in examiner.problems(text)]
    return found[:_MOST_TOLD]


def planned(
    ideas: StrategyIdeas, examiner: Examiner, brief: Brief, *, instead: StrategyDocument, start: date, version: int
) -> StrategyDocument:
    """The plan. Where nothing of a part may be said, the part of `instead` (the offline writer's plan) stands."""
    return assembled(
        brief,
        positioning=_positioning(ideas, examiner, instead.positioning),
        segments=_segments(ideas, examiner, brief) or instead.audience_segments,
        pillars=_pillars(ideas, examiner) or instead.content_pillars,
        start=start,
        version=version,
        threads=True,
        foci={channel.platform: channel.focus for channel in ideas.channels if examiner.allows(channel.focus)},
    )


def _texts(ideas: StrategyIdeas) -> Iterator[tuple[str, str]]:
    yield "brief", ideas.brief
    yield "primary_message", ideas.primary_message
    for place in ("messaging_hierarchy", "value_props", "differentiators"):
        yield from ((place, text) for text in getattr(ideas, place))
    for audience in ideas.audiences:
        texts = (audience.name, audience.description, *audience.pain_points, *audience.key_messages)
        yield from (("audiences", text) for text in texts)
    for pillar in ideas.pillars:
        yield from (("pillars", text) for text in (pillar.name, pillar.description, *pillar.topics))
    yield from (("channels", channel.focus) for channel in ideas.channels)


def _positioning(ideas: StrategyIdeas, examiner: Examiner, instead: Positioning) -> Positioning:
    def fine(texts: Sequence[str]) -> list[str]:
        return _fine(texts, examiner)

    return Positioning(
        brief=ideas.brief if examiner.allows(ideas.brief) else instead.brief,
        primary_message=(ideas.primary_message if examiner.allows(ideas.primary_message) else instead.primary_message),
        messaging_hierarchy=fine(ideas.messaging_hierarchy) or instead.messaging_hierarchy,
        value_props=fine(ideas.value_props) or instead.value_props,
        differentiators=fine(ideas.differentiators) or instead.differentiators,
    )


def _segments(ideas: StrategyIdeas, examiner: Examiner, brief: Brief) -> list[AudienceSegment]:
    kept: list[AudienceIdea] = [audience for audience in ideas.audiences if examiner.allows(audience.name)]
    if not kept:
        return []
    shares = apportioned([float(audience.weight) for audience in kept], total=100)
    return [
        AudienceSegment(
            name=audience.name,
            description=audience.description if examiner.allows(audience.description) else "",
            share=share,
            pain_points=_fine(audience.pain_points, examiner),
            key_messages=_fine(audience.key_messages, examiner),
            platforms=list(posts_per_week(brief)),
        )
        for audience, share in zip(kept, shares, strict=True)
    ]


def _pillars(ideas: StrategyIdeas, examiner: Examiner) -> list[ContentPillar]:
    topics = {pillar.name: _fine(pillar.topics, examiner) for pillar in ideas.pillars}
    kept: list[PillarIdea] = [
        pillar for pillar in ideas.pillars if examiner.allows(pillar.name) and topics[pillar.name]
    ]
    if len(kept) < FEWEST_PILLARS:
        return []
    shares = apportioned([float(pillar.weight) for pillar in kept], total=100)
    return [
        ContentPillar(
            name=pillar.name,
            description=pillar.description if examiner.allows(pillar.description) else "",
            share=share,
            topics=topics[pillar.name],
        )
        for pillar, share in zip(kept, shares, strict=True)
    ]


def _fine(texts: Sequence[str], examiner: Examiner) -> list[str]:
    return [text for text in dict.fromkeys(texts) if text and examiner.allows(text)]
