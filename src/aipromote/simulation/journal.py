"""Where a simulation stands, in a small file, so that one that was stopped goes on instead of beginning again."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel

WIND_DOWN_HOURS = 26
"""After the last day: the last posts get their first captures, and the last week its summary."""


class Journal(BaseModel):
    """What has been decided and how far product time has come."""

    source: str
    """Where the brief was read from, for people."""
    brief: str
    """The brief itself, in YAML: the file may change while the simulation runs."""
    start: datetime
    days: int
    at: datetime
    email: str
    organization_id: UUID | None = None
    finished: bool = False

    @property
    def end(self) -> datetime:
        """The last instant that is simulated: the days, and the hours in which the last week is summed up."""
        return self.start + self.length

    @property
    def length(self) -> timedelta:
        """How long the simulation is."""
        return timedelta(days=self.days, hours=WIND_DOWN_HOURS)

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """The journal in this file, or None when there is none."""
        return cls.model_validate_json(path.read_bytes()) if path.exists() else None

    def write(self, path: Path) -> None:
        """Replace the file in one step."""
        fresh = path.with_suffix(".new")
        fresh.write_text(self.model_dump_json(indent=2))
        fresh.replace(path)


def first_monday(zone: ZoneInfo, *, days: int, real_now: datetime) -> datetime:
    """The latest Monday 00:00 in that zone from which `days` and the wind-down end before the real now."""
    latest = (real_now - timedelta(days=days, hours=WIND_DOWN_HOURS)).astimezone(zone)
    monday = latest.date() - timedelta(days=latest.weekday())
    return datetime(monday.year, monday.month, monday.day, tzinfo=zone)
