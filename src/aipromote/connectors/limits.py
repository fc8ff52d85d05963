"""What each platform accepts, as far as it is the same for every account. Lengths are in the platform's own unit.

Where sources disagree these are the lower bound, so that a text that fits here fits there.
"""

from __future__ import annotations

from aipromote.connectors.contract import Counting, Limits
from aipromote.documents.vocabulary import Platform

_LIMITS = {
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
    Platform.TELEGRAM: Limits(4096, Counting.UTF16, max_media=10, min_gap_seconds=3),
    Platform.DISCORD: Limits(2000, Counting.CHARACTERS, max_media=10, min_gap_seconds=2),
    Platform.SLACK: Limits(4000, Counting.CHARACTERS, max_parts=25, min_gap_seconds=1),
    Platform.PINTEREST: Limits(800, Counting.CHARACTERS, max_media=5, needs_media=True, min_gap_seconds=1),
    Platform.DEVTO: Limits(100_000, Counting.BYTES, max_hashtags=4, max_media=1, min_gap_seconds=5),
    Platform.WORDPRESS: Limits(100_000, Counting.BYTES, max_media=20),
    Platform.SANDBOX: Limits(100_000, Counting.BYTES, max_parts=25, max_media=10),
}


def of(platform: Platform) -> Limits:
    """The platform's limits."""
    return _LIMITS[platform]
