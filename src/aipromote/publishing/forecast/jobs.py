"""The job: a pointer to a batch of posts whose forecast is to be made."""

from __future__ import annotations

from uuid import UUID

from aipromote.jobs.kinds import ANALYTICS, Kind, Pointer, digest


class ForecastBatch(Pointer):
    """Posts to look at, of any organizations."""

    posts: tuple[tuple[UUID, UUID], ...]
    """(organization, scheduled post)."""

    @property
    def job_id(self) -> str:
        """The same for the same posts: a look that is under way is not begun a second time."""
        return digest(self.posts)


LOOK_SECONDS = 15.0
"""How often the stager asks which forecasts are to be made: how long a person waits for a repair to show."""

# It waits for networks and files: on the queue of publishing it would take places from posts that are due.
FORECAST_POSTS = Kind(
    "forecast-posts",
    queue=ANALYTICS,
    pointer=ForecastBatch,
    timeout_seconds=180.0,
    again_seconds=5.0,
    look_seconds=LOOK_SECONDS,
)
