"""The operating-system user that the servers run as.

PostgreSQL refuses to run as root. Then, and only then, the servers run as the system user `aipromote`, which has no
shell and owns nothing but its part of the data folder. Parents of that folder are never changed: if one is closed to
that user, the start says so.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aipromote.errors import SetupError

SYSTEM_USER = "aipromote"


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine. `is_other` tells that it is not the one who started the command."""

    name: str
    uid: int
    gid: int
    is_other: bool

    def popen(self) -> dict[str, Any]:
        """The arguments that make `subprocess` run a program as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}

    def give(self, target: Path | int) -> None:
        """Make this user the owner of the folder, or of the open file with this descriptor.

        Not of a file by its name: where this user may write, a link could lead root anywhere.
        """
        if self.is_other:
            os.chown(target, self.uid, self.gid)

    def barrier(self, path: Path) -> Path | None:
        """The first step on the way to `path` (itself included) that this user cannot pass; None when all are open."""
        if not self.is_other:
            return None
        way = [*reversed(path.parents), path]
        return next((step for step in way if not self._may_pass(step)), None)

    def _may_pass(self, path: Path) -> bool:
        facts = path.stat()
        if facts.st_uid == self.uid:
            return bool(facts.st_mode & stat.S_IXUSR)
        return bool(facts.st_mode & (stat.S_IXGRP if facts.st_gid == self.gid else stat.S_IXOTH))


def caller() -> Account:
    """The calling user, whether or not it has a name."""
    with suppress(KeyError):
        return Account(pwd.getpwuid(os.geteuid()).pw_name, os.geteuid(), os.getegid(), is_other=False)
    return Account("", os.geteuid(), os.getegid(), is_other=False)


def for_servers() -> Account:
    """Who runs the servers: the calling user, or the system user when that is root (made if it is missing)."""
    own = caller()
    if own.uid != 0:
        return _named(own)
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        entry = _make_system_user()
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid, is_other=True)


def _named(own: Account) -> Account:
    if not own.name:
        raise SetupError(
            f"User {own.uid} has no entry in /etc/passwd, which PostgreSQL needs. "
            "Add one, run as a named user, or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return own


def _make_system_user() -> pwd.struct_passwd:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise SetupError(
            f"PostgreSQL cannot run as root, and there is no `useradd` here to make the system user {SYSTEM_USER}. "
            "Make that user by hand, or run aipromote as an ordinary user."
        )
    arguments = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    made = subprocess.run(  # noqa: S603 -- fixed arguments
        [useradd, *arguments, "--shell", "/usr/sbin/nologin", SYSTEM_USER], capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise SetupError(
            f"PostgreSQL cannot run as root, and making the system user {SYSTEM_USER} failed: {made.stderr.strip()}. "
            "Make that user by hand, or run aipromote as an ordinary user."
        )
    return pwd.getpwnam(SYSTEM_USER)
