"""Many posts at once through one process: what was opened for them is closed again. `--posts-at-once` says how many."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import aiohttp
import pytest
from sqlalchemy import select

from aipromote import worker
from aipromote.channels.models import SocialAccount
from aipromote.publishing import queries
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from aipromote.publishing.step import publish_batch
from factories.publishing import piece
from factories.publishing import post as scheduled
from publishing.abroad import as_operated
from publishing.scene import CALM, Scene

ACCOUNTS = 40
FAULTS = ("store_then_drop", "store_then_500", "malformed", "drop_unstored")
_BATCHES_AT_ONCE = 4


def _name(number: int) -> str:
    """A word for the number: a number itself would want a proof."""
    return "".join("abcdefghij"[int(digit)] for digit in str(number)).title()


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 -- the names alone: files come and go meanwhile


async def _schedule(scene: Scene, accounts: Sequence[SocialAccount], count: int) -> None:
    """So many posts of each account, due now."""
    busy = asyncio.Semaphore(_BATCHES_AT_ONCE)

    async def one(number: int) -> None:
        async with busy:
            account = accounts[number % ACCOUNTS]
            text = await piece(
                scene.database, scene.startup, body=f"Loaf of {_name(number)}.", platform=account.platform
            )
            scene.posts.append(await scheduled(scene.database, scene.startup, account, of=text))

    await asyncio.gather(*(one(number) for number in range(count * ACCOUNTS)))


async def _states(scene: Scene) -> list[tuple[PostStatus, datetime | None]]:
    """Of all posts: how each stands, and when something is owed to it."""
    async with scene.database.transaction(scene.startup.id) as session:
        rows = await session.execute(select(ScheduledPost.status, ScheduledPost.next_attempt_at))
        return [(row[0], row[1]) for row in rows]


async def _publish(scene: Scene) -> int:
    """Everything that is owed, some batches at once, until nothing is. The most connections that were in use."""
    connector, most = scene.http.connector, 0
    assert isinstance(connector, aiohttp.TCPConnector)
    while True:
        async with scene.database.transaction() as session:
            due = await queries.pending_posts(session, limit=_BATCHES_AT_ONCE)
        if not due:
            pending = [at for _, at in await _states(scene) if at is not None]
            if not pending:
                return most
            scene.dial.jump(max(pending))
            continue
        batches = asyncio.gather(
            *(publish_batch(scene.database, scene.http, one.pointer.posts, pace=CALM) for one in due)
        )
        while not batches.done():
            most = max(most, len(connector._acquired))
            await asyncio.sleep(0.001)
        await batches
        assert len(connector._acquired) == 0  # every connection was given back, also those that were cut off


async def _at_rest(scene: Scene, wanted: int) -> int:
    """How many files are open without the database's, once the other end has noticed what was closed, too."""
    await scene.database.engine.dispose()
    for _ in range(100):
        if _open_files() <= wanted:
            break
        await asyncio.sleep(0.05)
    return _open_files()


@pytest.fixture(autouse=True)
def _networks_in_the_house() -> Iterator[None]:
    with as_operated():
        yield


async def test_many_posts_at_once_leave_no_connection_and_no_file_open(
    scene: Scene, pytestconfig: pytest.Config, record_property: Callable[[str, object], None]
) -> None:
    each = pytestconfig.getoption("--posts-at-once") // ACCOUNTS
    accounts = [await scene.another_account(handle=f"reader-{number}") for number in range(ACCOUNTS)]
    async with worker.http_client() as http:  # once before: what is opened once and kept is no leak
        await _schedule(scene, accounts, 1)
        await _publish(replace(scene, http=http))
    await scene.received()  # the test's own connection to the network is kept open, too
    before = await _at_rest(scene, 0)
    await _schedule(scene, accounts, each)
    for kind in FAULTS:
        await scene.network.fault(kind, times=5)
    async with worker.http_client() as http:
        most = await _publish(replace(scene, http=http))
        during = _open_files()
    after = await _at_rest(scene, before)
    opened = f"open files before {before}, while it ran {during}, after {after}"
    record_property("chaos", f"{each * ACCOUNTS} posts: {most} connections at once; {opened}")
    assert {status for status, _ in await _states(scene)} == {PostStatus.PUBLISHED}
    assert len(await scene.received()) == (1 + each) * ACCOUNTS
    assert most > 1
    assert after <= before
