"""Words that every room uses with one meaning. Values are what the database and the API show."""

from __future__ import annotations

from enum import StrEnum


class Platform(StrEnum):
    """A social network, as the audience knows it (not the software that reaches it: that is a connector)."""

    TWITTER = "TWITTER"
    LINKEDIN = "LINKEDIN"
    INSTAGRAM = "INSTAGRAM"
    TIKTOK = "TIKTOK"
    YOUTUBE_SHORTS = "YOUTUBE_SHORTS"
    REDDIT = "REDDIT"
    FACEBOOK = "FACEBOOK"
    THREADS = "THREADS"
    BLUESKY = "BLUESKY"
    MASTODON = "MASTODON"
    TELEGRAM = "TELEGRAM"
    DISCORD = "DISCORD"
    SLACK = "SLACK"
    PINTEREST = "PINTEREST"
    DEVTO = "DEVTO"
    WORDPRESS = "WORDPRESS"
    SANDBOX = "SANDBOX"

    @property
    def label(self) -> str:
        """The name people use: `X`, `LinkedIn`, `dev.to`."""
        return _LABELS.get(self, self.value.title())


_LABELS = {
    Platform.TWITTER: "X",
    Platform.LINKEDIN: "LinkedIn",
    Platform.TIKTOK: "TikTok",
    Platform.YOUTUBE_SHORTS: "YouTube Shorts",
    Platform.DEVTO: "dev.to",
    Platform.WORDPRESS: "WordPress",
}


class ContentType(StrEnum):
    """The form of a piece of content."""

    POST = "POST"
    THREAD = "THREAD"
    STORY = "STORY"
    REEL = "REEL"
    SHORT = "SHORT"
    CAROUSEL = "CAROUSEL"
    POLL = "POLL"


class Stage(StrEnum):
    """How far a startup has come."""

    IDEA = "idea"
    PRE_SEED = "pre-seed"
    SEED = "seed"
    SERIES_A = "series-a"
    SERIES_B = "series-b"
    GROWTH = "growth"
