"""The job of this room: give their times to pieces that the product approved by itself."""

from __future__ import annotations

from uuid import UUID

from aipromote.jobs.kinds import CONTENT_GENERATION, Kind, Pointer


class WaitingPieces(Pointer):
    """The waiting pieces of one organization; `newest` is the last written of them, so that later ones are new work."""

    organization_id: UUID
    newest: UUID

    @property
    def job_id(self) -> str:
        """Organization and newest piece."""
        return f"{self.organization_id}.{self.newest}"


# What cannot be placed now (no free time, a fact that has expired) stays owed: it is tried again four times an hour.
PLACE_POSTS = Kind("place-posts", queue=CONTENT_GENERATION, pointer=WaitingPieces, again_seconds=900.0)
