"""How many startups, posts and snapshots, and who has how many: a few large startups and many small ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

NAMESPACE = UUID("b6a2d0de-64d9-5b3e-8b7e-0b8f5a3b9c11")
POSTS_EACH = 200
"""Posts of a startup on average, unless told otherwise."""
PAST, AHEAD = timedelta(days=60), timedelta(days=30)
"""How far posts reach back, and how far they are planned, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Startup:
    """One startup to be: its number in the whole, and how many posts it will have."""

    number: int
    posts: int
    seed: int

    def key(self, name: str = "organization") -> UUID:
        """The id of the startup's row of that name: the same whenever and wherever it is made."""
        return uuid5(NAMESPACE, f"{self.seed}/{self.number}/{name}")

    @property
    def pieces(self) -> int:
        """Texts: one for every two posts (each goes out on two accounts), and one in six that has no post."""
        return pieces_of(self.posts)


def pieces_of(posts: int) -> int:
    """How many texts so many posts have."""
    scheduled = -(-posts // 2)
    return scheduled + scheduled // 5


@dataclass(frozen=True, slots=True)
class Shape:
    """All startups. `snapshots` is how many there are to be in all, about; `now` parts the past from what is planned.

    A startup's posts are spread evenly from `past` ago until AHEAD. With `recent` only so many of them are; those
    before reach back as far as `reach`: a long history behind a usual present.

    The same seed and sizes make the same rows but for their dates, which are told from `now`.
    """

    sizes: Sequence[int]
    snapshots: int
    now: datetime
    seed: int = 1
    past: timedelta = PAST
    recent: int | None = None
    reach: timedelta = PAST

    @property
    def begun(self) -> datetime:
        """When the first post of all went out."""
        return self.now - max(self.past, self.reach)

    @property
    def published(self) -> tuple[float, float]:
        """How many posts are in the past, about: of all, and of those that are spread over `past`."""
        present = sum(self.sizes if self.recent is None else (min(size, self.recent) for size in self.sizes))
        gone = present * (self.past / (self.past + AHEAD))
        return self.posts - present + gone, gone

    @property
    def posts(self) -> int:
        """Of all startups."""
        return sum(self.sizes)

    def startups(self) -> list[Startup]:
        """Each of them, by number."""
        return [Startup(number, posts, self.seed) for number, posts in enumerate(self.sizes)]


def skewed(organizations: int, posts: int) -> list[int]:
    """Posts of each startup, the largest first: the second has half as many, the third a third (Zipf).

    Each has at least one. They add up to `posts`, or to `organizations` if that is more.
    """
    weights = [1 / rank for rank in range(1, organizations + 1)]
    spread = max(0, posts - organizations) / sum(weights) if weights else 0
    sizes = [1 + int(weight * spread) for weight in weights]
    for number in range(max(0, posts - sum(sizes))):
        sizes[number % organizations] += 1
    return sizes


def batches(startups: Sequence[Startup], *, most: int) -> list[list[Startup]]:
    """Startups that are made in one transaction: together at most so many posts, or one startup that has more."""
    found: list[list[Startup]] = []
    room = 0
    for startup in startups:
        if startup.posts > room:
            found.append([])
            room = most
        found[-1].append(startup)
        room -= startup.posts
    return found
