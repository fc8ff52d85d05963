"""The plans, as a table. None means: no limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aipromote.documents.vocabulary import Platform

Countable = Literal["posts_generated", "posts_published", "strategies_generated", "organizations_created"]
COUNTABLES: tuple[Countable, ...] = (
    "posts_generated",
    "posts_published",
    "strategies_generated",
    "organizations_created",
)
IN_ALL: frozenset[Countable] = frozenset({"organizations_created"})
"""What is limited over all time; the others by month."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a plan allows."""

    id: str
    label: str
    limits: dict[Countable, int]
    platforms: frozenset[Platform] | None = None
    auto_approval: bool = True
    auto_iteration: bool = True
    analytics_days: int | None = None


SELF_HOSTED = Plan("self-hosted", "Self-hosted", {})
FREE = Plan(
    "free",
    "Free",
    {"posts_generated": 40, "posts_published": 20, "strategies_generated": 3, "organizations_created": 1},
    platforms=frozenset({Platform.TWITTER, Platform.LINKEDIN}),
    auto_approval=False,
    auto_iteration=False,
    analytics_days=14,
)
PRO = Plan(
    "pro",
    "Pro",
    {"posts_generated": 400, "posts_published": 200, "strategies_generated": 30, "organizations_created": 3},
    analytics_days=90,
)

PLANS = {plan.id: plan for plan in (SELF_HOSTED, FREE, PRO)}
