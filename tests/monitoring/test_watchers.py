"""Each incident is told once when it begins and once when it is over, however many watch and whatever fails."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from aipromote import clock, settings
from aipromote.db.database import Database, create_engine
from aipromote.jobs import pausing
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.kinds import ANALYTICS, CONTENT_GENERATION, EMAIL, PUBLISHING, STRATEGY_GENERATION, Queue
from aipromote.monitoring import actions
from aipromote.monitoring.watch import Watch
from factories import accounts
from jobs.job_samples import OwnServer
from monitoring.plant import Mailbox, Receiver, open_mailbox
from monitoring.watchers import World

NOWHERE = "postgresql://somebody:secret-password@127.0.0.1:1/nothing"
NO_WORKER = "AIPromote: No worker is running, so that nothing is published."


@pytest.fixture
async def world(database: Database, own_redis: OwnServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    box, receiver = Mailbox(), Receiver()
    server, smtp = await open_mailbox(box)
    monkeypatch.setenv("AIPROMOTE_SMTP_URL", smtp)
    settings.get.cache_clear()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    hook = TestServer(app)
    await hook.start_server()
    carrier = Carrier(own_redis.url, prefix="watched")
    async with aiohttp.ClientSession() as http:
        yield World(database, carrier, http, box, receiver, {"hook": str(hook.make_url("/hook"))})
    await carrier.close()
    await hook.close()
    server.close()
    monkeypatch.undo()
    settings.get.cache_clear()


async def told_of(world: World, count: int) -> bool:
    return len(world.mailbox.taken) >= count and len(world.receiver.got) >= count


async def test_five_watchers_tell_once_of_the_beginning_and_once_of_the_end(world: World) -> None:
    watchers = world.watchers(5)
    await world.watched(watchers, lambda: told_of(world, 1))
    [incident] = await world.incidents()
    assert (incident.kind, incident.closed_at) == ("workers", None)
    assert incident.opening_told_at is not None
    await world.beat()
    await world.watched(watchers, lambda: told_of(world, 2))
    assert len(world.mailbox.subjects) == len(world.receiver.got) == 2
    assert world.mailbox.subjects[0] == NO_WORKER
    assert world.mailbox.subjects[1].startswith("AIPromote: Over after ")
    [incident] = await world.incidents()
    assert incident.closing_told_at is not None


async def test_a_restart_within_the_grace_wakes_nobody(world: World) -> None:
    world.changes = {"incident_seconds": 3600.0}
    watchers = world.watchers(2)
    for _ in range(3):
        for watcher in watchers:
            await watcher.round()
    assert await world.incidents() == []
    assert world.mailbox.taken == []


async def test_what_failed_to_be_delivered_is_tried_again_and_by_that_way_only(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "SHORTEST_PAUSE", timedelta(seconds=0.1))
    world.receiver.status = 500
    watchers = world.watchers(3)
    await world.watched(watchers, lambda: mails(world, 1), rounds=5)
    [incident] = await world.incidents()
    assert incident.opening_told_at is None
    assert incident.telling_error == "Webhook: it answered 500."
    world.receiver.status = 204
    await world.watched(watchers, lambda: told_of(world, 1))
    assert (len(world.mailbox.taken), len(world.receiver.got)) == (1, 1)


async def mails(world: World, count: int) -> bool:
    return len(world.mailbox.taken) >= count


async def test_one_that_is_over_before_anybody_could_be_told_is_told_of_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "SHORTEST_PAUSE", timedelta(seconds=0.1))
    world.mailbox.reply = "451 Later"
    world.receiver.status = 302
    watchers = world.watchers(2)

    async def is_open() -> bool:
        return bool(await world.incidents())

    await world.watched(watchers, is_open)
    await world.beat()

    async def is_over() -> bool:
        [incident] = await world.incidents()
        return incident.closed_at is not None

    await world.watched(watchers, is_over)
    world.mailbox.reply, world.receiver.status = None, 200
    await world.watched(watchers, lambda: told_of(world, 1))
    [subject] = world.mailbox.subjects
    assert subject.startswith("AIPromote: Over after ")


async def test_without_postgresql_one_of_them_tells_and_the_row_is_written_later(world: World) -> None:
    away = Database(create_engine(NOWHERE, pool_size=1))
    await world.beat()
    alone = world.watchers(3, database=away)
    await world.watched(alone, lambda: told_of(world, 1))
    assert world.mailbox.subjects == ["AIPromote: PostgreSQL does not answer."]
    await away.close()
    back = world.watchers(3)
    await world.watched(back, lambda: told_of(world, 2))
    assert len(world.mailbox.subjects) == 2
    [incident] = await world.incidents()
    assert incident.kind == "database"
    assert None not in {incident.opening_told_at, incident.closed_at, incident.closing_told_at}
    assert "secret" not in json.dumps(incident.words)


async def test_without_any_server_a_watcher_still_tells_once(world: World, own_redis: OwnServer) -> None:
    own_redis.kill()
    away = Database(create_engine(NOWHERE, pool_size=1))
    watchers = world.watchers(1, database=away)
    await world.watched(watchers, lambda: told_of(world, 2), rounds=1)
    assert sorted(world.mailbox.subjects) == [
        "AIPromote: PostgreSQL does not answer.",
        "AIPromote: Redis does not answer.",
    ]
    await away.close()


async def test_the_administrators_are_told_where_nobody_is_named(world: World) -> None:
    world.changes = {"alert_email": "", "alert_webhook": None}
    admin = await accounts.user(world.database)
    async with world.database.transaction() as session:
        row = await session.merge(admin)
        row.role = "ADMIN"
    await world.watched(world.watchers(2), lambda: mails(world, 1))
    [message] = world.mailbox.taken
    assert message["To"] == admin.email


@pytest.mark.parametrize(
    ("queue", "waits"),
    [
        (PUBLISHING, "posts wait in PostgreSQL and go out when it is resumed; one that is more than"),
        (EMAIL, "e-mails wait in PostgreSQL and are sent when it is resumed. Posts go out all the same."),
        (ANALYTICS, "numbers, forecasts, summaries and periodic tasks wait until it is resumed."),
        (CONTENT_GENERATION, "texts that were asked for wait in PostgreSQL and are written when it is resumed."),
        (STRATEGY_GENERATION, "plans that were asked for wait in PostgreSQL and are written when it is resumed."),
    ],
    ids=lambda one: one.name if isinstance(one, Queue) else "",
)
async def test_what_waits_in_a_paused_queue_is_called_by_its_name(world: World, queue: Queue, waits: str) -> None:
    await world.beat()
    await pausing.pause(world.carrier, queue)
    await world.carrier.queue(queue).add("something", {}, {"priority": queue.priority})
    said = (await world.red())["paused", queue.name]
    assert waits in said
    assert ("one that is more than" in said) == (queue == PUBLISHING), "only posts can be too late"


async def test_a_paused_queue_in_which_something_waits_is_red_until_it_is_resumed(world: World) -> None:
    queue = world.carrier.queue(PUBLISHING)
    await world.beat()
    await pausing.pause(world.carrier, PUBLISHING)
    assert await world.red() == {}, "nothing waits in it"
    await queue.add("publish-post", {}, {"priority": 2})
    watchers = world.watchers(3)
    await world.watched(watchers, lambda: told_of(world, 1))
    assert world.mailbox.subjects == ["AIPromote: The queue publishing is paused, and 1 job of it waits."]
    await pausing.resume(world.carrier, PUBLISHING)
    await queue.obliterate(force=True)
    await world.watched(watchers, lambda: told_of(world, 2))
    assert len(world.mailbox.subjects) == 2


async def test_a_full_queue_that_nobody_gets_to_is_red(world: World) -> None:
    queue = world.carrier.queue(EMAIL)
    await world.beat()
    long_ago = (clock.real_now().timestamp() - 1200) * 1000
    await queue.add("send-email", {}, {"priority": 4, "timestamp": round(long_ago)})
    [(key, words)] = (await world.red()).items()
    assert key == ("waiting", "email")
    assert "20 minutes" in words


async def test_a_worker_without_a_stager_and_one_that_cannot_read_a_source_are_red(world: World) -> None:
    await world.beat(stager=False)
    assert {key[0] for key in await world.red()} == {"stager"}
    await world.no_beats()
    await world.beat(errors={"publish-post": "ProgrammingError: secret"})
    [(key, words)] = (await world.red()).items()
    assert key == ("stager", "")
    assert "publish-post" in words
    assert "posts wait in PostgreSQL" in words
    assert "secret" not in words
    await world.no_beats()
    await world.beat(looks={"send-email": {"seconds_ago": 60.0, "late_after": 16.0}})
    words = (await world.red())["stager", ""]
    assert "send-email" in words, "it hangs at that source"
    assert "Posts go out all the same." in words


async def test_a_queue_that_no_worker_serves_is_named(world: World) -> None:
    await world.beat(queues=("publishing",))
    assert ("worker", "email") in await world.red()
    assert ("worker", "publishing") not in await world.red()


async def test_in_a_simulation_nobody_is_told(world: World, tmp_path) -> None:
    clock.Dial.create(tmp_path / "dial", start=clock.now() + timedelta(days=2))
    clock.use(tmp_path / "dial")
    try:
        watchers: list[Watch] = world.watchers(1)
        for _ in range(8):
            await world._round(watchers)
    finally:
        clock.use(None)
    assert await world.incidents() == []
