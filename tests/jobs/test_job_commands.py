"""`aipromote queues …` as a stranger types it, against real servers: what it prints, and its exit codes."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from job_samples import OwnServer, Row, eventually, row, rows, running

from aipromote import __version__
from aipromote.db.database import Database
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.kinds import EMAIL, QUEUES, Kind
from aipromote.jobs.outcomes import Cancel, Done, Snooze

SEND = Kind("send-email", queue=EMAIL, pointer=Row)
OTHER = Kind("other-mail", queue=EMAIL, pointer=Row)
_PROGRAM = Path(sys.executable).with_name("aipromote")


@dataclass
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out.splitlines()[-1])


@pytest.fixture(autouse=True)
def named_servers(database: Database, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands find this test's queues by the settings."""
    monkeypatch.setenv("AIPROMOTE_QUEUE_PREFIX", prefix)
    monkeypatch.setenv("COLUMNS", "200")


async def queues(*words: str, **environment: str) -> Said:
    process = await asyncio.create_subprocess_exec(
        _PROGRAM, "queues", *words, stdout=-1, stderr=-1, stdin=-3, env=os.environ | environment
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return Said(process.returncode, out.decode(), err.decode())


async def behave(pointer: Row):
    return [Done(), Cancel("no such row", dropped="gone"), Snooze(600)][pointer.attempt]


async def fail(pointer: Row):
    raise RuntimeError("the mail server said no")


@pytest.fixture
async def five_failed(carrier: Carrier, redis_server_url: str, prefix: str) -> list[str]:
    """Three e-mails and two of another kind that have failed. Their ids."""
    often = {kind: type(kind)(kind.name, queue=EMAIL, pointer=Row) for kind in (SEND, OTHER)}
    async with running(redis_server_url, prefix, dict.fromkeys(often, fail)):
        queue = carrier.queue(EMAIL)
        pushed = [(kind, pointer) for kind, count in ((SEND, 3), (OTHER, 2)) for pointer in rows(count)]
        for kind, pointer in pushed:
            job = {"jobId": kind.job_id(pointer), "attempts": 1, "priority": 3}
            await queue.add(kind.name, pointer.model_dump(mode="json"), job)
        await eventually(lambda: _failed(carrier, 5))
    return [kind.job_id(pointer) for kind, pointer in pushed]


async def _failed(carrier: Carrier, how_many: int) -> bool:
    return await carrier.redis.zcard(carrier.queue(EMAIL).toKey("failed")) == how_many


async def test_the_queues_are_listed_with_what_they_carry(carrier: Carrier):
    await carrier.push(SEND, rows(2))
    said = await queues("list")
    assert said.code == 0, said.err
    assert all(queue.name in said.out for queue in QUEUES)
    assert "publish-post" in said.out
    assert "aipromote queues list QUEUE" in said.out
    listed = (await queues("list", "--json", AIPROMOTE_QUEUE_CONCURRENCY="email=4")).json
    [email] = [queue for queue in listed if queue["name"] == "email"]
    assert email["kinds"] == ["send-email", "send-account-letter"]
    assert (email["at_once"], email["now"]["prioritized"]) == (4, 2)


async def test_what_is_in_a_queue_is_listed_by_state_and_each_can_be_shown(
    carrier: Carrier, redis_server_url: str, prefix: str
):
    done, gone, snoozed, waiting = row(), row(attempt=1), row(attempt=2), row()
    async with running(redis_server_url, prefix, {SEND: behave}):
        await carrier.push(SEND, [done, gone, snoozed])
        await eventually(lambda: carrier.redis.zcard(carrier.queue(EMAIL).toKey("delayed")))
        await eventually(lambda: _completed(carrier, 2))
    await carrier.push(SEND, [waiting])
    said = await queues("list", "email", "--json")
    found = {state: [job["id"] for job in jobs] for state, jobs in said.json["jobs"].items()}
    ids = [SEND.job_id(pointer) for pointer in (done, gone, snoozed, waiting)]
    assert set(found.pop("completed")) == set(ids[:2])
    assert found == {"active": [], "waiting": [ids[3]], "delayed": [ids[2]], "failed": []}
    for_people = (await queues("list", "email")).out
    assert f"{ids[2]}  runs in 10 minutes" in for_people
    assert "no such row" in for_people
    shown = {job_id: (await queues("show", "email", job_id, "--json")).json for job_id in ids}
    assert [job["state"] for job in shown.values()] == ["completed", "completed", "delayed", "waiting"]
    assert shown[ids[1]]["result"] == {"dropped": "gone", "reason": "no such row"}
    assert shown[ids[0]]["pointer"]["row_id"] == str(done.row_id)
    assert shown[ids[0]]["finished_at"] >= shown[ids[0]]["started_at"] >= shown[ids[0]]["pushed_at"]


async def _completed(carrier: Carrier, how_many: int) -> bool:
    return await carrier.redis.zcard(carrier.queue(EMAIL).toKey("completed")) == how_many


async def test_failed_jobs_are_paged_filtered_shown_replayed_and_discarded(carrier: Carrier, five_failed: list[str]):
    said = await queues("failed")
    assert said.code == 0
    assert "5 failed jobs (3 send-email, 2 other-mail)" in said.out
    assert "the mail server said no" in said.out
    assert all(job_id in said.out for job_id in five_failed)
    first = (await queues("failed", "--queue", "email", "--kind", "send-email", "--limit", "2", "--json")).json
    after = first["after"]["email"]
    words = ("failed", "--queue", "email", "--kind", "send-email", "--limit", "2", "--after", after, "--json")
    second = (await queues(*words)).json
    ids = [job["id"] for page in (first, second) for job in page["jobs"]]
    assert sorted(ids) == sorted(five_failed[:3])
    shown = (await queues("show", "email", five_failed[0])).out
    assert "RuntimeError: the mail server said no" in shown
    assert f"aipromote queues replay email {five_failed[0]}" in shown
    assert (await queues("discard", "email", five_failed[0])).code == 0
    assert "1 job of email will run again" in (await queues("replay", "email", five_failed[1])).out
    assert (await queues("replay", "email", "--all", "--kind", "other-mail", "--json")).json["replayed"] == 2
    assert await _failed(carrier, 1)
    unsure = await queues("discard", "email", "--all")  # nobody there to answer
    assert unsure.code == 1
    assert await _failed(carrier, 1)
    assert "1 job of email is gone" in (await queues("discard", "email", "--all", "--yes")).out
    assert "No job has failed." in (await queues("failed")).out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show", "email", "nothing"), "There is no job nothing in the queue email"),
        (("replay", "email", "nothing"), "There is no failed job nothing"),
        (("replay", "post", "x"), "There is no queue post. There are: content-generation"),
        (("replay", "email"), "Name one job by its ID, or say --all"),
        (("discard", "email", "x", "--all"), "Name one job by its ID, or say --all"),
        (("failed", "--after", "1-x"), "name it with --queue"),
        (("failed", "--queue", "email", "--after", "x"), "no such page"),
        (("pause", "post"), "There is no queue post"),
    ],
)
async def test_what_cannot_be_done_is_one_sentence_and_exit_code_one(words: tuple[str, ...], message: str):
    said = await queues(*words)
    assert (said.code, said.out) == (1, "")
    assert message in said.err
    assert "Traceback" not in said.err


async def test_a_command_that_is_not_understood_exits_with_two():
    assert (await queues("list", "--limit", "0")).code == 2
    assert (await queues("dance")).code == 2


async def test_a_queue_is_paused_and_resumed_and_is_no_secret_meanwhile(carrier: Carrier):
    said = await queues("pause", "email")
    assert said.code == 0
    assert "aipromote queues resume email" in said.out
    await carrier.push(SEND, rows(1))
    health = await queues("health")
    assert health.code == 1
    assert "The queue email is paused" in health.out
    assert "aipromote queues resume email" in health.out
    assert "paused" in (await queues("list")).out
    assert "email is paused" in (await queues("list", "email")).out
    assert (await queues("resume", "email", "--json")).json == {"queue": "email", "paused": False}
    assert not (await queues("list", "email", "--json")).json["now"]["paused"]


async def test_workers_are_listed_with_what_they_are(redis_server_url: str, carrier: Carrier, prefix: str):
    nobody = await queues("workers")
    assert nobody.code == 1
    assert "Start one" in nobody.out
    async with running(redis_server_url, prefix, {SEND: behave}) as runner:
        await eventually(lambda: carrier.redis.zscore(f"{prefix}:pulse", runner.id))
        said = await queues("workers")
        assert said.code == 0
        assert "1 worker alive." in said.out
        [beat] = (await queues("workers", "--json")).json
    assert (beat["pid"], beat["version"], beat["queues"], beat["alive"]) == (os.getpid(), __version__, ["email"], True)


async def test_periodic_tasks_are_listed_with_their_latest_turns(owner: asyncpg.Connection):
    untouched = (await queues("periodic")).out
    assert "had no turn yet" in untouched
    assert "now" in untouched
    turn = "INSERT INTO periodic_runs (id, name, slot, started_at, finished_at, error_message) VALUES "
    await owner.execute(f"{turn} (gen_random_uuid(), 'keep-numbers', now(), now() - interval '3 hours', now(), NULL)")
    await owner.execute(f"{turn} (gen_random_uuid(), 'of-old', now(), now(), NULL, 'forgotten')")
    said = await queues("periodic")
    assert said.code == 0, said.out
    assert "3 hours ago" in said.out
    assert "no longer" in said.out
    await owner.execute(f"{turn} (gen_random_uuid(), 'clean-finished-jobs', now(), now(), NULL, 'OSError: no')")
    said = await queues("periodic")
    assert said.code == 1
    assert "clean-finished-jobs: OSError: no" in said.out
    listed = {task["name"]: task for task in (await queues("periodic", "--json")).json}
    assert listed["clean-finished-jobs"]["error"] == "OSError: no"


async def test_a_redis_that_is_away_is_one_sentence(own_server: OwnServer):
    own_server.kill()
    for words in (("failed",), ("list",), ("workers",), ("pause", "email"), ("show", "email", "x")):
        said = await queues(*words, REDIS_URL=own_server.url)
        assert said.code == 1
        assert "does not answer" in said.err
        assert "Traceback" not in said.err
