"""A running sandbox network on a clock that tests can put forward."""

from datetime import UTC, datetime

import pytest

from aipromote import clock
from sandbox.network import Network


@pytest.fixture
def dial(tmp_path):
    path = tmp_path / "dial"
    made = clock.Dial.create(path, start=datetime(2026, 5, 4, 9, 30, tzinfo=UTC))
    clock.use(path)
    yield made
    clock.use(None)


@pytest.fixture
async def network(tmp_path):
    async with Network(tmp_path / "sandbox.db") as running:
        yield running
