"""The job: a pointer to one post whose files are to be brought to its network."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from aipromote.jobs.kinds import ANALYTICS, Kind, Pointer, digest

AHEAD = timedelta(minutes=15)
"""How long before its time a post is prepared: enough for a video on a slow line and the network's work on it."""


class OnePost(Pointer):
    """A post whose files are to be uploaded."""

    organization_id: UUID
    post_id: UUID

    @property
    def job_id(self) -> str:
        """The same for the same post: an upload that is under way is not begun a second time."""
        return digest(self.organization_id, self.post_id)


# It sends whole videos and waits for networks: on the queue of publishing it would take places from posts that are due.
PREPARE_POST = Kind(
    "prepare-post",
    queue=ANALYTICS,
    pointer=OnePost,
    timeout_seconds=1200.0,
    again_seconds=1.0,
    failed_again_seconds=30.0,
    look_seconds=2.0,
)
