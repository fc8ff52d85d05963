"""A brief as passages: each of its sentences with the field it stands in, in words."""

from __future__ import annotations

from collections.abc import Iterator

from aipromote.documents.brief import Brief


def passages_of(brief: Brief) -> Iterator[tuple[str, str]]:
    """(where it stands in words, text) for everything in the brief that says something about the startup.

    Left out: addresses, e-mail, what a post may not say, and proof points, which are facts.
    """
    for place, text in _texts(brief):
        if text and text.strip():
            yield f"Brief: {place}", text.strip()


def _texts(brief: Brief) -> Iterator[tuple[str, str | None]]:
    yield "description", brief.description
    yield "tagline", brief.tagline
    yield "category", brief.category
    yield "pricing", brief.pricing
    for founder in brief.founders:
        who = ", ".join(filter(None, (founder.name, founder.role)))
        yield "founder", f"{who}: {founder.bio}" if founder.bio else who
    for persona in brief.icp.personas:
        yield "who it is for", f"{persona.name}: {persona.description}" if persona.description else persona.name
    for place, texts in (
        ("what the audience wants to get done", brief.icp.jobs_to_be_done),
        ("what is in the audience’s way", brief.icp.pain_points),
        ("industry", brief.icp.industries),
        ("whom to win first", brief.icp.priority_segments),
        ("what sets it apart", brief.positioning.differentiators),
        ("example of how it writes", brief.brand.example_content),
    ):
        yield from ((place, text) for text in texts)
    yield "why choose it", brief.positioning.usp
