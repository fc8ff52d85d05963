"""A plant: real processes, a real mail server and a real webhook, with intervals of seconds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from aipromote.db.database import Database
from jobs.job_samples import OwnServer
from monitoring.plant import SECRET, Plant, open_mailbox


@pytest.fixture
async def own_redis(tmp_path: Path) -> AsyncIterator[OwnServer]:
    """A Valkey that the test may freeze. It does not wait for the disk, which others keep busy."""
    folder = tmp_path / "valkey"
    folder.mkdir()
    server = OwnServer(folder)
    await server.start("--appendonly", "yes", "--appendfsync", "no", "--maxmemory-policy", "noeviction")
    yield server
    server.kill()


@pytest.fixture
async def plant(database: Database, own_redis: OwnServer, tmp_path: Path) -> AsyncIterator[Plant]:
    """Nothing runs in it yet. All rows are gone afterwards."""
    environment = {
        "REDIS_URL": own_redis.url,
        "AIPROMOTE_HOME": str(tmp_path),
        "AIPROMOTE_INCIDENT_SECONDS": "8",  # longer than a heartbeat: after an outage all have to beat once
        "AIPROMOTE_LATE_ALERT_SECONDS": "5",
        "AIPROMOTE_ALERT_EMAIL": "night@example.org",
        "AIPROMOTE_ALERT_WEBHOOK_SECRET": SECRET,
        "AIPROMOTE_WORKER_GRACE_SECONDS": "1",
    }
    made = Plant(tmp_path, environment)
    server, environment["AIPROMOTE_SMTP_URL"] = await open_mailbox(made.mailbox)
    app = web.Application()
    app.router.add_post("/hook", made.receiver.take)
    hook = TestServer(app)
    await hook.start_server()
    environment["AIPROMOTE_ALERT_WEBHOOK"] = str(hook.make_url("/hook"))
    made.set(environment)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
        made.http = http
        yield made
        made.close()
    server.close()
    await hook.close()
