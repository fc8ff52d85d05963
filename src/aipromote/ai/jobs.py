"""What a generation job carries: which request, and how often it was begun before."""

from __future__ import annotations

from uuid import UUID

from aipromote.jobs.kinds import Pointer


class RequestPointer(Pointer):
    """A request to write. A request that was given back is a new job: the count is part of the id."""

    organization_id: UUID
    request_id: UUID
    attempts: int

    @property
    def job_id(self) -> str:
        """The request and how often it was begun."""
        return f"{self.request_id}.{self.attempts}"
