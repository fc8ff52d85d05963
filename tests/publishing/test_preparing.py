"""What belongs to a post is brought to its network before it is due, and only what is ready is fired."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import aiohttp
import pytest
from sqlalchemy import select, update

from aipromote import clock
from aipromote.assets import actions as assets
from aipromote.assets.states import AssetType
from aipromote.billing.models import Usage
from aipromote.connectors.contract import Armed, Credentials, Part, Prepared, Published
from aipromote.connectors.errors import (
    ConnectorError,
    MediaRejected,
    RateLimited,
    Revoked,
    Stale,
    UnknownOutcome,
    Unreachable,
)
from aipromote.connectors.sandbox import SandboxConnector
from aipromote.content.models import ContentPiece
from aipromote.documents.content import MediaRef
from aipromote.publishing import actions as publishing
from aipromote.publishing.models import PostPreparation, PublishingHold, ScheduledPost
from aipromote.publishing.preparing import making
from aipromote.publishing.preparing import queries as preparing
from aipromote.publishing.states import PostStatus
from aipromote.publishing.step import publish_batch
from publishing.networks import reach_through, registered
from publishing.scene import CALM, IMPATIENT, Scene

PNG = b"\x89PNG\r\n\x1a\n and so on"


class Prepares(SandboxConnector):
    """Answers `prepare` with what it is told to, then as the sandbox does."""

    name = "prepares"

    def __init__(self, *answers: Prepared | ConnectorError, fired: Sequence[ConnectorError] = ()) -> None:
        self.answers, self.failures = list(answers), list(fired)
        self.handles: list[str | None] = []
        self.parts: list[Part] = []
        self.armed: list[Armed] = []

    async def prepare(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None
    ) -> Prepared:
        self.handles.append(prepared)
        self.parts.append(part)
        if not self.answers:
            return await super().prepare(http, credentials, part, prepared)
        answer = self.answers.pop(0)
        if isinstance(answer, ConnectorError):
            raise answer
        return answer

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published:
        self.armed.append(armed)
        if self.failures:
            raise self.failures.pop(0)
        media = armed.prepared if armed.prepared and armed.prepared.startswith("[") else "[]"
        known = Armed(armed.key, armed.armed_at, prepared=media)
        answer = await super().publish(http, credentials, part, known)
        assert isinstance(answer, Published)
        return answer


class Always(Prepares):
    """Wants a container for every message, as Threads does."""

    name = "always"

    def prepares(self, part: Part) -> bool:
        del part
        return True


async def picture(scene: Scene, content: bytes = PNG) -> UUID:
    async with scene.database.transaction(scene.startup.id) as session:
        file = {"name": "loaf.png", "content": content, "mime_type": "image/png", "type": AssetType.IMAGE}
        return (await assets.store(session, scene.startup.owner, organization_id=scene.startup.id, **file)).id


async def with_picture(scene: Scene, **values: object) -> ScheduledPost:
    return await scene.post(body="Look.", media_refs=[MediaRef(asset_id=await picture(scene))], **values)


async def preparation(scene: Scene) -> PostPreparation | None:
    async with scene.database.transaction(scene.startup.id) as session:
        return await session.scalar(select(PostPreparation))


async def fire(scene: Scene, post: ScheduledPost) -> ScheduledPost:
    """The publish step alone, as if no worker had come to the files."""
    await publish_batch(scene.database, scene.http, [(post.organization_id, post.id)], pace=CALM)
    return await scene.now(post)


def uploads(scene: Scene) -> int:
    found = scene.network_store.one("SELECT count(*) AS n FROM media")
    return 0 if found is None else int(found["n"])


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


class Along(Prepares):
    """Files go along with the call that publishes, which takes longer than calls may take, as for Telegram."""

    name = "along"

    def prepares(self, part: Part) -> bool:
        del part
        return False

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published:
        prepared = await SandboxConnector.prepare(self, http, credentials, part, None)
        if part.media:
            await asyncio.sleep(2 * IMPATIENT.fire_timeout)
        return await super().publish(http, credentials, part, replace(armed, prepared=prepared.handle))


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
