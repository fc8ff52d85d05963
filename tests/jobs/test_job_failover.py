"""Queues on more than one server: when the one that holds them dies, another takes its place and nothing is lost."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from job_samples import COLLECT, Ledger, eventually, rows, running
from many_servers import Servers, start_cluster, start_sentinels

from aipromote.jobs.carrier import Carrier
from aipromote.jobs.cleaning import clean
from aipromote.jobs.connection import key_prefix, masked
from aipromote.jobs.failed import failed_jobs
from aipromote.jobs.health import measure
from aipromote.jobs.kinds import ANALYTICS
from aipromote.jobs.server import check_server
from aipromote.jobs.stager import Source, Stager

# A worker's connection that waited at the server that was killed is let go by BullMQ without being closed. It is
# collected here, so that its warning is not taken for another test's.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    servers = Servers(tmp_path)
    yield servers
    servers.kill_all()
    gc.collect()


async def _work_through_the_death_of(servers: Servers, port: int, *, url: str, prefix: str) -> None:
    """Rows become due before, while and after the server dies; each is handled."""
    ledger = Ledger()
    carrier = Carrier(url, prefix=prefix)
    stager = Stager(carrier, [Source(COLLECT, ledger.pending)], interval=0.05)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(carrier.close)
        await stack.enter_async_context(running(url, prefix, {COLLECT: ledger.handle}))
        await stager.start()
        stack.push_async_callback(stager.stop)
        before, during, after = rows(20), rows(20), rows(20)
        ledger.due.update(dict.fromkeys(before))
        await eventually(lambda: set(before) <= set(ledger.handled))
        ledger.due.update(dict.fromkeys(during))
        servers.kill(port)
        ledger.due.update(dict.fromkeys(after))
        await eventually(lambda: set(ledger.handled) == {*before, *during, *after}, within=30)
        await eventually(lambda: not stager.last_errors)


async def test_a_replica_that_sentinels_promote_goes_on_with_the_queues(servers: Servers, prefix: str) -> None:
    url, primary, replica = await start_sentinels(servers)
    await _work_through_the_death_of(servers, primary, url=url, prefix=prefix)
    assert (await servers.ask(replica, "ROLE"))[0] == "master"


async def test_a_cluster_goes_on_when_the_node_dies_that_holds_the_queues(servers: Servers, prefix: str) -> None:
    url, holder = await start_cluster(servers, key=f"{{{prefix}}}")
    await _use_everything_around_the_queues(url, prefix)
    await _work_through_the_death_of(servers, holder, url=url, prefix=f"{{{prefix}}}2")


async def _use_everything_around_the_queues(url: str, prefix: str) -> None:
    carrier = Carrier(url, prefix=prefix)
    pointers = rows(5)
    assert carrier.prefix == f"{{{prefix}}}"
    assert await carrier.push(COLLECT, pointers[:3])
    assert await carrier.push(COLLECT, pointers[3:], delay=60)
    assert await clean(carrier) == 0
    async with running(url, prefix, {}):
        health = await measure(carrier, queues=(ANALYTICS,))
    assert health.queues[0].delayed == 2
    assert await failed_jobs(carrier, ANALYTICS) == []
    assert [complaint.what for complaint in await check_server(url)] == ["persistence"]
    await carrier.close()


@pytest.mark.parametrize(
    ("url", "shown", "prefix"),
    [
        ("redis://:secret@one:6379/0", "redis://:***@one:6379/0", "queues"),
        (
            "redis+sentinel://user:secret@one:1,two:2/0?service=s&sentinel_password=hush",
            "redis+sentinel://user:***@one:1,two:2/0?service=s&sentinel_password=***",
            "queues",
        ),
        ("rediss+cluster://:secret@one:1,two:2", "rediss+cluster://:***@one:1,two:2", "{queues}"),
    ],
)
def test_an_address_is_shown_without_its_passwords(url: str, shown: str, prefix: str) -> None:
    assert masked(url) == shown
    assert key_prefix(url, "queues") == prefix
