"""The job of this room: give the texts of an organization their vectors."""

from __future__ import annotations

from uuid import UUID

from aipromote.jobs.kinds import CONTENT_GENERATION, Kind, Pointer


class IndexPointer(Pointer):
    """The texts of one organization; `look` is when that was due, in milliseconds since 1970, 0 the first time."""

    organization_id: UUID
    look: int

    @property
    def job_id(self) -> str:
        """Organization and look: the next look is new work."""
        return f"{self.organization_id}.{self.look}"


EMBED_PASSAGES = Kind(
    "embed-passages", queue=CONTENT_GENERATION, pointer=IndexPointer, timeout_seconds=600.0, look_seconds=15.0
)
PRIORITY = 5
"""Behind everything that somebody waits for."""
