"""Periodic tasks: each turn once, however many workers there are, whatever happens to them and to Redis."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import aiohttp
import asyncpg
import pytest
from job_samples import OwnServer
from job_samples import eventually as soon

from aipromote import clock
from aipromote.db.database import Database
from aipromote.jobs import turns
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.outcomes import Cancel, Done
from aipromote.jobs.periodic import Means, Periodic, Turn, pending_turns, run_turn
from aipromote.jobs.turns import Standing, standings

AN_AGE = 1_000_000_000
"""Seconds. No test meets its end before 2033."""

eventually = partial(soon, within=60)  # processes start slowly where others are busy
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "book").touch()
    return tmp_path / "book"


@pytest.fixture
def start(database: Database, prefix: str, book: Path) -> Iterator[Start]:
    """Start a real worker process with one task (`periodic_worker.py`)."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(redis_url: str, *, every_seconds: int, takes_seconds: float = 0.0) -> subprocess.Popen[bytes]:
        script = Path(__file__).with_name("periodic_worker.py")
        words = [redis_url, prefix, str(book), str(every_seconds), str(takes_seconds)]
        process = subprocess.Popen([sys.executable, script, *words])
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()


def written(book: Path, word: str) -> list[int]:
    return [int(line.split()[1]) for line in book.read_text().splitlines() if line.startswith(word)]


async def test_two_workers_run_every_turn_once(redis_server_url: str, start: Start, book: Path):
    workers = [start(redis_server_url, every_seconds=1) for _ in range(2)]
    await eventually(lambda: len(written(book, "done")) >= 5)
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    assert [worker.wait(timeout=60) for worker in workers] == [0, 0]
    begun = written(book, "begun")
    assert begun == sorted(set(begun))
    assert begun == written(book, "done")


async def test_a_turn_whose_worker_was_killed_is_taken_again_by_another(
    redis_server_url: str, start: Start, book: Path
):
    victim = start(redis_server_url, every_seconds=AN_AGE, takes_seconds=3600)
    await eventually(lambda: written(book, "begun"))
    os.kill(victim.pid, signal.SIGKILL)
    start(redis_server_url, every_seconds=AN_AGE)
    await eventually(lambda: written(book, "done"))
    assert written(book, "begun") == [written(book, "done")[0]] * 2


async def test_a_turn_whose_worker_was_asked_to_stop_is_taken_by_another_at_once(
    owner: asyncpg.Connection, redis_server_url: str, start: Start, book: Path
):
    leaving = start(redis_server_url, every_seconds=AN_AGE, takes_seconds=3600)
    await eventually(lambda: written(book, "begun"))
    leaving.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(leaving.wait, timeout=60) == 0
    assert await owner.fetchrow("SELECT claimed_by, finished_at, error_message FROM periodic_runs") == (None,) * 3
    start(redis_server_url, every_seconds=AN_AGE)
    await eventually(lambda: written(book, "done"))


async def test_an_emptied_redis_makes_no_second_run_of_a_turn(
    owner: asyncpg.Connection, own_server: OwnServer, own_carrier: Carrier, start: Start, book: Path
):
    """Once while the run is under way, once after it."""
    start(own_server.url, every_seconds=AN_AGE, takes_seconds=1.0)
    await eventually(lambda: written(book, "begun"))
    await own_server.empty()
    await eventually(lambda: written(book, "done"))
    await own_server.empty()
    key = f"{own_carrier.prefix}:pulse"
    beats: set[float] = set()

    async def has_beaten_twice() -> bool:  # five seconds apart, with fifty looks between
        beats.update(score for _, score in await own_carrier.redis.zrange(key, 0, -1, withscores=True))
        return len(beats) >= 4

    await eventually(has_beaten_twice)
    assert len(written(book, "begun")) == 1
    # The next turn is brought back to the empty server all the same.
    await owner.execute("UPDATE periodic_runs SET slot = slot - interval '100 years'")
    await eventually(lambda: len(written(book, "done")) == 2)


@pytest.fixture
async def means(database: Database, carrier: Carrier) -> AsyncIterator[Means]:
    async with aiohttp.ClientSession() as http:
        yield Means(database, http, carrier)


async def due(database: Database, *tasks: Periodic) -> list[Turn]:
    async with database.transaction() as session:
        return [one.pointer for one in await pending_turns(session, limit=100, tasks=tasks)]


async def run(means: Means, task: Periodic, **options: float):
    given = {"database": means.database, "http": means.http, "carrier": means.carrier}
    return await run_turn(Turn(name=task.name, slot=0), tasks=(task,), **given, **options)


async def stands(database: Database, *tasks: Periodic) -> list[Standing]:
    async with database.transaction() as session:
        return await standings(session, tasks)


def counting(runs: list[Means], *, every_seconds: int = AN_AGE, **options) -> Periodic:
    async def note(means: Means) -> None:
        runs.append(means)

    return Periodic("count", every_seconds=every_seconds, run=note, **options)


async def test_a_run_gets_what_handlers_get_and_its_turn_is_over(database: Database, means: Means):
    runs: list[Means] = []
    task = counting(runs)
    [turn] = await due(database, task)
    assert turn.slot % AN_AGE == 0
    assert turn.job_id == f"count.{turn.slot}"
    assert await run(means, task) == Done()
    assert runs == [means]
    assert await due(database, task) == []
    assert await run(means, task) == Done()  # a second job for it finds it done
    assert len(runs) == 1


async def test_turns_that_were_missed_are_made_up_for_by_one(
    database: Database, owner: asyncpg.Connection, means: Means
):
    runs: list[Means] = []
    task = counting(runs, every_seconds=3600)
    await run(means, task)
    await owner.execute("UPDATE periodic_runs SET slot = slot - interval '30 days'")
    assert len(await due(database, task)) == 1
    await run(means, task)
    await run(means, task)
    assert len(runs) == 2


async def test_product_time_makes_no_turns(database: Database, means: Means, tmp_path: Path):
    runs: list[Means] = []
    task = counting(runs, every_seconds=24 * 3600)
    await run(means, task)
    clock.Dial.create(tmp_path / "dial", start=datetime(2036, 1, 1, tzinfo=UTC))
    clock.use(tmp_path / "dial")
    try:
        assert clock.now().year == 2036
        assert [turn for turn in await due(database, task) if turn.slot > 2_000_000_000] == []
    finally:
        clock.use(None)


async def test_a_run_that_fails_leaves_its_reason_and_the_same_turn_to_be_tried_again(database: Database, means: Means):
    mood = ["first line\nsecond\0 line with a secret", ""]

    async def fail_at_first(_: Means) -> None:
        if words := mood.pop(0):
            raise RuntimeError(words)

    task = Periodic("moody", every_seconds=AN_AGE, run=fail_at_first)
    [turn] = await due(database, task)
    with pytest.raises(RuntimeError):
        await run(means, task)
    [failed] = await stands(database, task)
    assert (failed.error, failed.finished_at, failed.claimed_by) == ("RuntimeError: first line", None, None)
    assert failed.behind_seconds > 0
    assert await due(database, task) == [turn]
    assert await run(means, task) == Done()
    [done] = await stands(database, task)
    assert (done.error, done.behind_seconds) == (None, 0.0)
    assert done.finished_at is not None
    assert done.next_at == done.slot + timedelta(seconds=AN_AGE)


async def test_a_run_that_hangs_is_cancelled_after_its_time(database: Database, means: Means):
    async def hang(_: Means) -> None:
        await asyncio.Event().wait()

    task = Periodic("hang", every_seconds=AN_AGE, run=hang, timeout_seconds=0.1)
    with pytest.raises(TimeoutError, match="did not finish within"):
        await run(means, task)
    [failed] = await stands(database, task)
    assert failed.error is not None
    assert "did not finish within 0.1 s" in failed.error


async def test_a_run_that_takes_longer_than_a_lease_keeps_its_turn(database: Database, means: Means):
    begun, finish, runs = asyncio.Event(), asyncio.Event(), []

    async def slowly(_: Means) -> None:
        runs.append(True)
        begun.set()
        await finish.wait()

    task = Periodic("slow", every_seconds=AN_AGE, run=slowly)
    working = asyncio.create_task(run(means, task, lease_seconds=0.6))
    await begun.wait()
    await asyncio.sleep(1.3)  # two leases
    assert await due(database, task) == []
    assert await run(means, task) == Done()
    [busy] = await stands(database, task)
    assert busy.claimed_by is not None
    finish.set()
    await working
    assert runs == [True]


async def test_a_run_whose_turn_was_taken_away_is_ended_and_says_nothing_about_it(
    database: Database, owner: asyncpg.Connection, means: Means
):
    begun = asyncio.Event()

    async def slowly(_: Means) -> None:
        begun.set()
        await asyncio.Event().wait()

    task = Periodic("slow", every_seconds=AN_AGE, run=slowly)
    working = asyncio.create_task(run(means, task, lease_seconds=0.3))
    await begun.wait()
    await owner.execute("UPDATE periodic_runs SET claimed_by = 'somebody else', claimed_until = now() + interval '1h'")
    with pytest.raises(TimeoutError, match="lost its turn"):
        await working
    [other] = await stands(database, task)
    assert (other.claimed_by, other.error) == ("somebody else", None)


async def test_of_many_who_reach_for_a_turn_one_gets_it(database: Database):
    task = counting([])

    async def take():
        async with database.transaction() as session:
            return await turns.take(session, task)

    assert len([claim for claim in await asyncio.gather(*(take() for _ in range(12))) if claim]) == 1


async def test_a_clock_that_was_once_far_ahead_does_not_silence_a_task(
    database: Database, owner: asyncpg.Connection, means: Means
):
    runs: list[Means] = []
    task = counting(runs, every_seconds=3600)
    await run(means, task)
    await owner.execute("UPDATE periodic_runs SET slot = slot + interval '1 hour'")
    assert await due(database, task) == []  # a step back by a moment is no new turn
    await owner.execute("UPDATE periodic_runs SET slot = slot + interval '60 years'")
    assert len(await due(database, task)) == 1
    await run(means, task)
    assert len(runs) == 2


async def test_a_task_that_is_not_of_this_release_is_dropped_and_still_listed(database: Database, means: Means):
    old, new = counting([]), Periodic("new", every_seconds=60, run=counting([]).run)
    await run(means, old)
    given = {"database": means.database, "http": means.http, "carrier": means.carrier}
    outcome = await run_turn(Turn(name="count", slot=0), tasks=(new,), **given)
    assert isinstance(outcome, Cancel)
    assert outcome.dropped == "gone"
    found = await stands(database, new)
    assert [(one.name, one.every_seconds, one.slot is None) for one in found] == [
        ("count", None, False),
        ("new", 60, True),
    ]


@pytest.mark.parametrize("wrong", [{"name": ""}, {"name": "a b"}, {"every_seconds": 0}, {"timeout_seconds": 10**6}])
def test_a_task_that_makes_no_sense_is_refused_when_it_is_declared(wrong: dict):
    with pytest.raises(ValueError, match=r"periodic task|at most"):
        Periodic(**{"name": "fine", "every_seconds": 60, "run": counting([]).run, **wrong})
