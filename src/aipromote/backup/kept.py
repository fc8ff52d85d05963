"""Which backups lie in the instance's own folder. Those that were put elsewhere, as they should be, it cannot know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_MOST = 50


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that looks like a backup. Whether it can be restored says only `aipromote db verify`."""

    name: str
    size: int
    """Bytes."""
    made_at: datetime


def kept_in(home: Path) -> list[Kept]:
    """Files named `*.backup` in this folder and in its folder `backups`, newest first, at most 50."""
    found: list[Kept] = []
    for path in (*home.glob("*.backup"), *(home / "backups").glob("*.backup")):
        try:
            facts = path.stat()
        except OSError:  # taken away meanwhile, or not ours to look at
            continue
        if path.is_file():
            made_at = datetime.fromtimestamp(facts.st_mtime, UTC)
            found.append(Kept(str(path.relative_to(home)), facts.st_size, made_at))
    return sorted(found, key=lambda one: one.made_at, reverse=True)[:_MOST]
