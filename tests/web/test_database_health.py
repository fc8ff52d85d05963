"""The health page of the database, for machines."""

from __future__ import annotations

import aiohttp
from site_client import Browser
from web_server import Site

from aipromote.db.database import Database, create_engine
from aipromote.db.replica import Replica
from aipromote.monitoring.looking import Lookout

NOWHERE = "postgresql://somebody:secret-password@127.0.0.1:1/nothing"


async def test_the_database_s_health_is_numbers_for_anybody(browser: Browser) -> None:
    async with aiohttp.ClientSession() as stranger, stranger.get(browser.address + "/health/database") as answer:
        told = await answer.json()
        assert (answer.status, told["healthy"], told["problems"]) == (200, True, [])
    assert told["pool"]["size"] > 0
    assert told["server_version"].isdigit()
    assert "clients" not in told


async def test_a_replica_that_needs_a_look_answers_503(site: Site, browser: Browser) -> None:
    was = site.app.state.lookout
    lame = Database(was.database.engine, replica=Replica(create_engine(NOWHERE), 10))
    site.app.state.lookout = Lookout(lame, was.carrier, config=was.config)
    try:
        seen = await browser.open("/health/database")
    finally:
        site.app.state.lookout = was
    assert seen.status == 503
    assert "The replica does not answer" in seen.text
    assert "secret" not in seen.text
