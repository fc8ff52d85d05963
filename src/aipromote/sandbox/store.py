"""The one SQLite file behind the sandbox network: connection, tables, and how times are written.

Calls are synchronous on the event loop on purpose: a write to a WAL file without a sync takes tens of microseconds,
less than handing it to a thread would. Times are seconds since 1970 in product time.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from aipromote import clock

_TABLES = """
CREATE TABLE IF NOT EXISTS accounts (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    handle TEXT NOT NULL,
    platform TEXT NOT NULL,
    seed INTEGER NOT NULL,
    followers INTEGER NOT NULL,
    created_at REAL NOT NULL,
    grade TEXT NOT NULL DEFAULT 'B',
    UNIQUE (platform, handle)
);
CREATE TABLE IF NOT EXISTS codes (
    digest TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts,
    redirect_uri TEXT NOT NULL,
    challenge TEXT NOT NULL,
    scope TEXT NOT NULL,
    expires_at REAL NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS tokens (
    digest TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('access', 'refresh')),
    account INTEGER NOT NULL REFERENCES accounts,
    lineage TEXT NOT NULL,
    scope TEXT NOT NULL,
    expires_at REAL NOT NULL,
    ended_at REAL
);
CREATE INDEX IF NOT EXISTS tokens_lineage ON tokens (lineage);
CREATE INDEX IF NOT EXISTS tokens_account ON tokens (account);
CREATE TABLE IF NOT EXISTS media (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL REFERENCES accounts,
    mime_type TEXT NOT NULL,
    alt_text TEXT NOT NULL,
    content BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS posts (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL REFERENCES accounts,
    key TEXT,
    text TEXT NOT NULL,
    text_digest TEXT NOT NULL,
    media TEXT NOT NULL DEFAULT '[]',
    reply_to INTEGER REFERENCES posts,
    root INTEGER REFERENCES posts,
    seed INTEGER NOT NULL,
    created_at REAL NOT NULL,
    visible_at REAL NOT NULL,
    deleted_at REAL
);
CREATE INDEX IF NOT EXISTS posts_key ON posts (account, key);
CREATE INDEX IF NOT EXISTS posts_text ON posts (account, text_digest);
CREATE INDEX IF NOT EXISTS posts_root ON posts (root);
CREATE TABLE IF NOT EXISTS works (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    post INTEGER NOT NULL UNIQUE REFERENCES posts,
    ready_at REAL NOT NULL,
    refused INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS faults (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    account INTEGER REFERENCES accounts,
    remaining INTEGER,
    probability REAL NOT NULL,
    seconds REAL NOT NULL,
    style TEXT NOT NULL,
    seed INTEGER NOT NULL,
    draws INTEGER NOT NULL DEFAULT 0
);
"""

Value = str | int | float | bytes | None


class Store:
    """An open file. One per process; every statement commits by itself.

    `memory` holds what each call asks for and seldom changes. Any change to rows that are there empties it; new rows do
    not, because what is remembered is never that something is missing (save for faults, which see to it themselves).
    """

    def __init__(self, path: Path) -> None:
        self.memory: dict[str, Any] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_TABLES)
        if not self.one("SELECT 1 FROM pragma_table_info('accounts') WHERE name = 'grade'"):  # a file of before
            self._connection.execute("ALTER TABLE accounts ADD COLUMN grade TEXT NOT NULL DEFAULT 'B'")

    def one(self, statement: str, values: Sequence[Value] = ()) -> sqlite3.Row | None:
        """The first row, or None."""
        row: sqlite3.Row | None = self._connection.execute(statement, values).fetchone()
        return row

    def all(self, statement: str, values: Sequence[Value] = ()) -> list[sqlite3.Row]:
        """All rows."""
        return self._connection.execute(statement, values).fetchall()

    def run(self, statement: str, values: Sequence[Value] = ()) -> int:
        """Change rows, whatever they are; their number."""
        self.memory.clear()
        return self._connection.execute(statement, values).rowcount

    def insert(self, statement: str, values: Sequence[Value] = ()) -> int:
        """Add one row; its number."""
        number = self._connection.execute(statement, values).lastrowid
        assert number is not None
        return number

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


STORE = web.AppKey("store", Store)


def stamp() -> float:
    """Product time now, as it is stored."""
    return clock.now().timestamp()


def instant(seconds: float) -> datetime:
    """A stored time as an aware UTC datetime."""
    return datetime.fromtimestamp(seconds, UTC)


def seed_of(*parts: object) -> int:
    """A number of 48 bits that depends on the parts alone, the same in every process."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest(), "big")


def digest(secret: str) -> str:
    """How tokens are kept: only a hash of them."""
    return hashlib.sha256(secret.encode()).hexdigest()
