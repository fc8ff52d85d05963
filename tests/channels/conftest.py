"""An account whose tokens can be refreshed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from aipromote import schema
from aipromote.connectors import wire
from aipromote.db.database import Database
from channels.door import Door
from factories import channels, organizations
from sandbox.network import Network

assert schema.metadata


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> AsyncIterator[Door]:
    async with Network(tmp_path / "sandbox.db") as network, wire.open_session() as http:
        startup = await organizations.organization(database)
        yield Door(database, network, http, await channels.account(database, http, startup, server=network.url))
