"""What several messages say, and amounts as people say them."""

from __future__ import annotations

from datetime import datetime

POSTS_ARE_SAFE = "Nothing is lost: posts wait in PostgreSQL."

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def duration(seconds: float) -> str:
    """As somebody would say it: `40 seconds`, `5 minutes`, `3 hours`, `2 days`."""
    for size, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= 1.5 * size:
            return counted(round(seconds / size), name)
    return counted(round(seconds), "second")


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """`1 post`, `2 posts`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def megabytes(size: int) -> str:
    """`730 MB`, `1.4 GB`."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"  # noqa: PLR2004 -- a gigabyte


def moment(at: datetime) -> str:
    """`2026-11-28 02:14 UTC`."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
