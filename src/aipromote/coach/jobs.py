"""The job of this room: write the summary of one week."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from aipromote.jobs.kinds import ANALYTICS, Kind, Pointer


class EndedWeek(Pointer):
    """One week of one organization, named by its Monday."""

    organization_id: UUID
    week_start: date

    @property
    def job_id(self) -> str:
        """Organization and Monday."""
        return f"{self.organization_id}.{self.week_start.isoformat()}"


# A week ends for every organization of a time zone at once, and to find it out all of them are asked.
WRITE_SUMMARY = Kind("write-summary", queue=ANALYTICS, pointer=EndedWeek, look_seconds=5.0)
