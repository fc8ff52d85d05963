"""What is owed is found across organizations and handed out in batches."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import aiohttp

from aipromote import clock
from aipromote.errors import Conflict
from aipromote.jobs.outcomes import Done
from aipromote.publishing import actions, handlers, queries
from aipromote.publishing.jobs import BATCH, PUBLISH_POST, PostBatch
from aipromote.publishing.pace import Pace
from aipromote.publishing.states import PostStatus
from aipromote.publishing.step import publish_batch
from factories import channels, organizations
from publishing.scene import Scene


async def test_one_batch_serves_many_organizations(scene: Scene) -> None:
    for name in ("Mohn", "Raps"):
        other = await organizations.organization(scene.database, name=name)
        account = await channels.account(scene.database, scene.http, other, server=scene.network.url, handle=name)
        await scene.post(startup=other, account=account, body=f"{name} bakes too.")
    await scene.post()
    async with scene.database.transaction() as session:
        due = await queries.pending_posts(session, limit=10)
    pointer = PostBatch(posts=tuple(key for one in due for key in one.pointer.posts))
    again = PUBLISH_POST.pointer.model_validate_json(pointer.model_dump_json())
    assert await handlers.publish(again, database=scene.database, http=scene.http) == Done()
    assert {post.status for post in await scene.current()} == {PostStatus.PUBLISHED}
    assert len(await scene.received()) == 3
    async with scene.database.transaction() as session:
        assert await queries.pending_posts(session, limit=10) == []


async def test_a_process_makes_no_more_calls_at_once_than_its_gate_lets_through(scene: Scene) -> None:
    """Of all its batches together; and who waits at the gate has not begun a call whose time runs."""
    for name in ("Ada", "Ben", "Cleo", "Dora", "Emil", "Frida"):
        account = await scene.another_account(handle=name)
        await scene.post(account=account, body=f"{name} bakes.")
    under_way, most = set[int](), 0
    watched = aiohttp.TraceConfig()

    async def begun(_http: object, context: object, _call: object) -> None:
        nonlocal most
        under_way.add(id(context))
        most = max(most, len(under_way))
        await asyncio.sleep(0.02)

    async def ended(_http: object, context: object, _call: object) -> None:
        under_way.discard(id(context))

    watched.on_request_start.append(begun)
    watched.on_request_end.append(ended)
    pace = Pace(at_once=2)
    keys = [(post.organization_id, post.id) for post in scene.posts]
    async with aiohttp.ClientSession(trace_configs=[watched]) as http:
        await asyncio.gather(*(publish_batch(scene.database, http, keys[n::2], pace=pace) for n in range(2)))
    assert {post.status for post in await scene.current()} == {PostStatus.PUBLISHED}
    assert most == 2


async def test_what_is_due_soon_is_told_ahead_with_the_time_that_is_left(scene: Scene) -> None:
    now = await scene.post()
    soon = await scene.post(at=clock.now() + timedelta(minutes=1))
    await scene.post(at=clock.now() + timedelta(minutes=9))
    async with scene.database.transaction() as session:
        due, ahead = await queries.pending_posts(session, limit=10, ahead=timedelta(minutes=2))
        assert len(await queries.pending_posts(session, limit=10)) == 1
    assert due.pointer.posts == ((now.organization_id, now.id),)
    assert due.in_seconds == 0
    assert ahead.pointer.posts == ((soon.organization_id, soon.id),)
    assert 0 < ahead.in_seconds <= 60


async def test_a_post_that_became_due_again_is_another_job(scene: Scene) -> None:
    post = await scene.post()

    async def job_id() -> str:
        async with scene.database.transaction() as session:
            [one] = await queries.pending_posts(session, limit=10)
        assert one.pointer.posts == ((post.organization_id, post.id),)
        return one.pointer.job_id

    first = await job_id()
    assert await job_id() == first
    await scene.network.fault("unavailable")
    await scene.work()
    scene.forward(minutes=1)
    assert await job_id() != first


def test_the_batches_behind_stay_the_same_while_those_in_front_are_eaten() -> None:
    rows = [SimpleNamespace(id=uuid4()) for _ in range(600)]
    groups = [[row.id for row in group] for group in queries.in_batches(rows)]
    assert sum(len(group) for group in groups) == 600
    assert max(len(group) for group in groups) <= BATCH
    eaten = sum(len(group) for group in groups[:3])
    assert [[row.id for row in group] for group in queries.in_batches(rows[eaten:])] == groups[3:]


async def test_a_cancel_that_races_with_the_worker_is_either_in_time_or_refused(scene: Scene) -> None:
    for letter in "ABCDEFGH":
        await scene.post(body=f"Bread with {letter}.")

    async def cancel(post_id) -> bool:
        try:
            async with scene.database.transaction(scene.startup.id) as session:
                key = {"organization_id": scene.startup.id, "post_id": post_id}
                await actions.cancel(session, scene.startup.owner, **key)
        except Conflict:
            return False
        return True

    *cancelled, _ = await asyncio.gather(*(cancel(post.id) for post in scene.posts), scene.work())
    await scene.work()
    after = [post.status for post in await scene.current()]
    assert after == [PostStatus.CANCELLED if done else PostStatus.PUBLISHED for done in cancelled]
    assert len(await scene.received()) == after.count(PostStatus.PUBLISHED)


async def test_what_happens_next_is_told_in_plain_words(scene: Scene) -> None:
    post = await scene.post(at=clock.after(7200))
    assert queries.why(post).startswith("Goes out in 2 hours")
    scene.forward(hours=3)
    assert "in a moment" in queries.why(post)
    await scene.work()
    assert queries.why(await scene.now(post), await scene.attempts(post)) == "Is published. Nothing more will happen."
