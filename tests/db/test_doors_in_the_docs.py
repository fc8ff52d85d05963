"""The list of doors in the documentation is the list of doors in the catalog."""

from __future__ import annotations

import re
from pathlib import Path

import asyncpg
import catalog

_DOCS = Path(__file__).parents[2] / "docs" / "database.md"


async def test_every_door_is_described_and_every_described_door_is_there(owner: asyncpg.Connection) -> None:
    section = _DOCS.read_text().partition("\n## Tenancy\n")[2].partition("\n## ")[0]
    described = re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|$", section, re.MULTILINE)
    doors = {door["name"] for door in await owner.fetch(catalog.DOORS)}
    assert sorted(described) == sorted(doors)
