"""What a network can do, as data: for the screens, for what prepares files, and for checks before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MEGABYTE = 1024 * 1024
JPEG, PNG, GIF, WEBP = "image/jpeg", "image/png", "image/gif", "image/webp"
MP4, QUICKTIME, WEBM = "video/mp4", "video/quicktime", "video/webm"
COUNTERS = frozenset(
    {"impressions", "reach", "likes", "comments", "shares", "saves", "clicks", "followers_delta"}
)  # the fields of `contract.Metrics`


class LinkStyle(StrEnum):
    """What becomes of an address in the text."""

    NONE = "none"  # it stays text that nobody can click
    AUTOMATIC = "automatic"  # the network makes it a link, and often a card, by itself
    CARD = "card"  # the connector attaches a card
    FIELD = "field"  # it goes into a field of its own


@dataclass(frozen=True, slots=True)
class ImageRules:
    """What a picture must be like. Sizes in bytes and pixels; ratios are width divided by height."""

    mime_types: frozenset[str] = frozenset({JPEG, PNG})
    max_bytes: int = 5 * MEGABYTE
    min_width: int = 1
    min_height: int = 1
    max_width: int | None = None
    max_height: int | None = None
    min_ratio: float | None = None
    max_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class VideoRules:
    """What a video must be like. Bytes, seconds, pixels; ratios are width divided by height."""

    mime_types: frozenset[str] = frozenset({MP4})
    max_bytes: int = 512 * MEGABYTE
    min_seconds: float = 0.0
    max_seconds: float | None = None
    min_width: int = 1
    min_height: int = 1
    max_width: int | None = None
    max_height: int | None = None
    min_ratio: float | None = None
    max_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one network can do. Lengths of texts are in `contract.Limits`."""

    images: ImageRules | None = None  # None: no pictures
    max_images: int = 0
    videos: VideoRules | None = None
    max_videos: int = 0
    mixes_media: bool = False  # pictures and videos in one post
    needs_media: bool = False
    max_alt_text: int | None = None  # characters; None: it takes no words for those who do not see
    link: LinkStyle = LinkStyle.AUTOMATIC
    max_title: int | None = None  # characters; None: posts have no title
    needs_title: bool = False
    has_threads: bool = False
    has_first_comment: bool = False
    fetches_media: bool = False  # it downloads files from a public address instead of being sent them
    counters: frozenset[str] = frozenset()  # names out of `COUNTERS`; what is missing it tells nobody
