"""The job of publishing: a pointer to a batch of posts that something is owed to."""

from __future__ import annotations

from uuid import UUID

from aipromote.jobs.kinds import PUBLISHING, Kind, Pointer, digest

BATCH = 50
"""Posts in one job at most: one statement claims them, one records them."""


class PostBatch(Pointer):
    """Posts to send or to look up, in any mixture; the rows say which."""

    posts: tuple[tuple[UUID, UUID], ...]
    """(organization, scheduled post)."""
    turn: str = ""
    """Tells this turn of the same posts from the one before: made of their states, attempts and due times."""

    @property
    def job_id(self) -> str:
        """The same while nothing has happened to any of the posts."""
        return digest(self.posts, self.turn)


PUBLISH_POST = Kind(
    "publish-post",
    queue=PUBLISHING,
    pointer=PostBatch,
    timeout_seconds=900.0,
    again_seconds=2.0,
    failed_again_seconds=5.0,
)
