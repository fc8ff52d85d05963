"""When a network lets us call again: it says so in many forms, and every one of them may be wrong.

A result is aware, never before now and never beyond `LONGEST`. What cannot be understood says nothing (None), and so
does a moment too far away to be meant: milliseconds taken for seconds are the usual reason. A network's clock is
believed where it names a moment.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from aipromote import clock
from aipromote.connectors.wire import Answer
from aipromote.documents.vocabulary import Platform

LONGEST = timedelta(days=31)
"""The longest quota that a network has is a month. A longer wait in seconds is cut to this."""
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)", re.ASCII)
_LONGEST_TEXT = 100
_FIRST_EPOCH = 1_000_000_000.0  # September 2001: a smaller number is no moment that a network of today would name

Form = Callable[[str], datetime | None]
Place = Callable[[Answer], datetime | None]


def seconds(text: str) -> datetime | None:
    """Seconds from now, whole or not: `Retry-After` nearly everywhere, Discord's with a fraction, Reddit's reset."""
    value = _number(text)
    return None if value is None else clock.now() + timedelta(seconds=_within(value))


def http_date(text: str) -> datetime | None:
    """`Mon, 04 May 2026 09:30:00 GMT`: the other form that HTTP allows in `Retry-After`."""
    try:
        return _moment(parsedate_to_datetime(_clean(text)))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def epoch(text: str) -> datetime | None:
    """Seconds since 1970: X, Bluesky."""
    value = _number(text)
    try:
        return None if value is None or value < _FIRST_EPOCH else _moment(datetime.fromtimestamp(value, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def iso_date(text: str) -> datetime | None:
    """`2026-05-04T09:30:00.000Z`: Mastodon. Without a zone it is UTC."""
    try:
        return _moment(datetime.fromisoformat(_clean(text)))
    except (ValueError, OverflowError):
        return None


def header(name: str, *forms: Form) -> Place:
    """A header (upper and lower case are the same) in the first of these forms that understands it."""

    def read(answer: Answer) -> datetime | None:
        text = answer.headers.get(name, "")
        return next((moment for form in forms if (moment := form(text)) is not None), None)

    return read


def member(*path: str) -> Place:
    """A number of seconds inside the JSON body: `parameters.retry_after` (Telegram), `retry_after` (Discord)."""

    def read(answer: Answer) -> datetime | None:
        value: Any = answer.body
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        is_told = isinstance(value, int | float | str) and not isinstance(value, bool)
        return seconds(str(value)) if is_told else None

    return read


RETRY_AFTER = header("Retry-After", seconds, http_date)
PLACES: dict[Platform, tuple[Place, ...]] = {
    Platform.TWITTER: (header("x-rate-limit-reset", epoch), RETRY_AFTER),
    Platform.BLUESKY: (header("RateLimit-Reset", epoch), RETRY_AFTER),
    Platform.MASTODON: (header("X-RateLimit-Reset", iso_date), RETRY_AFTER),
    Platform.REDDIT: (RETRY_AFTER, header("X-Ratelimit-Reset", seconds)),
    Platform.TELEGRAM: (member("parameters", "retry_after"), RETRY_AFTER),
    Platform.DISCORD: (member("retry_after"), RETRY_AFTER),
}
"""Where each platform says it, the most exact first. Those that are not here use `Retry-After` or say nothing."""


def retry_at(answer: Answer, *places: Place) -> datetime | None:
    """What the first of these places that says anything says; without places, what `Retry-After` says."""
    found = (place(answer) for place in places or (RETRY_AFTER,))
    return next((moment for moment in found if moment is not None), None)


def _number(text: str) -> float | None:
    """A plain decimal number. Python alone would take `nan`, `1_000` and `1e9` for one, too."""
    cleaned = _clean(text)
    return float(cleaned) if _NUMBER.fullmatch(cleaned) else None


def _clean(text: str) -> str:
    return text[:_LONGEST_TEXT].strip()


def _within(wait: float) -> float:
    return min(max(wait, 0.0), LONGEST.total_seconds())


def _moment(told: datetime) -> datetime | None:
    """A moment that was named, in UTC: now where it is past, nothing where it is too far away to be meant."""
    moment = told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)
    now = clock.now()
    return None if moment - now > LONGEST else max(moment, now)
