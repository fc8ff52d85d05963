"""A running sandbox network on a clock that tests can put forward, and an account there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from aipromote import clock, schema
from aipromote.connectors import wire
from aipromote.db.database import Database
from factories import channels, organizations
from publishing.race import Race
from publishing.scene import Scene
from sandbox.network import Network

assert schema.metadata  # all models are known, as in a running process


@pytest.fixture
def dial(tmp_path: Path) -> Iterator[clock.Dial]:
    path = tmp_path / "dial"
    made = clock.Dial.create(path, start=datetime(2026, 5, 4, 9, 30, tzinfo=UTC))
    clock.use(path)
    yield made
    clock.use(None)


@pytest.fixture
async def scene(database: Database, dial: clock.Dial, tmp_path: Path) -> AsyncIterator[Scene]:
    async with Network(tmp_path / "sandbox.db") as network, wire.open_session() as http:
        startup = await organizations.organization(database)
        account = await channels.account(database, http, startup, server=network.url)
        yield Scene(database, network, http, dial, startup, account)


@pytest.fixture
async def race(scene: Scene, owner: asyncpg.Connection) -> AsyncIterator[Race]:
    rival = Database.from_settings("rival")
    yield Race(scene, owner, rival)
    await rival.close()
