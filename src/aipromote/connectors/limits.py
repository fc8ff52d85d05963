"""What each platform accepts, as far as it is the same for every account. Lengths are in the platform's own unit.

Where sources disagree these are the lower bound, so that a text that fits here fits there. Quotas are per account and
count published posts. Each says where it is known from: [V] the platform's own documentation or source, [S] publishers
that work with it. What is only hearsay is left to the platform, which answers 429 and says until when.
"""

from __future__ import annotations

from dataclasses import replace

from aipromote.connectors.contract import Counting, Limits, Quota
from aipromote.documents.vocabulary import Platform

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_QUOTAS: dict[Platform, tuple[Quota, ...]] = {
    # [V] 100 in 15 minutes; another page of theirs says 300 in 3 hours, which is the 2,400 a day of [S]. Unverified
    # accounts have much less (50 posts and 200 replies a day [S]), which cannot be seen from outside.
    Platform.TWITTER: (Quota(100, 15 * _MINUTE), Quota(300, 3 * _HOUR)),
    Platform.LINKEDIN: (Quota(150, _DAY),),  # [S] a member; the exact number is not published
    Platform.INSTAGRAM: (Quota(50, _DAY),),  # [V] the reference says 50, the guide 100; a carousel counts once
    Platform.TIKTOK: (Quota(6, _MINUTE), Quota(15, _DAY)),  # [V] a creator, all apps together
    # [V] 100 uploads a day for the whole project of the operator, so no account can have more.
    Platform.YOUTUBE_SHORTS: (Quota(100, _DAY),),
    Platform.THREADS: (Quota(250, _DAY),),  # [V] replies have 1,000 of their own
    # [V] 5,000 points an hour and 35,000 a day; a record costs 3.
    Platform.BLUESKY: (Quota(5000 // 3, _HOUR), Quota(35_000 // 3, _DAY)),
    Platform.MASTODON: (Quota(300, 5 * _MINUTE), Quota(300, 3 * _HOUR)),  # [V] calls; posts. Servers may change both
    Platform.TELEGRAM: (Quota(20, _MINUTE),),  # [V] a group; channels are not told apart here
    Platform.PINTEREST: (Quota(1000, _DAY),),  # [V] calls, in the trial tier that every app begins with
    Platform.DEVTO: (Quota(9, 30),),  # [V] published articles
    # None: Reddit and Facebook count calls of the app, not posts. Discord's 5 in 2 seconds and 30 a minute are hearsay;
    # it tells in each answer. Slack's 1 a second is the gap below. WordPress has none. The sandbox counts by itself.
}
_TABLE = {
    Platform.TWITTER: Limits(280, Counting.WEIGHTED, max_parts=25, max_media=4, min_gap_seconds=3),
    Platform.LINKEDIN: Limits(3000, Counting.UTF16, max_media=20, min_gap_seconds=3),
    Platform.INSTAGRAM: Limits(
        2200, Counting.CHARACTERS, max_hashtags=30, max_media=10, needs_media=True, min_gap_seconds=3
    ),
    Platform.TIKTOK: Limits(2200, Counting.UTF16, max_media=35, needs_media=True, min_gap_seconds=10),
    Platform.YOUTUBE_SHORTS: Limits(5000, Counting.BYTES, max_media=1, needs_media=True, min_gap_seconds=3),
    Platform.REDDIT: Limits(40_000, Counting.CHARACTERS, max_media=20, min_gap_seconds=10),
    Platform.FACEBOOK: Limits(63_206, Counting.CHARACTERS, max_media=10, min_gap_seconds=3),
    Platform.THREADS: Limits(500, Counting.EMOJI_BYTES, max_parts=25, max_media=20, min_gap_seconds=3),
    Platform.BLUESKY: Limits(300, Counting.GRAPHEMES, max_bytes=3000, max_parts=25, max_media=4, min_gap_seconds=1),
    Platform.MASTODON: Limits(500, Counting.LINKS_AS_23, max_parts=25, max_media=4, min_gap_seconds=1),
    Platform.TELEGRAM: Limits(4096, Counting.UTF16, max_parts=25, max_media=10, min_gap_seconds=3),
    Platform.DISCORD: Limits(2000, Counting.CHARACTERS, max_parts=25, max_media=10, min_gap_seconds=2),
    Platform.SLACK: Limits(4000, Counting.CHARACTERS, max_parts=25, max_media=10, min_gap_seconds=1),
    Platform.PINTEREST: Limits(800, Counting.CHARACTERS, max_media=5, needs_media=True, min_gap_seconds=1),
    Platform.DEVTO: Limits(100_000, Counting.BYTES, max_hashtags=4, max_media=1, min_gap_seconds=5),
    Platform.WORDPRESS: Limits(100_000, Counting.BYTES, max_media=20),
    Platform.SANDBOX: Limits(100_000, Counting.BYTES, max_parts=25, max_media=10),
}


_LIMITS = {platform: replace(limits, quotas=_QUOTAS.get(platform, ())) for platform, limits in _TABLE.items()}


def of(platform: Platform) -> Limits:
    """The platform's limits."""
    return _LIMITS[platform]
