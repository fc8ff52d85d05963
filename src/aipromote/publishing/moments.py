"""Times as people of an organization read them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def when(moment: datetime, zone: ZoneInfo) -> str:
    """`Tue 14 Oct, 09:30 (Lisbon)`."""
    there = moment.astimezone(zone)
    place = zone.key.rsplit("/", 1)[-1].replace("_", " ")
    return f"{_DAYS[there.weekday()]} {there.day} {_MONTHS[there.month - 1]}, {there:%H:%M} ({place})"
