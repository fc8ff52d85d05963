"""A week: Monday to Sunday on the organization's own clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Week:
    """Named by its Monday. An hour more or less at a change to or from summer time is part of it."""

    monday: date
    zone: ZoneInfo

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=6)

    @property
    def start(self) -> datetime:
        """Its first instant, UTC."""
        return self._midnight(self.monday)

    @property
    def end(self) -> datetime:
        """The first instant after it, UTC."""
        return self._midnight(self.monday + timedelta(days=7))

    def back(self, weeks: int) -> Week:
        """The week so many weeks before."""
        return Week(self.monday - timedelta(weeks=weeks), self.zone)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


def spoken(day: date) -> str:
    """`2 March 2026`."""
    return f"{day.day} {day:%B %Y}"
