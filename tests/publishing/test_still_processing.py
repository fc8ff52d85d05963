"""Some networks take a post and work on it for a while. They are asked, and it is never sent again."""

from __future__ import annotations

from datetime import timedelta

from aipromote import clock
from aipromote.connectors.contract import Processing
from aipromote.connectors.errors import MediaRejected, Rejected, UnknownOutcome, Unreachable
from aipromote.publishing.queries import why
from aipromote.publishing.states import PostStatus
from publishing.networks import Says, reach_through, registered
from publishing.scene import Scene

AT_WORK = Processing("video-1", "Being encoded.", timedelta(seconds=30))


async def test_what_the_network_works_on_is_asked_about_by_its_handle_until_it_is_out(scene: Scene) -> None:
    again = Processing("video-2", "Almost done.", timedelta(seconds=30))
    network = Says(AT_WORK, looked_up=[again, Unreachable("Away."), again])
    with registered(network):
        await reach_through(scene, network)
        post = await scene.post()
        await scene.work()
        waiting = await scene.now(post)
        assert (waiting.status, waiting.error_kind) == (PostStatus.UNCONFIRMED, "processing")
        assert "has it and is still working on it" in why(waiting)
        assert "no answer" not in why(waiting)
        for _ in range(3):
            scene.dial.jump((await scene.now(post)).next_attempt_at or clock.now())
            await scene.work()
            assert (await scene.now(post)).error_kind == "processing"
    assert [armed.handle for armed in network.asked] == ["video-1", "video-2", "video-2"]
    assert len(network.fired) == 1
    assert await scene.outcomes(post) == [(0, "UNKNOWN")]


async def test_it_is_adopted_once_it_is_out(scene: Scene) -> None:
    await scene.network.fault("processing", seconds=20)
    post = await scene.post()
    await scene.work()
    assert (await scene.now(post)).error_kind == "processing"
    await scene.work_until_quiet()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert len(await scene.received()) == 1


async def test_what_is_refused_after_it_was_worked_on_has_failed_and_says_why(scene: Scene) -> None:
    network = Says(AT_WORK, looked_up=[MediaRejected("The video has no sound.")])
    with registered(network):
        await reach_through(scene, network)
        post = await scene.post()
        await scene.work()
        scene.forward(seconds=31)
        await scene.work()
    failed = await scene.now(post)
    assert (failed.status, failed.error_kind) == (PostStatus.FAILED, "media_rejected")
    assert "no sound" in (failed.error_message or "")
    assert await scene.outcomes(post) == [(0, "REJECTED")]
    assert [template for template, _ in await scene.told()] == ["post-failed"]


async def test_a_refusal_of_the_look_up_of_a_lost_call_is_no_refusal_of_the_post(scene: Scene) -> None:
    network = Says(UnknownOutcome("Cut off."), looked_up=[Rejected("No such call.")])
    with registered(network):
        await reach_through(scene, network)
        post = await scene.post()
        await scene.work()
        scene.forward(seconds=6)
        await scene.work()
    assert (await scene.now(post)).status is PostStatus.UNCONFIRMED


async def test_work_that_does_not_end_within_an_hour_is_a_persons(scene: Scene) -> None:
    network = Says(AT_WORK, looked_up=[Processing("video-1", "Being encoded.", timedelta(minutes=10))] * 20)
    with registered(network):
        await reach_through(scene, network)
        post = await scene.post()
        await scene.work_until_quiet()
    parked = await scene.now(post)
    assert (parked.status, parked.next_attempt_at) == (PostStatus.UNCONFIRMED, None)
    assert [template for template, _ in await scene.told()] == ["post-needs-you"]
    assert len(network.fired) == 1


async def test_a_thread_goes_on_when_its_first_part_is_out(scene: Scene) -> None:
    post = await scene.post(body="One\n\nTwo", parts=["One", "Two"])
    await scene.network.fault("processing", seconds=20)
    await scene.work_until_quiet()
    first, second = await scene.received()
    assert second["reply_to"] == first["id"]
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
