"""Accounts of the sandbox network. Each has a handle and a platform that it stands in for."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass, replace

from aipromote.sandbox.platforms import STAND_INS
from aipromote.sandbox.store import Store, seed_of, stamp

_HANDLE = re.compile(r"[A-Za-z0-9_.-]{1,40}")


@dataclass(frozen=True, slots=True)
class Account:
    """One account. `followers` is where it began; what its posts gained comes on top."""

    number: int
    handle: str
    platform: str
    seed: int
    followers: int
    grade: str = "B"

    @property
    def id(self) -> str:
        """The name of the account in the API."""
        return f"a{self.number}"

    @property
    def label(self) -> str:
        """The platform that it stands in for, as people call it."""
        return STAND_INS[self.platform].label


def from_row(row: sqlite3.Row) -> Account:
    """An account from a row of `accounts`."""
    return Account(row["number"], row["handle"], row["platform"], row["seed"], row["followers"], row["grade"])


def clean_handle(text: str) -> str | None:
    """The handle without its @, or None where it is not one."""
    handle = text.strip().removeprefix("@")
    return handle if _HANDLE.fullmatch(handle) else None


def find_or_create(store: Store, *, handle: str, platform: str, grade: str | None = None) -> Account:
    """The account of that handle and platform; a new one begins with 200 to 5,000 followers drawn from its name.

    `grade` says how sure clients can be of their posts from now on (see `grades`); None leaves it as it is.
    """
    seed = seed_of(platform, handle)
    store.run(
        "INSERT INTO accounts (handle, platform, seed, followers, created_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (handle, platform, seed, 200 + seed % 4801, stamp()),
    )
    row = store.one("SELECT * FROM accounts WHERE handle = ? AND platform = ?", (handle, platform))
    assert row is not None
    return set_grade(store, from_row(row), grade) if grade is not None else from_row(row)


def find(store: Store, name: str) -> Account | None:
    """The account of that id (`a12`), or the oldest of that handle."""
    number = int(name[1:]) if re.fullmatch(r"a\d{1,15}", name) else -1
    row = store.one(
        "SELECT * FROM accounts WHERE number = ? OR handle = ? ORDER BY number = ? DESC, number LIMIT 1",
        (number, name.removeprefix("@"), number),
    )
    return from_row(row) if row else None


def set_grade(store: Store, account: Account, grade: str) -> Account:
    """How sure clients can be of the account's posts from now on."""
    store.run("UPDATE accounts SET grade = ? WHERE number = ?", (grade, account.number))
    return replace(account, grade=grade)


def every(store: Store) -> list[Account]:
    """All accounts, oldest first."""
    return [from_row(row) for row in store.all("SELECT * FROM accounts ORDER BY number")]


def shown(store: Store) -> list[Account]:
    """Those that the feed offers, oldest first: not an account that has taken down whatever it posted."""
    rows = store.all(
        "SELECT * FROM accounts a WHERE NOT EXISTS (SELECT 1 FROM posts p WHERE p.account = a.number)"
        " OR EXISTS (SELECT 1 FROM posts p WHERE p.account = a.number AND p.deleted_at IS NULL) ORDER BY number"
    )
    return [from_row(row) for row in rows]
