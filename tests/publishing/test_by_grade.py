"""What follows from a lost answer depends on how sure the network lets one be; what it works on is only waited for."""

from __future__ import annotations

import pytest

from aipromote.publishing.pace import Pace
from aipromote.publishing.queries import why
from aipromote.publishing.states import PostStatus
from publishing.scene import Scene

GRADES = ("A", "B", "C", "D")
SOON = Pace(look_up_after=(5.0, 30.0, 120.0, 600.0))


async def _play(scene: Scene, grade: str) -> None:
    """The account's next tokens say so: it is asked for them at the next call."""
    async with scene.network.http.post("/grades", json={"account": "kornblume", "grade": grade}) as response:
        assert response.status in {200, 201, 204}, await response.text()


@pytest.mark.parametrize("grade", GRADES)
@pytest.mark.parametrize("fault", ["store_then_drop", "store_then_500", "malformed"])
async def test_what_the_network_has_is_found_and_never_sent_again(scene: Scene, grade: str, fault: str) -> None:
    await _play(scene, grade)
    post = await scene.post(body="Bread with seeds, every Tuesday.")
    await scene.network.fault(fault)
    await scene.work_until_quiet()
    [received] = await scene.received()
    found = await scene.now(post)
    assert (found.status, found.platform_post_id) == (PostStatus.PUBLISHED, received["id"])


@pytest.mark.parametrize(
    ("grade", "ends_as", "calls"),
    [
        ("A", PostStatus.PUBLISHED, 2),
        ("B", PostStatus.PUBLISHED, 2),
        ("C", PostStatus.PUBLISHED, 2),
        ("D", PostStatus.UNCONFIRMED, 1),
    ],
)
async def test_what_the_network_does_not_have_is_sent_again_only_where_that_can_be_proven(
    scene: Scene, grade: str, ends_as: PostStatus, calls: int
) -> None:
    await _play(scene, grade)
    post = await scene.post(body="Bread with seeds, every Wednesday.")
    await scene.network.fault("drop_unstored")
    await scene.work_until_quiet()
    left = await scene.now(post)
    assert left.status is ends_as
    assert len(await scene.attempts(post)) - sum(o == "UNAUTHORIZED" for _, o in await scene.outcomes(post)) == calls
    assert len(await scene.received()) == (ends_as is PostStatus.PUBLISHED)
    if ends_as is PostStatus.UNCONFIRMED:
        assert left.next_attempt_at is None
        assert "look at the account" in why(left)
        assert [template for template, _ in await scene.told()] == ["post-needs-you"]


async def test_a_list_is_not_believed_before_its_last_look_up(scene: Scene) -> None:
    """What does not show after half a minute may still show: nothing is sent again before the schedule is through."""
    await _play(scene, "C")
    post = await scene.post(body="Bread with seeds, every Friday.")
    await scene.network.fault("drop_unstored")
    await scene.work()
    for _ in range(3):
        scene.forward(seconds=45)
        await scene.work(pace=SOON)
        assert (await scene.now(post)).status is PostStatus.UNCONFIRMED
    assert await scene.received() == []


async def test_a_key_that_cannot_double_is_sent_again_at_once_when_nobody_can_be_asked(scene: Scene) -> None:
    await _play(scene, "A")
    post = await scene.post(body="Bread with seeds, every Monday.")
    await scene.network.fault("store_then_drop")
    await scene.network.fault("unavailable", target="read")
    await scene.work()
    scene.forward(seconds=6)
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert len([one for one in await scene.attempts(post) if one.key]) >= 2  # the second call got the first one's post
    assert len(await scene.received()) == 1


async def test_what_a_network_is_working_on_is_waited_for_and_never_sent_again(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("processing", seconds=300)
    await scene.work()
    waiting = await scene.now(post)
    assert (waiting.status, waiting.error_kind) == (PostStatus.UNCONFIRMED, "processing")
    assert "still working on it" in why(waiting)
    [attempt] = await scene.attempts(post)
    assert attempt.handle
    await scene.work_until_quiet()
    [received] = await scene.received()
    out = await scene.now(post)
    assert (out.status, out.platform_post_id) == (PostStatus.PUBLISHED, received["id"])
    assert await scene.outcomes(post) == [(0, "PUBLISHED")]
    assert await scene.told() == []


async def test_what_a_network_refuses_after_working_on_it_has_failed(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("processing_refused", seconds=60)
    await scene.work_until_quiet()
    failed = await scene.now(post)
    assert failed.status is PostStatus.FAILED
    assert await scene.outcomes(post) == [(0, "REJECTED")]
    assert [template for template, _ in await scene.told()] == ["post-failed"]


async def test_a_network_that_never_gets_done_ends_with_a_person(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("processing", seconds=100_000)
    await scene.work_until_quiet()
    left = await scene.now(post)
    assert (left.status, left.next_attempt_at) == (PostStatus.UNCONFIRMED, None)
    assert await scene.outcomes(post) == [(0, "UNKNOWN")]
    assert [template for template, _ in await scene.told()] == ["post-needs-you"]
