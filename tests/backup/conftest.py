"""An instance with something in it, and an empty one beside it, each with a data folder of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url

from aipromote import schema
from aipromote.backup.envelope import Passphrase
from aipromote.backup.programs import Programs
from aipromote.cli.db.programs import programs_for
from publishing.conftest import dial, scene  # noqa: F401 -- a running sandbox network

assert schema.metadata
PASSPHRASE = Passphrase("correct horse battery", cost=10)


@pytest.fixture(scope="session")
def programs(owner_url: str) -> Programs:
    return asyncio.run(programs_for(owner_url))


@dataclass(frozen=True)
class Place:
    """A database (the owner's URL) and a data folder."""

    url: str
    home: Path


@pytest.fixture
async def empty(owner_url: str, owner: asyncpg.Connection, tmp_path: Path) -> AsyncIterator[Place]:
    """What a backup can be restored into."""
    name = f"{make_url(owner_url).database}_restored"
    await owner.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await owner.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    (tmp_path / "new").mkdir()
    yield Place(make_url(owner_url).set(database=name).render_as_string(hide_password=False), tmp_path / "new")
    await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")
