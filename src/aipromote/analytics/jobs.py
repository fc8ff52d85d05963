"""The job of this room: ask a network for the counters of one post at one age."""

from __future__ import annotations

from uuid import UUID

from aipromote.jobs.kinds import ANALYTICS, Kind, Pointer

SLOTS = (3600, 86_400, 259_200, 604_800)
"""The ages, in seconds after publication, at which a post is measured: an hour, a day, three days, a week."""


class Capture(Pointer):
    """One post at one capture slot."""

    organization_id: UUID
    post_id: UUID
    slot: int

    @property
    def job_id(self) -> str:
        """Post and slot."""
        return f"{self.post_id}.{self.slot}"


# A post that is gone from the network stays due until its time has passed: it is asked for again four times an hour.
COLLECT_ANALYTICS = Kind("collect-analytics", queue=ANALYTICS, pointer=Capture, again_seconds=900.0)
