"""What the queues and jobs are: five `Queue`s, and the `Kind` and `Pointer` with which a room declares its jobs.

A room writes, in its own `jobs.py`:

    class PostBatch(Pointer):
        posts: tuple[tuple[UUID, UUID], ...]  # (organization, scheduled post)

        @property
        def job_id(self) -> str:
            return digest(*self.posts)

    PUBLISH_POST = Kind("publish-post", queue=PUBLISHING, pointer=PostBatch)
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from aipromote.errors import NotFound, SetupError

HIGHEST_PRIORITY = 1
LOWEST_PRIORITY = 2_097_152  # what BullMQ's score has room for


class Pointer(BaseModel):
    """Ids of the rows that a job is about, and nothing else: small, immutable, validated strictly on its return."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    @property
    @abstractmethod
    def job_id(self) -> str:
        """The same for the same work: pushing twice carries it once. Letters, digits, `.`, `_` and `-`.

        Put the row's attempt or generation count in, so that work that is truly new (a second generation, the next
        attempt at a post) is not taken for work that is done.
        """


P = TypeVar("P", bound=Pointer)


def digest(*parts: object) -> str:
    """A short id of any number of parts; for pointers to many rows. The order of the parts counts."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Queue:
    """One queue and the rules for all its jobs. It has one owner of retries: BullMQ, or with one attempt the rows."""

    name: str
    concurrency: int
    """How many jobs one worker process runs at the same time, unless its operator chose another number."""
    priority: int
    """For jobs pushed without one; 1 is served first."""
    attempts: int
    """Runs that may raise before the job has failed."""
    backoff_seconds: float = 2.0
    """Wait after the first failure; doubled after each further one, with jitter."""


CONTENT_GENERATION = Queue("content-generation", concurrency=3, priority=1, attempts=3)
PUBLISHING = Queue("publishing", concurrency=6, priority=2, attempts=1)
ANALYTICS = Queue("analytics", concurrency=5, priority=3, attempts=3)
STRATEGY_GENERATION = Queue("strategy-generation", concurrency=2, priority=1, attempts=2)
EMAIL = Queue("email", concurrency=10, priority=4, attempts=5)

QUEUES = (CONTENT_GENERATION, PUBLISHING, ANALYTICS, STRATEGY_GENERATION, EMAIL)
_MOST_AT_ONCE = 500


def queue_named(name: str) -> Queue:
    """One of the five. NotFound for any other name."""
    for queue in QUEUES:
        if queue.name == name:
            return queue
    raise NotFound(f"There is no queue {name}. There are: {', '.join(queue.name for queue in QUEUES)}.")


def read_concurrency(text: str) -> dict[str, int]:
    """Of `publishing=20, email=5`: by queue, how many jobs a worker runs at the same time. SetupError when unclear."""
    chosen = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = (word.strip() for word in part.partition("="))
        try:
            queue, at_once = queue_named(name), int(number)
        except (NotFound, ValueError) as error:
            wrong = error.message if isinstance(error, NotFound) else f"{number!r} is no number."
            raise SetupError(f"AIPROMOTE_QUEUE_CONCURRENCY: {wrong} It looks like publishing=20,email=5.") from error
        if not 1 <= at_once <= _MOST_AT_ONCE:
            raise SetupError(f"AIPROMOTE_QUEUE_CONCURRENCY: {name} takes between 1 and {_MOST_AT_ONCE} jobs at once.")
        chosen[queue.name] = at_once
    return chosen


@dataclass(frozen=True)
class Kind(Generic[P]):
    """One kind of job: its name on the wire, its queue, and the type of its pointers."""

    name: str
    queue: Queue
    pointer: type[P]
    timeout_seconds: float = 120.0
    """A run that takes longer hangs: it is cancelled and counts as failed."""
    again_seconds: float = 5.0
    """How long after a run the stager may run the same job again, when its row is still due."""
    failed_again_seconds: float = 300.0
    """The same after the job has failed for good, so that a job that always fails does not spin."""
    look_seconds: float | None = None
    """How often the stager looks for due rows; None: as often as it looks for anything."""

    def job_id(self, pointer: P) -> str:
        """The pointer's id within the queue, which other kinds may share."""
        return f"{self.name}.{pointer.job_id}"


@dataclass(frozen=True)
class Due(Generic[P]):
    """A pointer to rows that are due now, and how urgent they are (1 is served first; None: as the queue says)."""

    pointer: P
    priority: int | None = None
    in_seconds: float = 0.0
    """More than 0: not yet. It is not staged, but the stager looks again in that time rather than at its next beat."""
