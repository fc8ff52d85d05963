"""Posts that the sandbox network took and is still working on, as networks do with films.

Such a post has its row from the beginning, hidden, and a handle to ask by. It shows when it is ready; or it never does,
because it turned out to be against the rules.
"""

from __future__ import annotations

import math
import sqlite3
from dataclasses import dataclass
from typing import Any

from aipromote.sandbox.posts import Post, number_of
from aipromote.sandbox.store import Store, stamp

NEVER = 9e15
"""When a post shows that is refused in the end."""
_REFUSAL = {"error": "policy", "message": "The sandbox worked on this post and was asked to refuse it in the end."}


@dataclass(frozen=True, slots=True)
class Work:
    """What is being done to one post, until `ready_at`."""

    number: int
    post: int
    ready_at: float
    refused: bool

    @property
    def handle(self) -> str:
        """The name to ask by."""
        return f"h{self.number}"

    @property
    def status(self) -> str:
        """`processing`, then `published` or `refused`."""
        if stamp() < self.ready_at:
            return "processing"
        return "refused" if self.refused else "published"

    def told(self) -> dict[str, Any]:
        """How the API tells it, without the post."""
        told: dict[str, Any] = {"id": self.handle, "status": self.status}
        if self.status == "processing":
            told["ask_after"] = max(1, math.ceil(self.ready_at - stamp()))
        return told | _REFUSAL if self.status == "refused" else told


def begin(store: Store, post: Post, *, seconds: float, refused: bool) -> Work:
    """Work on a post that was stored hidden, for so many seconds of product time."""
    ready_at = stamp() + seconds
    number = store.insert(
        "INSERT INTO works (post, ready_at, refused) VALUES (?, ?, ?)", (post.number, ready_at, int(refused))
    )
    return Work(number, post.number, ready_at, refused)


def by_handle(store: Store, handle: str) -> Work | None:
    """The work of that handle."""
    row = store.one("SELECT * FROM works WHERE number = ?", (number_of(handle, letter="h"),))
    return _from_row(row) if row else None


def by_post(store: Store, post: int) -> Work | None:
    """The work on that post; None for one that needed none."""
    row = store.one("SELECT * FROM works WHERE post = ?", (post,))
    return _from_row(row) if row else None


def oldest_hidden(store: Store, account: int, *, since: float) -> float | None:
    """When the oldest of the account's posts came that was still being worked on at `since`; None for none."""
    row = store.one(
        "SELECT min(p.created_at - 1) AS came FROM works w JOIN posts p ON p.number = w.post"
        " WHERE p.account = ? AND w.ready_at > ?",
        (account, since),
    )
    return row["came"] if row else None


def everything(store: Store) -> dict[int, Work]:
    """All work there was, by the number of the post."""
    return {work.post: work for work in map(_from_row, store.all("SELECT * FROM works"))}


def _from_row(row: sqlite3.Row) -> Work:
    return Work(row["number"], row["post"], row["ready_at"], bool(row["refused"]))
