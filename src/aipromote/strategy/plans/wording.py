"""Changes of a plan in plain words: what they are about, and values as people read them."""

from __future__ import annotations

from datetime import date
from typing import Any

from aipromote.documents.vocabulary import ContentType, Platform
from aipromote.strategy.plans import tree

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ORDERS = {tree.AUDIENCES: "Order of the audiences", tree.PILLARS: "Order of the pillars"}
_NOUNS = {tree.AUDIENCES: "Audience", tree.PILLARS: "Pillar"}
WORDS = {
    "brief": "Positioning: in a paragraph",
    "primary_message": "Positioning: the one message",
    "messaging_hierarchy": "Positioning: what we say, in this order",
    "value_props": "Positioning: what people get",
    "differentiators": "Positioning: what only we can say",
    "name": "name",
    "description": "description",
    "share": "share",
    "pain_points": "what hurts",
    "key_messages": "key messages",
    "platforms": "networks",
    "topics": "topics",
    "role": "role",
    "posts_per_week": "posts a week",
    "best_times": "best times",
    "formats": "formats",
    "focus": "what for",
    "pillar": "pillar",
    "theme": "theme",
    "format": "format",
    "date": "day",
    "platform": "network",
}
"""Each field, as people call it."""


def label(section: str, key: str, field: str | None) -> str:
    """What a change is about: “Pillar “Bread”: share”, “X: posts a week”, “Mon 23 Nov 2026 on X: theme”."""
    if field == "order":
        return _ORDERS.get(section, "Order of the networks")
    if section == tree.POSITIONING:
        return WORDS[field or ""]
    about = subject(section, key)
    return f"{about}: {WORDS[field]}" if field and section != tree.WINDOWS else about


def subject(section: str, key: str) -> str:
    """The part of a plan that a key names."""
    if section in _NOUNS:
        return f"{_NOUNS[section]} “{key}”"
    if section == tree.CHANNELS:
        return platform(key)
    first, second, number = tree.place_of(key)
    nth = f", no. {number + 1}" if number else ""
    if section == tree.WINDOWS:
        return f"Posting window: {platform(first)} on {DAYS[int(second)]}s{nth}"
    return f"{day(first)} on {platform(second)}{nth}"


def platform(value: str) -> str:
    """The network's own name."""
    return Platform(value).label


def day(value: str) -> str:
    """`Mon 23 Nov 2026`."""
    return f"{(found := date.fromisoformat(value)):%a} {found.day} {found:%b %Y}"


def spoken(section: str, field: str | None, value: Any) -> str:
    """A value before or after, as people read it; empty where there is none."""
    if value is None:
        return ""
    if field == "order":
        return ", ".join(platform(one) if section == tree.CHANNELS else str(one) for one in value)
    if isinstance(value, dict):
        return _part(section, value)
    return _value(field or "", value)


def _value(field: str, value: Any) -> str:
    if field == "share":
        return f"{value} %"
    if field == "platforms":
        return ", ".join(map(platform, value))
    if field in {"formats", "format"}:
        return ", ".join(_format(one) for one in ([value] if isinstance(value, str) else value))
    if isinstance(value, list):
        return "\n".join(str(one) for one in value)
    return str(value)


def _format(value: str) -> str:
    return ContentType(value).value.lower()


def _part(section: str, part: dict[str, Any]) -> str:
    if section == tree.WINDOWS:
        hours = part.get("hours", part)
        return f"{hours['from']}–{hours['to']} ({hours['time_zone'].rsplit('/', 1)[-1].replace('_', ' ')})"
    if section == tree.SLOTS:
        return f"{part['pillar']}: {part['theme']} ({_format(part['format'])})"
    shown = [f"{WORDS[name].capitalize()}: {_value(name, part[name])}" for name in tree.FIELDS[section] if part[name]]
    return "\n".join(line.replace("\n", "; ") for line in shown)
