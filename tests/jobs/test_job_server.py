"""A server that does not suit queues is named at the start, with what to do; one that says nothing is no crash."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import structlog
from job_samples import OwnServer, eventually
from redis.asyncio import Redis

from aipromote import settings, worker
from aipromote.app import create_app
from aipromote.db.database import Database
from aipromote.errors import Unavailable
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.server import check_server, complaints, warn_of_server
from aipromote.monitoring.judging_servers import redis_checks
from aipromote.monitoring.looking import Lookout
from aipromote.monitoring.states import State

FINE = {"valkey_version": "9.0.1", "maxmemory_policy": "noeviction", "aof_enabled": 1, "used_memory": 10**6}
UNFIT = ("--appendonly", "no", "--maxmemory-policy", "allkeys-lru")


async def test_a_server_that_suits_queues_has_nothing_to_complain_of(own_server: OwnServer):
    assert await check_server(own_server.url) == []
    with structlog.testing.capture_logs() as logs:
        await warn_of_server(own_server.url, prefix="aipromote")
    assert logs == []


async def test_a_server_that_evicts_or_forgets_is_complained_of(own_server: OwnServer):
    own_server.kill()
    await own_server.start(*UNFIT)
    eviction, persistence = await check_server(own_server.url)
    assert (eviction.what, persistence.what) == ("eviction", "persistence")
    assert "Set it to noeviction" in eviction.words
    assert "Set appendonly to yes" in persistence.words
    with structlog.testing.capture_logs() as logs:
        await warn_of_server(own_server.url, prefix="aipromote")
    assert [(line["event"], line["do"]) for line in logs] == [
        ("redis is not set up for queues", complaint.words) for complaint in (eviction, persistence)
    ]


async def test_a_server_that_is_nearly_full_is_complained_of(own_server: OwnServer):
    async with Redis.from_url(own_server.url) as redis:
        used = (await redis.info("memory"))["used_memory"]
        await redis.config_set("maxmemory", int(used * 1.02))
    [memory] = await check_server(own_server.url)
    assert memory.what == "memory"
    assert "Raise maxmemory" in memory.words


async def test_a_user_who_may_not_ask_the_server_is_told_what_to_see_to(owner_url: str, own_server: OwnServer):
    async with Redis.from_url(own_server.url) as redis:
        await redis.execute_command("ACL", "SETUSER", "queues", "on", ">secret", "~*", "&*", "+@all", "-info")
    url = own_server.url.replace("redis://", "redis://queues:secret@")
    [silent] = await check_server(url)
    assert silent.what == "silent"
    with structlog.testing.capture_logs() as logs:
        await warn_of_server(url, prefix="aipromote")
    assert [line["what"] for line in logs] == ["silent"]
    assert "secret" not in str(logs)
    # The checks that people and alerts go by say the same, and not that the server is away.
    database, carrier = Database.from_settings("tests", pool_size=1), Carrier(url, prefix="aipromote")
    facts = await Lookout(database, carrier, config=settings.get()).look()
    assert [(check.name, check.state) for check in redis_checks(facts)][:2] == [
        ("redis", State.OK),
        ("redis-settings", State.WARN),
    ]
    await carrier.close()
    await database.close()


async def test_a_server_that_is_away_is_said_to_be_away_and_stops_no_start(own_server: OwnServer):
    own_server.kill()
    with pytest.raises(Unavailable):
        await check_server(own_server.url)
    with structlog.testing.capture_logs() as logs:
        await warn_of_server(own_server.url, prefix="aipromote")
    assert [line["event"] for line in logs] == ["redis is away"]


@asynccontextmanager
async def a_worker() -> AsyncIterator[None]:
    stop = asyncio.Event()
    working = asyncio.create_task(worker.run(stop))
    try:
        yield
    finally:  # also after a failure: tasks that nobody ends by name can hold up the end of the loop
        stop.set()
        await working


@asynccontextmanager
async def a_web_process() -> AsyncIterator[None]:
    app = create_app()
    async with app.router.lifespan_context(app):
        yield


@pytest.fixture
async def unfit_server(owner_url: str, own_server: OwnServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """The settings name a server that is not set up for queues."""
    own_server.kill()
    await own_server.start(*UNFIT)
    monkeypatch.setenv("REDIS_URL", own_server.url)
    settings.get.cache_clear()
    configured = structlog.get_config()
    # A web application that an earlier test built has bound the log to what was standard error then.
    structlog.reset_defaults()
    monkeypatch.setattr("aipromote.jobs.server.log", structlog.get_logger())
    yield
    settings.get.cache_clear()
    structlog.configure(**configured)


@pytest.mark.parametrize("process", [a_worker, a_web_process])
async def test_every_process_complains_when_it_starts(
    unfit_server: None, capsys: pytest.CaptureFixture[str], process: Callable
):
    said: list[str] = []

    def has_complained() -> bool:
        said.extend(capsys.readouterr())
        return all(words in "".join(said) for words in ("Set it to noeviction", "Set appendonly to yes"))

    async with process():
        await eventually(has_complained)


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        ({"valkey_version": "", "redis_version": "6.0.16"}, ["version"]),
        ({"valkey_version": "", "redis_version": "6.2.0"}, []),
        ({"valkey_version": "", "redis_version": "7.4.1"}, []),
        ({"valkey_version": "", "redis_version": ""}, ["version"]),
        ({"maxmemory": 1_050_000}, ["memory"]),
        ({"maxmemory": 0, "total_system_memory": 1_050_000}, ["memory"]),
        ({"maxmemory": 2_000_000, "total_system_memory": 1_050_000}, []),
        ({}, []),
    ],
)
def test_what_a_server_says_of_itself_is_judged(facts: dict, what: list[str]):
    assert [complaint.what for complaint in complaints(FINE | facts)] == what
