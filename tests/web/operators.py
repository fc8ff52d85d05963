"""An administrator of the instance, and what they have to deal with: real failed jobs in the real Valkey."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import seeds
from site_client import Browser
from sqlalchemy import update

from aipromote import settings
from aipromote.accounts.models import User
from aipromote.accounts.states import UserRole
from aipromote.db.database import Database
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.kinds import QUEUES
from aipromote.jobs.pulse import Pulse
from aipromote.jobs.runner import Runner
from aipromote.publishing.jobs import PUBLISH_POST, PostBatch

EMAIL = "root@instance.example"
HOSTILE = "<script>alert('operator')</script>"
PAGES = (
    "/operations",
    "/operations/queues",
    "/operations/queues/publishing/failed",
    "/operations/periodic",
)


async def administrator(browser: Browser, database: Database) -> Browser:
    """Signed in, and a member of nothing."""
    await seeds.person(database, email=EMAIL)
    async with database.transaction() as session:
        await session.execute(update(User).where(User.email == EMAIL).values(role=UserRole.ADMIN))
    await browser.sign_in(EMAIL, seeds.PASSWORD)
    return browser


def carrier() -> Carrier:
    """To the Valkey of the tests, in the name space of the site."""
    config = settings.get()
    return Carrier(config.require("redis_url"), prefix=config.queue_prefix)


async def empty(carried: Carrier) -> None:
    """Take out everything that queues and heartbeats left."""
    keys = [key async for key in carried.redis.scan_iter(f"{carried.prefix}:*")]
    if keys:
        await carried.redis.delete(*keys)


async def fail(carried: Carrier, how_many: int = 1, *, reason: str = "The network said <b>no</b>.") -> None:
    """Let so many publishing jobs fail in a real worker, which raises this."""

    async def raises(_: Any) -> Any:
        raise RuntimeError(reason)

    await carried.push(PUBLISH_POST, [PostBatch(posts=((uuid4(), uuid4()),)) for _ in range(how_many)])
    await work(carried, raises, until_failed=await failed(carried) + how_many)


async def fail_hostile(carried: Carrier) -> None:
    """One that nobody of ours has pushed: a name, a pointer and an id that would like to be markup."""
    queue = carried.queue(PUBLISH_POST.queue)
    data = {"posts": HOSTILE, "sign": "\N{RIGHT-TO-LEFT OVERRIDE}", "more": ["x" * 1000] * 20}
    await queue.add(HOSTILE, data, {"jobId": f"{HOSTILE}.'\"&/..", "priority": 1})
    await work(carried, _never, until_failed=await failed(carried) + 1)


async def work(carried: Carrier, handle: Callable[[Any], Awaitable[Any]], *, until_failed: int) -> None:
    """A worker, for as long as that takes."""
    config = settings.get()
    runner = Runner(config.require("redis_url"), prefix=config.queue_prefix, handlers={PUBLISH_POST: handle})
    await runner.start()
    try:
        async with asyncio.timeout(30):
            while await failed(carried) < until_failed:  # noqa: ASYNC110 -- Redis does not tell
                await asyncio.sleep(0.02)
    finally:
        await runner.stop(grace_seconds=1)


async def failed(carried: Carrier) -> int:
    """How many publishing jobs are among the failed."""
    key = carried.queue(PUBLISH_POST.queue).toKey("failed")
    return int(await carried.redis.zcard(key))


async def waiting(carried: Carrier) -> int:
    """How many of them wait for a worker."""
    key = carried.queue(PUBLISH_POST.queue).toKey
    return int(await carried.redis.zcard(key("prioritized"))) + int(await carried.redis.llen(key("wait")))  # type: ignore[misc]


async def beat(carried: Carrier, *, silent_for: float = 0.0, role: str = "worker") -> str:
    """The heartbeat of a process that serves all queues and was last heard of so long ago; its id."""
    pulse = Pulse(carried.redis, prefix=carried.prefix, role=role, queues=tuple(queue.name for queue in QUEUES))
    await pulse.beat(running={"publishing": 2}, errors={})
    await carried.redis.zincrby(f"{carried.prefix}:pulse", -silent_for * 1000, pulse.id)
    return pulse.id


async def _never(_: Any) -> Any:
    raise AssertionError
