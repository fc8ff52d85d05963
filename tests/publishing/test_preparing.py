"""What belongs to a post is brought to its network before it is due, and only what is ready is fired."""

from __future__ import annotations

from datetime import timedelta

import aiohttp
from sqlalchemy import select, update

from aipromote import clock
from aipromote.billing.models import Usage
from aipromote.connectors.contract import Armed, Credentials, Part, Prepared
from aipromote.connectors.errors import (
    MediaRejected,
    UnknownOutcome,
)
from aipromote.content.models import ContentPiece
from aipromote.documents.content import MediaRef
from aipromote.publishing import actions as publishing
from aipromote.publishing.states import PostStatus
from publishing.networks import reach_through, registered
from publishing.scene import Scene
from publishing.uploading import PNG, Always, Prepares, fire, picture, preparation, uploads, with_picture


async def test_files_are_there_before_the_post_is_due_and_nothing_is_public(scene: Scene) -> None:
    post = await with_picture(scene, at=clock.now() + timedelta(minutes=20))
    assert await scene.prepare() == 0
    scene.forward(minutes=6)
    assert await scene.prepare() == 1
    assert uploads(scene) == 1
    assert await scene.received() == []
    assert await scene.prepare() == 0  # it is ready: nothing is sent a second time
    scene.forward(minutes=14)
    after = await fire(scene, post)
    assert (after.status, after.attempt_count) == (PostStatus.PUBLISHED, 1)
    assert uploads(scene) == 1


async def test_a_post_waits_for_its_files_at_no_cost_and_is_brought_forward(scene: Scene) -> None:
    post = await with_picture(scene)
    waiting = await fire(scene, post)
    assert (waiting.status, waiting.error_kind, waiting.attempt_count) == (PostStatus.RETRYING, "preparing", 0)
    assert "is being sent what belongs to this post" in (waiting.error_message or "")
    assert await scene.attempts(post) == []
    scene.forward(seconds=1)
    assert await scene.prepare() == 1
    brought_forward = (await scene.now(post)).next_attempt_at
    assert brought_forward is not None
    assert brought_forward <= clock.now()
    assert (await fire(scene, post)).status is PostStatus.PUBLISHED


async def test_a_text_alone_needs_nothing(scene: Scene) -> None:
    post = await scene.post(body="Rye today.")
    assert await scene.prepare() == 0
    assert (await fire(scene, post)).status is PostStatus.PUBLISHED
    assert await preparation(scene) is None


async def test_what_the_network_works_on_is_asked_about_by_its_handle(scene: Scene) -> None:
    network = Prepares(Prepared("video-1", timedelta(seconds=30)), Prepared("video-1"))
    with registered(network):
        await reach_through(scene, network)
        post = await with_picture(scene)
        await scene.prepare()
        assert await scene.prepare() == 0
        scene.forward(seconds=31)
        assert await scene.prepare() == 1
        assert (await fire(scene, post)).status is PostStatus.PUBLISHED
    assert network.handles == [None, "video-1"]
    assert network.armed[0].prepared == "video-1"


async def test_a_file_that_is_refused_fails_the_post_before_anything_is_fired(scene: Scene) -> None:
    network = Prepares(MediaRejected("The video has no sound."))
    with registered(network):
        await reach_through(scene, network)
        post = await with_picture(scene)
        await scene.work()
        assert await scene.prepare() == 0
    failed = await scene.now(post)
    assert (failed.status, failed.error_kind) == (PostStatus.FAILED, "media_rejected")
    assert "no sound" in (failed.error_message or "")
    assert network.armed == []
    assert [template for template, _ in await scene.told()] == ["post-failed"]


async def test_another_picture_is_brought_there_instead(scene: Scene) -> None:
    post = await with_picture(scene)
    await scene.prepare()
    other = [MediaRef(asset_id=await picture(scene, PNG + b" other"), alt_text="Rye")]
    async with scene.database.transaction(scene.startup.id) as session:
        await session.execute(update(ContentPiece).values(media_refs=other))
    assert (await fire(scene, post)).error_kind == "preparing"
    await scene.work()
    [received] = await scene.received()
    sent = scene.network_store.one("SELECT media FROM posts WHERE number = ?", (int(received["id"][1:]),))
    assert sent is not None
    assert sent["media"] == "[2]"


async def test_what_nobody_approved_is_not_brought_anywhere(scene: Scene) -> None:
    await with_picture(scene, at=clock.now() + timedelta(minutes=10), approved=False)
    await scene.prepare()
    assert uploads(scene) == 0
    found = await preparation(scene)
    assert found is not None
    assert found.error_kind == "unapproved"
    assert await scene.prepare() == 0  # nor looked at again and again
    scene.forward(minutes=2)
    await scene.prepare()
    assert uploads(scene) == 0


async def test_each_part_of_a_thread_is_prepared_once_the_one_before_is_out(scene: Scene) -> None:
    network = Always(*(Prepared(f"container-{number}") for number in range(3)))
    with registered(network):
        await reach_through(scene, network)
        post = await scene.post(body="One.\n\nTwo.\n\nThree.", parts=["One.", "Two.", "Three."])
        for _ in range(7):
            await scene.work()
            scene.forward(seconds=1)
    after = await scene.now(post)
    assert (after.status, after.attempt_count) == (PostStatus.PUBLISHED, 1)
    assert [armed.prepared for armed in network.armed] == ["container-0", "container-1", "container-2"]
    received = await scene.received()
    assert len(received) == 3
    assert [attempt.text_sent for attempt in await scene.attempts(post)] == ["One.", "Two.", "Three."]
    assert [part.reply_to for part in network.parts] == [None, received[0]["id"], received[1]["id"]]


async def test_a_post_that_was_moved_meanwhile_is_not_brought_forward(scene: Scene) -> None:
    network = Prepares(Prepared("video-1", timedelta(seconds=30)), Prepared("video-1"))
    with registered(network):
        await reach_through(scene, network)
        post = await with_picture(scene)
        await scene.prepare()
        assert (await fire(scene, post)).error_kind == "preparing"
        later = clock.now() + timedelta(minutes=10)
        async with scene.database.transaction(scene.startup.id) as session:
            await publishing.reschedule(
                session, scene.startup.owner, organization_id=scene.startup.id, post_id=post.id, scheduled_at=later
            )
        scene.forward(seconds=31)
        assert await scene.prepare() == 1
        after = await fire(scene, post)
    assert (after.status, after.next_attempt_at, after.error_kind) == (PostStatus.RETRYING, later, None)
    assert network.armed == []


async def test_what_was_refused_is_tried_anew_when_a_person_schedules_it_again(scene: Scene) -> None:
    network = Prepares(MediaRejected("The storage is full."))
    with registered(network):
        await reach_through(scene, network)
        post = await with_picture(scene)
        await scene.work()
        assert (await scene.now(post)).status is PostStatus.FAILED
        async with scene.database.transaction(scene.startup.id) as session:
            await publishing.reschedule(
                session,
                scene.startup.owner,
                organization_id=scene.startup.id,
                post_id=post.id,
                scheduled_at=clock.now(),
            )
        await scene.work()
        assert (await scene.now(post)).status is PostStatus.PUBLISHED


async def test_a_thread_that_pauses_keeps_its_place_in_the_plan(scene: Scene) -> None:
    network = Always(*(Prepared(f"container-{number}") for number in range(3)))
    with registered(network):
        await reach_through(scene, network)
        await scene.post(body="One.\n\nTwo.\n\nThree.", parts=["One.", "Two.", "Three."])
        counted = []
        for _ in range(7):
            await scene.work()
            scene.forward(seconds=1)
            async with scene.database.transaction(scene.startup.id) as session:
                counted.append(await session.scalar(select(Usage.posts_published)))
    assert [one for one in counted if one] == [1] * len([one for one in counted if one])
    assert counted[-1] == 1


async def test_a_look_up_knows_what_had_been_prepared(scene: Scene) -> None:
    asked: list[Armed] = []

    class Asked(Prepares):
        name = "asked"

        async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed):  # type: ignore[no-untyped-def]
            asked.append(armed)
            return await super().look_up(http, credentials, part, armed)

    network = Asked(Prepared("container-7"), fired=[UnknownOutcome("Cut off.")])
    with registered(network):
        await reach_through(scene, network)
        await with_picture(scene)
        await scene.work()
        scene.forward(seconds=6)
        await scene.work()
    assert [armed.prepared for armed in asked] == ["container-7"]
