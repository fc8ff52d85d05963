"""A server that hangs is worse than one that is gone: health answers all the same, and one message leaves."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import psutil
import pytest

from aipromote import schema
from aipromote.db import migrate
from jobs.job_samples import OwnServer
from monitoring.plant import Plant
from servers import Servers

assert schema.metadata


async def test_a_redis_that_hangs_is_told_of_once_and_once_when_it_goes_on(plant: Plant, own_redis: OwnServer) -> None:
    plant.worker()
    await plant.web()
    await plant.until_well()
    own_redis.signal(signal.SIGSTOP)
    told = await plant.until_red("redis", of="redis")
    assert told["reasons"] == ["Redis does not answer."]
    assert (await plant.health())[0] == 503
    assert await plant.until_mails(1) == ["AIPromote: Redis does not answer."]
    own_redis.signal(signal.SIGCONT)
    await plant.until_well()
    subjects = await plant.until_mails(2)
    assert len(subjects) == 2, subjects
    assert subjects[1].startswith("AIPromote: Over after ")
    assert len(plant.receiver.got) == 2


@pytest.fixture
def frozen() -> Iterator[Servers]:
    """A PostgreSQL of the test's own."""
    servers = Servers()
    yield servers
    servers.stop()


async def test_a_postgresql_that_hangs_is_told_of_by_one_of_the_watchers_and_written_down_later(
    plant: Plant, frozen: Servers
) -> None:
    await migrate.upgrade(frozen.database_url)
    # Questions that hung fail when they are asked again, which the stager tells with a later beat.
    plant.set({"DATABASE_URL": frozen.database_url, "AIPROMOTE_INCIDENT_SECONDS": "20"})
    plant.worker()
    plant.worker()
    await plant.web()
    await plant.until_well()
    postmaster = psutil.Process(frozen.pid("postgres"))
    processes = [*postmaster.children(recursive=True), postmaster]
    for process in processes:
        process.suspend()
    try:
        told = await plant.until_red("database", of="database")
        assert told["reasons"] == ["PostgreSQL does not answer."]
        assert await plant.until_mails(1) == ["AIPromote: PostgreSQL does not answer."]
    finally:
        for process in processes:
            process.resume()
    await plant.until_well("database")
    subjects = await plant.until_mails(2)
    assert len(subjects) == 2, subjects
    begun, over = subjects
    assert over.endswith(begun.removeprefix("AIPromote: "))
    assert len(plant.receiver.got) == 2


async def test_a_redis_that_would_throw_jobs_away_is_named(plant: Plant, own_redis: OwnServer) -> None:
    own_redis.kill()
    await own_redis.start("--maxmemory-policy", "allkeys-lru", "--maxmemory", "100mb", "--appendonly", "no")
    await plant.web()
    told = await plant.until_red("redis-eviction", of="redis")
    [check] = [check for check in told["checks"] if check["name"] == "redis-eviction"]
    assert "allkeys-lru" in check["words"]
    assert "Set maxmemory-policy to noeviction" in check["words"]
    states = {check["name"]: check["state"] for check in told["checks"]}
    assert states["redis-persistence"] == "warn"
