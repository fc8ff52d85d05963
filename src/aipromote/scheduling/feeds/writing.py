"""Events as iCalendar (RFC 5545). Pure: the same events are the same bytes, so that nothing changed means no answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, vUri
from icalendar import Event as Entry

from aipromote.publishing.states import PostStatus
from aipromote.scheduling.feeds.queries import Event

_LASTS = timedelta(minutes=15)
_LINE = 90
_REFRESH = timedelta(hours=1)
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
"""Sequence numbers count seconds from here: an INTEGER holds 68 years of them, and each change makes a higher one."""
_STATUS = {
    PostStatus.CANCELLED: "CANCELLED",
    PostStatus.RETRYING: "TENTATIVE",
    PostStatus.UNCONFIRMED: "TENTATIVE",
    PostStatus.FAILED: "TENTATIVE",
    PostStatus.MISSED: "TENTATIVE",
}
_SAID = {
    PostStatus.FAILED: "Failed: ",
    PostStatus.MISSED: "Missed: ",
    PostStatus.CANCELLED: "Cancelled: ",
    PostStatus.UNCONFIRMED: "Unconfirmed: ",
}


def calendar(events: Sequence[Event], *, name: str, zone: str, site: str) -> bytes:
    """The calendar of these events. `site` is the product's address, to which events without one of their own lead."""
    made = Calendar()
    made.add("prodid", "-//AIPromote//Calendar//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", f"{name}: posts")
    made.add("x-wr-timezone", zone)
    made.add("refresh-interval", _REFRESH, parameters={"value": "DURATION"})
    made.add("x-published-ttl", "PT1H")
    for event in events:
        made.add_component(_entry(event, site=site))
    return bytes(made.to_ical())


def _entry(event: Event, *, site: str) -> Entry:
    changed = event.changed_at.astimezone(UTC).replace(microsecond=0)
    entry = Entry()
    entry.add("uid", f"post-{event.post_id}@aipromote")
    entry.add("dtstamp", changed)
    entry.add("last-modified", changed)
    entry.add("sequence", max(0, int((changed - _BEGAN).total_seconds())))
    entry.add("dtstart", event.at.astimezone(UTC).replace(microsecond=0))
    entry.add("duration", _LASTS)
    said = _SAID.get(event.status, "")
    entry.add("summary", f"{said}{event.platform.label}: {_first_line(event.text)}")
    entry.add("description", f"{event.handle}\n\n{event.text}")
    entry.add("status", _STATUS.get(event.status, "CONFIRMED"))
    entry.add("transp", "TRANSPARENT")
    entry.add("url", vUri(event.url or f"{site}/posts/{event.post_id}"))
    return entry


def _first_line(text: str) -> str:
    line = next((part.strip() for part in text.splitlines() if part.strip()), "")
    return line if len(line) <= _LINE else line[:_LINE].rsplit(" ", 1)[0] + "…"
