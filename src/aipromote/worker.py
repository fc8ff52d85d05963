"""Builds the worker process: a runner for the five queues and a stager.

The only place that knows every room's handlers.
Run it with `python -m aipromote.worker`; any number of copies may run.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import aiohttp

from aipromote import clock, settings
from aipromote.accounts import handlers as accounts
from aipromote.accounts.jobs import SEND_ACCOUNT_LETTER
from aipromote.accounts.letters import pending_letters
from aipromote.analytics import handlers as analytics
from aipromote.analytics.jobs import COLLECT_ANALYTICS
from aipromote.analytics.queries import pending_captures
from aipromote.briefs import handlers as briefs
from aipromote.channels import handlers as channels
from aipromote.channels import servers
from aipromote.coach import handlers as coach
from aipromote.coach.jobs import WRITE_SUMMARY
from aipromote.coach.queries import pending_summaries
from aipromote.connectors.reach import guarded
from aipromote.content import handlers as content
from aipromote.content.feeds import handlers as feeds
from aipromote.content.jobs import GENERATE_CONTENT
from aipromote.content.queries import pending_requests as pending_content
from aipromote.content.series import handlers as series
from aipromote.db.database import Database
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.cleaning import clean_finished
from aipromote.jobs.kinds import Due, Kind, read_concurrency
from aipromote.jobs.lane import Handler
from aipromote.jobs.periodic import RUN_PERIODIC, Periodic, pending_turns, run_turn
from aipromote.jobs.runner import Runner
from aipromote.jobs.server import asking_server
from aipromote.jobs.stager import Source, Stager
from aipromote.jobs.watchdog import watched
from aipromote.knowledge import handlers as knowledge
from aipromote.knowledge.asking import for_writers
from aipromote.knowledge.jobs import EMBED_PASSAGES
from aipromote.knowledge.progress import pending_indexes
from aipromote.logs import configure
from aipromote.monitoring import handlers as monitoring
from aipromote.monitoring.looking import Lookout
from aipromote.monitoring.watch import watching_over
from aipromote.notifications import handlers as notifications
from aipromote.notifications.jobs import SEND_EMAIL
from aipromote.notifications.queries import pending_notifications
from aipromote.publishing import handlers as publishing
from aipromote.publishing.forecast import handlers as forecasts
from aipromote.publishing.forecast.jobs import FORECAST_POSTS
from aipromote.publishing.forecast.queries import pending_forecasts
from aipromote.publishing.jobs import PUBLISH_POST
from aipromote.publishing.preparing import handlers as preparing
from aipromote.publishing.preparing.jobs import PREPARE_POST
from aipromote.publishing.preparing.queries import pending_preparations
from aipromote.publishing.queries import pending_posts
from aipromote.scheduling import handlers as scheduling
from aipromote.scheduling.jobs import PLACE_POSTS
from aipromote.scheduling.queries import pending_placements
from aipromote.strategy import handlers as strategy
from aipromote.strategy.jobs import GENERATE_STRATEGY
from aipromote.strategy.queries import pending_requests as pending_strategies

_BUSY = 4
"""Connections beyond `pool_size` that a worker keeps: its jobs share them, each for a moment."""

_YOUNG_OBJECTS = 20_000
"""New objects after which Python looks for garbage in cycles: some batches' worth, and not some posts'."""

PERIODIC = (
    Periodic("clean-finished-jobs", every_seconds=600, run=clean_finished),
    Periodic("keep-numbers", every_seconds=24 * 3600, run=analytics.keep_numbers, timeout_seconds=4 * 3600),
    Periodic("refresh-tokens", every_seconds=300, run=channels.refresh_tokens, timeout_seconds=240),
    Periodic("clear-accounts", every_seconds=3600, run=accounts.clear_expired),
    Periodic("purge-drafts", every_seconds=24 * 3600, run=briefs.purge_drafts),
    Periodic("look-at-feeds", every_seconds=300, run=feeds.look_at_feeds, timeout_seconds=1800),
    Periodic("write-series", every_seconds=3600, run=series.write_series, timeout_seconds=4 * 3600),
    Periodic("fly-canary", every_seconds=60, run=monitoring.fly_canary),
)
"""What is done again and again, once each time, however many workers there are. docs/jobs.md says how to add one."""

Pending = Callable[..., Awaitable[Sequence[Due[Any]]]]

SOURCES: dict[Kind[Any], Pending] = {
    GENERATE_STRATEGY: pending_strategies,
    GENERATE_CONTENT: pending_content,
    EMBED_PASSAGES: pending_indexes,
    PLACE_POSTS: pending_placements,
    PUBLISH_POST: partial(pending_posts, ahead=timedelta(seconds=1)),
    PREPARE_POST: pending_preparations,
    FORECAST_POSTS: pending_forecasts,
    COLLECT_ANALYTICS: pending_captures,
    WRITE_SUMMARY: pending_summaries,
    SEND_EMAIL: pending_notifications,
    SEND_ACCOUNT_LETTER: pending_letters,
    RUN_PERIODIC: partial(pending_turns, tasks=PERIODIC),
}
"""By kind of job: the query that finds the rows it is owed for. Erase Redis, and this fills it again."""

HANDLERS: dict[Kind[Any], Callable[..., Awaitable[Any]]] = {
    GENERATE_STRATEGY: partial(strategy.generate_strategy, find=for_writers),
    GENERATE_CONTENT: partial(content.generate_content, find=for_writers),
    EMBED_PASSAGES: knowledge.embed_passages,
    PLACE_POSTS: scheduling.place_posts,
    PUBLISH_POST: publishing.publish,
    PREPARE_POST: preparing.prepare,
    FORECAST_POSTS: forecasts.forecast,
    COLLECT_ANALYTICS: analytics.collect,
    WRITE_SUMMARY: coach.write_summary,
    SEND_EMAIL: notifications.send_email,
    SEND_ACCOUNT_LETTER: accounts.send_letter,
    RUN_PERIODIC: partial(run_turn, tasks=PERIODIC),
}
"""By kind of job: what does it."""


def handlers(*, database: Database, http: aiohttp.ClientSession, carrier: Carrier) -> dict[Kind[Any], Handler]:
    """The handlers with what they work with."""
    bound = {kind: partial(handle, database=database, http=http) for kind, handle in HANDLERS.items()}
    return {**bound, RUN_PERIODIC: partial(bound[RUN_PERIODIC], carrier=carrier)}


def sources(database: Database) -> list[Source[Any]]:
    """The stager's sources: each asks its query in a transaction that sees no tenant, only the doors."""

    def source(kind: Kind[Any], pending: Pending) -> Source[Any]:
        async def ask(limit: int) -> Sequence[Due[Any]]:
            async with database.transaction() as session:
                return await pending(session, limit=limit)

        return Source(kind, ask, glances=kind is PUBLISH_POST)

    return [source(kind, pending) for kind, pending in SOURCES.items()]


@contextlib.asynccontextmanager
async def http_client() -> AsyncIterator[aiohttp.ClientSession]:
    """The one HTTP client of a process: no cookies, no redirects unless a call asks for them."""
    # As many connections as there are calls: who makes them bounds them, and nobody waits for one inside of a time-out.
    connector, name = guarded(servers.reach, limit=0), {"User-Agent": "AIPromote"}
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), headers=name) as http:
        yield http


async def run(stop: asyncio.Event) -> None:
    """Work until `stop` is set, then finish what was begun and let go of everything."""
    config = settings.get()
    # Kept open, not opened for a moment when it is busy: a new connection has to learn the types of columns anew.
    database = Database.from_settings("aipromote worker", pool_size=config.pool_size + _BUSY)
    staging = Database.from_settings("aipromote stager", pool_size=1)  # its short questions can wait for each other
    watching = Database.from_settings("aipromote watch", pool_size=1)
    carrier = Carrier(config.require("redis_url"), prefix=config.queue_prefix)
    lookout = Lookout(watching, carrier, config=config, serving=database)
    asking = asking_server(config.require("redis_url"), prefix=config.queue_prefix)
    async with http_client() as http, watching_over(lookout), asking:
        bound = handlers(database=database, http=http, carrier=carrier)
        runner = Runner(
            config.require("redis_url"),
            prefix=config.queue_prefix,
            handlers=bound,
            concurrency=read_concurrency(config.queue_concurrency),
        )
        stager = Stager(carrier, sources(staging), interval=config.stager_interval_seconds)
        await runner.start()
        await stager.start()
        await stop.wait()
        await stager.stop()
        await runner.stop(grace_seconds=config.worker_grace_seconds)
    await carrier.close()
    await staging.close()
    await watching.close()
    await database.close()


async def _main() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with watched():
        await run(stop)


def main() -> None:
    """The process's entry."""
    config = settings.get()
    configure(config)
    clock.use(config.clock_file)
    import uvloop  # noqa: PLC0415 -- not on Windows, and only a whole process chooses its loop

    # What is there by now stays. Then the collector need not go through it again and again for what a batch leaves.
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, 20, 50)
    uvloop.run(_main())


if __name__ == "__main__":
    main()
