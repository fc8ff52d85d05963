"""Posts of the sandbox network. A repeated key is stored again, on purpose: the audit counts it as a duplicate."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass

from aipromote.sandbox.accounts import Account
from aipromote.sandbox.store import Store, Value, seed_of, stamp

MAX_BYTES = 100_000
_VISIBLE = "deleted_at IS NULL AND visible_at <= ?"


@dataclass(frozen=True, slots=True)
class Post:
    """One post as stored. Times are seconds since 1970."""

    number: int
    account: int
    key: str | None
    text: str
    text_digest: str
    media: tuple[int, ...]
    reply_to: int | None
    root: int | None
    seed: int
    created_at: float
    visible_at: float
    deleted_at: float | None

    @property
    def id(self) -> str:
        """The name of the post in the API."""
        return f"p{self.number}"


def from_row(row: sqlite3.Row) -> Post:
    """A post from a row of `posts`."""
    return Post(**{**dict(row), "media": tuple(json.loads(row["media"]))})


def number_of(name: str, *, letter: str = "p") -> int:
    """The number in an id such as `p12`; -1, which nothing has, where it is no id."""
    digits = name.removeprefix(letter)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else -1  # noqa: PLR2004 -- SQLite's range


def create(
    store: Store, account: Account, *, text: str, key: str | None, reply_to: Post | None, media: list[int], delay: float
) -> Post:
    """Store a post that shows after `delay` seconds. Its seed depends on who says what for which time, nothing else."""
    text_digest = hashlib.sha256(text.encode()).hexdigest()
    before = store.one(
        "SELECT count(*) AS n FROM posts WHERE account = ? AND text_digest = ?", (account.number, text_digest)
    )
    now = stamp()
    seed = seed_of(account.seed, text_digest, before["n"] if before else 0)
    answers = reply_to.number if reply_to else None
    root = (reply_to.root or reply_to.number) if reply_to else None
    number = store.insert(
        "INSERT INTO posts (account, key, text, text_digest, media, reply_to, root, seed, created_at, visible_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (account.number, key, text, text_digest, json.dumps(media), answers, root, seed, now, now + delay),
    )
    return Post(
        number, account.number, key, text, text_digest, tuple(media), answers, root, seed, now, now + delay, None
    )


def find(store: Store, number: int) -> Post | None:
    """The post, visible or not."""
    row = store.one("SELECT * FROM posts WHERE number = ?", (number,))
    return from_row(row) if row else None


def is_visible(post: Post) -> bool:
    """Whether readers see it now."""
    return post.deleted_at is None and post.visible_at <= stamp()


def by_key(store: Store, account: Account, key: str) -> list[Post]:
    """What readers see of the posts that came with this key, oldest first."""
    rows = store.all(
        f"SELECT * FROM posts WHERE account = ? AND key = ? AND {_VISIBLE} ORDER BY number",  # noqa: S608 -- a constant
        (account.number, key, stamp()),
    )
    return [from_row(row) for row in rows]


def first_by_key(store: Store, account: Account, key: str) -> Post | None:
    """The first post that came with this key, unless it was refused after it was worked on."""
    row = store.one(
        "SELECT * FROM posts WHERE account = ? AND key = ?"
        " AND number NOT IN (SELECT post FROM works WHERE refused) ORDER BY number LIMIT 1",
        (account.number, key),
    )
    return from_row(row) if row else None


def is_repeat(
    store: Store, account: Account, *, text: str, media: list[int], reply_to: Post | None, since: float
) -> bool:
    """Whether the account posted the same, in answer to the same, since then, and it was not refused."""
    return bool(
        store.one(
            "SELECT 1 FROM posts WHERE account = ? AND text_digest = ? AND media = ? AND reply_to IS ?"
            " AND created_at > ? AND number NOT IN (SELECT post FROM works WHERE refused)",
            (
                account.number,
                hashlib.sha256(text.encode()).hexdigest(),
                json.dumps(media),
                reply_to.number if reply_to else None,
                since,
            ),
        )
    )


def newest_by_key(store: Store, account: Account, key: str) -> Post | None:
    """The last post that came with this key, visible or not."""
    row = store.one(
        "SELECT * FROM posts WHERE account = ? AND key = ? ORDER BY number DESC LIMIT 1", (account.number, key)
    )
    return from_row(row) if row else None


def recent(
    store: Store, *, account: int | None, limit: int, before: int | None = None, roots: bool = False
) -> list[Post]:
    """Visible posts, newest first; of one account or all; only first posts of threads where `roots`."""
    values: tuple[Value, ...] = (stamp(), account, before, limit)
    rows = store.all(
        f"SELECT * FROM posts WHERE {_VISIBLE} AND account = ifnull(?, account) AND number < ifnull(?, 9e15)"  # noqa: S608 -- constants
        f"{' AND root IS NULL' if roots else ''} ORDER BY number DESC LIMIT ?",
        values,
    )
    return [from_row(row) for row in rows]


def replies(store: Store, root: Post) -> list[Post]:
    """The visible rest of a thread, in order."""
    rows = store.all(f"SELECT * FROM posts WHERE root = ? AND {_VISIBLE} ORDER BY number", (root.number, stamp()))  # noqa: S608 -- a constant
    return [from_row(row) for row in rows]


def remove(store: Store, post: Post) -> None:
    """Take a post down. It stays in the audit."""
    store.run("UPDATE posts SET deleted_at = ? WHERE number = ? AND deleted_at IS NULL", (stamp(), post.number))


def everything(store: Store, *, account: int | None) -> list[Post]:
    """Every post ever received, in order, also the hidden and the deleted."""
    rows = store.all("SELECT * FROM posts WHERE account = ifnull(?, account) ORDER BY number", (account,))
    return [from_row(row) for row in rows]
