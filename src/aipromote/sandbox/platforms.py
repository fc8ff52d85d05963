"""How the sandbox plays each platform that an account of it may stand in for.

The numbers set the simulation only; none of them is a claim about the real platform.
"""

from __future__ import annotations

from dataclasses import dataclass, field

COUNTERS = ("impressions", "reach", "likes", "comments", "shares", "saves", "clicks", "followers_delta")


@dataclass(frozen=True, slots=True)
class StandIn:
    """One platform as the simulation plays it. `tempo_hours` is the age at which 63 % of all impressions are in."""

    label: str
    reach_share: float = 0.30
    tempo_hours: float = 8.0
    ideal_length: int = 200
    peak_hour: int = 15
    best_weekdays: frozenset[int] = field(default_factory=lambda: frozenset({1, 2, 3}))
    hidden: frozenset[str] = frozenset()
    """Counters that the platform does not report: they are null, never zero."""


def _all_but(*reported: str) -> frozenset[str]:
    return frozenset(COUNTERS) - frozenset(reported)


STAND_INS = {
    "SANDBOX": StandIn("Sandbox"),
    "TWITTER": StandIn("X", 0.35, 4, 180, 14, hidden=frozenset({"reach", "followers_delta"})),
    "LINKEDIN": StandIn("LinkedIn", 0.40, 18, 900, 9, hidden=frozenset({"saves"})),
    "INSTAGRAM": StandIn("Instagram", 0.45, 16, 300, 18, frozenset({2, 3, 4}), frozenset({"clicks"})),
    "TIKTOK": StandIn(
        "TikTok", 0.9, 20, 120, 19, frozenset({3, 4, 5}), _all_but("impressions", "likes", "comments", "shares")
    ),
    "YOUTUBE_SHORTS": StandIn(
        "YouTube Shorts", 0.8, 40, 80, 19, frozenset({4, 5, 6}), _all_but("impressions", "likes", "comments", "shares")
    ),
    "REDDIT": StandIn("Reddit", 0.6, 7, 700, 13, frozenset({0, 1, 6}), _all_but("likes", "comments")),
    "FACEBOOK": StandIn("Facebook", 0.2, 12, 250, 13, hidden=frozenset({"saves", "followers_delta"})),
    "THREADS": StandIn("Threads", 0.4, 6, 200, 17, hidden=_all_but("impressions", "likes", "comments", "shares")),
    "BLUESKY": StandIn("Bluesky", 0.4, 6, 200, 15, hidden=_all_but("likes", "comments", "shares")),
    "MASTODON": StandIn("Mastodon", 0.4, 8, 300, 15, hidden=_all_but("likes", "comments", "shares")),
    "TELEGRAM": StandIn("Telegram", 0.6, 10, 400, 18, hidden=frozenset(COUNTERS)),
    "DISCORD": StandIn("Discord", 0.5, 6, 300, 20, hidden=frozenset(COUNTERS)),
    "SLACK": StandIn("Slack", 0.6, 4, 300, 10, hidden=frozenset(COUNTERS)),
    "PINTEREST": StandIn("Pinterest", 0.5, 120, 200, 20, frozenset({5, 6}), frozenset({"reach", "followers_delta"})),
    "DEVTO": StandIn("dev.to", 0.5, 48, 4000, 13, hidden=_all_but("impressions", "likes", "comments")),
    "WORDPRESS": StandIn("WordPress", 0.3, 72, 5000, 10, hidden=frozenset(COUNTERS)),
}
