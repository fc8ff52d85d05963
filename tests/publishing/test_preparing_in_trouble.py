"""Uploads that break off, wait, expire or hang, workers that die, and one that costs no other post anything."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import aiohttp
import pytest
from sqlalchemy import update

from aipromote import clock
from aipromote.connectors.contract import Armed, Credentials, Part, Prepared, Published
from aipromote.connectors.errors import (
    RateLimited,
    Revoked,
    Stale,
    Unreachable,
)
from aipromote.connectors.sandbox import SandboxConnector
from aipromote.documents.content import MediaRef
from aipromote.publishing.models import PostPreparation, PublishingHold
from aipromote.publishing.preparing import making
from aipromote.publishing.preparing import queries as preparing
from aipromote.publishing.states import PostStatus
from publishing.networks import reach_through, registered
from publishing.scene import IMPATIENT, Scene
from publishing.uploading import PNG, Along, Prepares, fire, picture, preparation, uploads, with_picture


async def test_what_expired_over_there_is_brought_again_and_published_once(scene: Scene) -> None:
    network = Prepares(fired=[Stale("The upload has expired.")])
    with registered(network):
        await reach_through(scene, network)
        post = await with_picture(scene)
        await scene.work()
        assert (await scene.now(post)).error_kind == "stale"
        scene.forward(seconds=5)
        await scene.work()
        assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert uploads(scene) == 2
    assert len(await scene.received()) == 1


async def test_what_is_older_than_networks_keep_it_is_brought_again(scene: Scene) -> None:
    post = await with_picture(scene, at=clock.now() + timedelta(minutes=10))
    await scene.prepare()
    async with scene.database.transaction(scene.startup.id) as session:
        long_ago = clock.now() - timedelta(hours=21)
        await session.execute(update(PostPreparation).values(ready_at=long_ago))
    scene.forward(minutes=10)
    assert (await fire(scene, post)).error_kind == "preparing"
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert uploads(scene) == 2


async def test_an_upload_that_breaks_off_goes_on_with_what_is_there_and_says_why_it_waits(scene: Scene) -> None:
    network = Prepares(Prepared("half", timedelta(seconds=5)), Unreachable("The line broke."), Prepared("whole"))
    with registered(network):
        await reach_through(scene, network)
        post = await with_picture(scene)
        for _ in range(2):
            await scene.prepare()
            scene.forward(seconds=6)
        assert "The line broke." in ((await fire(scene, post)).error_message or "")
        assert await scene.prepare() == 1
        assert (await fire(scene, post)).status is PostStatus.PUBLISHED
    assert network.handles == [None, "half", "half"]


async def test_a_network_that_asks_to_wait_is_left_alone_until_then(scene: Scene) -> None:
    network = Prepares(RateLimited("Slow down.", retry_at=clock.now() + timedelta(minutes=3)))
    with registered(network):
        await reach_through(scene, network)
        post = await with_picture(scene)
        await scene.prepare()
        scene.forward(minutes=2)
        assert await scene.prepare() == 0
        scene.forward(minutes=2)
        await scene.work()
        assert (await scene.now(post)).status is PostStatus.PUBLISHED


async def test_an_account_that_is_closed_is_found_closed(scene: Scene) -> None:
    network = Prepares(Revoked("The password was changed."))
    with registered(network):
        await reach_through(scene, network)
        post = await with_picture(scene)
        await scene.work()
    assert not (await scene.account_now()).is_active
    assert (await scene.now(post)).error_kind == "not_connected"
    assert network.armed == []


async def test_two_workers_bring_it_once(scene: Scene) -> None:
    await with_picture(scene)
    made = await asyncio.gather(*(scene.prepare() for _ in range(4)))
    assert sum(made) == 1
    assert uploads(scene) == 1


async def test_a_lease_lasts_as_long_as_the_upload_and_ends_with_the_worker(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "_BEAT_SECONDS", 0.05)
    begun, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Prepares):
        name = "slow"

        async def prepare(
            self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None
        ) -> Prepared:
            begun.set()
            await go_on.wait()
            return await super().prepare(http, credentials, part, prepared)

    network = Slow()
    with registered(network):
        await reach_through(scene, network)
        await with_picture(scene)
        working = asyncio.create_task(scene.prepare())
        await begun.wait()
        scene.forward(seconds=90)  # longer than one lease
        await _lengthened(scene)
        assert await scene.prepare() == 0
        working.cancel()  # the worker dies
        with pytest.raises(asyncio.CancelledError):
            await working
        assert await scene.prepare() == 0
        scene.forward(seconds=90)
        go_on.set()
        assert await scene.prepare() == 1
    assert uploads(scene) == 1


async def _lengthened(scene: Scene) -> None:
    for _ in range(200):
        found = await preparation(scene)
        if found is not None and found.claimed_until is not None and found.claimed_until > clock.now():
            return
        await asyncio.sleep(0.05)
    pytest.fail("the lease was not lengthened")


async def test_people_are_told_once_of_a_post_that_is_held_up_by_its_files(scene: Scene) -> None:
    network = Prepares(*(Prepared("video-1", timedelta(seconds=30)) for _ in range(99)))
    with registered(network):
        await reach_through(scene, network)
        post = await with_picture(scene)
        for minutes in (5, 15, 5, 5):
            await scene.work()
            scene.forward(minutes=minutes)
    assert (await scene.now(post)).error_kind == "preparing"
    assert [template for template, _ in await scene.told()] == ["post-at-risk"]


async def test_nothing_is_brought_anywhere_while_publishing_is_held(scene: Scene) -> None:
    post = await with_picture(scene)
    async with scene.database.transaction(scene.startup.id) as session:
        session.add(
            PublishingHold(organization_id=scene.startup.id, held_at=clock.now(), known_until=clock.now(), reason="r")
        )
    assert await scene.prepare() == 0
    assert not await making.make(scene.database, scene.http, (post.organization_id, post.id))
    assert uploads(scene) == 0


async def test_one_organization_has_two_uploads_under_way_at_most(scene: Scene) -> None:
    for number in range(4):
        await scene.post(body=f"{number}", media_refs=[MediaRef(asset_id=await picture(scene))])
    async with scene.database.transaction() as session:
        due = await preparing.pending_preparations(session, limit=9)
    assert len(due) == 4
    async with scene.database.transaction(scene.startup.id) as session:
        for one in due[:2]:
            session.add(
                PostPreparation(
                    organization_id=scene.startup.id,
                    scheduled_post_id=one.pointer.post_id,
                    made_for=b"7" * 32,
                    next_step_at=clock.now(),
                    claimed_by=one.pointer.post_id,
                    claimed_until=clock.now() + timedelta(minutes=1),
                )
            )
    async with scene.database.transaction() as session:
        assert await preparing.pending_preparations(session, limit=9) == []


async def test_an_address_that_cannot_be_kept_costs_no_other_post_its_outcome(scene: Scene) -> None:
    class Hostile(SandboxConnector):
        name = "hostile"

        async def publish(
            self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
        ) -> Published:
            del http, credentials, part, armed
            return Published(self.number * "9", self.url, clock.now())

    network, other = Hostile(), await scene.another_account(handle="other")
    network.number, network.url = 501, "https://hostile.example/1"  # type: ignore[attr-defined]
    with registered(network):
        await reach_through(scene, network)
        hostile = await scene.post(body="Rye.")
        quiet = await scene.post(body="Oat.", account=other)
        await scene.work()
        assert (await scene.now(quiet)).status is PostStatus.PUBLISHED
        assert (await scene.now(hostile)).status is PostStatus.UNCONFIRMED
        network.number, network.url = 7, "javascript:alert(1)"  # type: ignore[attr-defined]
        poisoned = await scene.post(body="Wheat.")
        await scene.work()
    assert (await scene.now(poisoned)).status is PostStatus.PUBLISHED
    assert (await scene.now(poisoned)).platform_url is None


async def test_a_call_that_carries_files_has_the_time_for_them_and_holds_up_no_other(scene: Scene) -> None:
    network = Along()
    big = PNG + b"\0" * 1_000_000
    other = await scene.another_account(handle="other")
    with registered(network):
        await reach_through(scene, network)
        slow = await scene.post(body="Look.", media_refs=[MediaRef(asset_id=await picture(scene, big))])
        quick = await scene.post(body="Rye today.", account=other)
        working = asyncio.create_task(scene.work(pace=IMPATIENT))
        for _ in range(500):
            if (await scene.now(quick)).status is PostStatus.PUBLISHED:
                break
            await asyncio.sleep(0.02)
        held = await scene.now(slow)
        assert held.status is PostStatus.PUBLISHING
        assert held.claimed_until is not None
        assert held.claimed_until > clock.now() + timedelta(seconds=IMPATIENT.lease)
        await working
    assert (await scene.now(slow)).status is PostStatus.PUBLISHED
    assert len(await scene.received()) == 2
