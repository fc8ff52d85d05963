"""The simulated audience: how often a post is seen, liked and answered by the age it has now.

A pure function of the post's seed, its text, when it came and its account; docs/sandbox.md gives the formula. Every
counter is the floor of a function that only grows with age, so counters are cumulative. Nothing here claims to
predict a real audience.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime

from aipromote.sandbox.platforms import COUNTERS, STAND_INS, StandIn
from aipromote.sandbox.store import seed_of

_LINK = re.compile(r"https?://\S+")
_TAG = re.compile(r"(?<!\w)#\w+")
_RATES = {
    "likes": 0.028,
    "comments": 0.005,
    "shares": 0.004,
    "saves": 0.005,
    "clicks": 0.014,
    "followers_delta": 0.0012,
}
_FEW_TAGS = 3
_MANY_TAGS = 6


@dataclass(frozen=True, slots=True)
class Subject:
    """What the audience reacts to. `followers` and `taste_seed` belong to the account."""

    seed: int
    taste_seed: int
    platform: str
    followers: int
    text: str
    has_media: bool
    created_at: datetime


def counters(subject: Subject, *, at: datetime) -> dict[str, int | None]:
    """All counters at that instant; None where the platform that the account stands in for reports none."""
    stand_in = STAND_INS[subject.platform]
    exact = _exact(subject, stand_in, hours=max(0.0, (at - subject.created_at).total_seconds() / 3600))
    return {name: None if name in stand_in.hidden else math.floor(exact[name]) for name in COUNTERS}


def followers_gained(subject: Subject, *, at: datetime) -> int:
    """How many followers this post has brought, also where the platform does not tell it per post."""
    hours = max(0.0, (at - subject.created_at).total_seconds() / 3600)
    return math.floor(_exact(subject, STAND_INS[subject.platform], hours=hours)["followers_delta"])


def _exact(subject: Subject, stand_in: StandIn, *, hours: float) -> dict[str, float]:
    traits = _traits(subject)
    appeal = _product(subject, traits) * _length_fit(subject, stand_in) * _timing(subject.created_at, stand_in)
    luck = math.exp(0.35 * _normal(subject.seed, "luck"))
    grown = 1 - math.exp(-hours / stand_in.tempo_hours)
    impressions = subject.followers * stand_in.reach_share * appeal * luck * grown
    values = {"impressions": impressions, "reach": impressions * 0.78}
    for name, rate in _RATES.items():
        noise = math.exp(0.25 * _normal(subject.seed, name))
        values[name] = impressions * rate * noise * _leaning(name, traits)
    return values


def _traits(subject: Subject) -> dict[str, bool]:
    opening = subject.text.strip().split("\n", 1)[0]
    tags = len(_TAG.findall(subject.text))
    return {
        "question": "?" in _LINK.sub("", subject.text),
        "number": bool(re.search(r"\d", _LINK.sub("", opening))),
        "first person": bool(re.search(r"\b(I|we|my|our|we're|I'm)\b", opening, re.IGNORECASE)),
        "link": bool(_LINK.search(subject.text)),
        "few tags": 1 <= tags <= _FEW_TAGS,
        "many tags": tags >= _MANY_TAGS,
        "media": subject.has_media,
    }


_BASE = {
    "question": 1.08,
    "number": 1.10,
    "first person": 1.06,
    "link": 0.78,
    "few tags": 1.05,
    "many tags": 0.82,
    "media": 1.20,
}


def _product(subject: Subject, traits: dict[str, bool]) -> float:
    """Each trait's own factor times what this account's followers make of it (0.80 to 1.30, drawn once per account)."""
    present = [name for name, here in traits.items() if here]
    return math.prod(_BASE[name] * (0.80 + 0.50 * _uniform(subject.taste_seed, name)) for name in present)


def _length_fit(subject: Subject, stand_in: StandIn) -> float:
    distance = math.log(max(len(subject.text), 1) / stand_in.ideal_length)
    return 0.6 + 0.4 * math.exp(-0.5 * distance**2)


def _timing(created_at: datetime, stand_in: StandIn) -> float:
    hour = created_at.hour + created_at.minute / 60
    by_hour = 1 + 0.35 * math.cos(2 * math.pi * (hour - stand_in.peak_hour) / 24)
    return by_hour * (1.12 if created_at.weekday() in stand_in.best_weekdays else 0.94)


def _leaning(name: str, traits: dict[str, bool]) -> float:
    if name == "clicks":
        return 1.0 if traits["link"] else 0.0
    if name == "comments":
        return 1.6 if traits["question"] else 1.0
    if name == "saves":
        return 1.5 if traits["number"] else 1.0
    return 1.0


def _uniform(seed: int, name: str) -> float:
    return (seed_of(seed, name) + 0.5) / 2**48


def _normal(seed: int, name: str) -> float:
    radius = math.sqrt(-2 * math.log(_uniform(seed, name + "/radius")))
    return radius * math.cos(2 * math.pi * _uniform(seed, name + "/angle"))
