"""Whatever a network does wrong: never lost, never twice."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from sqlalchemy import select, update

from aipromote import clock
from aipromote.billing.models import Usage
from aipromote.errors import Conflict
from aipromote.publishing import actions
from aipromote.publishing.models import PublishAttempt, ScheduledPost
from aipromote.publishing.pace import Pace
from aipromote.publishing.queries import why
from aipromote.publishing.states import Outcome, PostStatus
from publishing.scene import IMPATIENT, Scene


@pytest.mark.parametrize("fault", ["store_then_drop", "store_then_500", "malformed"])
async def test_a_stored_post_without_an_answer_is_found_and_not_sent_again(scene: Scene, fault: str) -> None:
    post = await scene.post()
    await scene.network.fault(fault)
    await scene.work()
    unsure = await scene.now(post)
    assert unsure.status is PostStatus.UNCONFIRMED
    assert "network will be asked" in why(unsure)
    await scene.work_until_quiet()
    after = await scene.now(post)
    [received] = await scene.received()
    assert after.status is PostStatus.PUBLISHED
    assert after.platform_post_id == received["id"]
    assert await scene.outcomes(post) == [(0, "PUBLISHED")]


async def test_an_answer_beyond_the_time_out_is_an_unknown_outcome(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("slow", seconds=1.0)
    await scene.work(pace=IMPATIENT)
    assert (await scene.now(post)).status is PostStatus.UNCONFIRMED
    await scene.work_until_quiet()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert len(await scene.received()) == 1


async def test_a_post_that_shows_late_is_not_taken_for_absent(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("delayed_visibility", seconds=40)
    await scene.network.fault("store_then_drop")
    await scene.work()
    await scene.work_until_quiet()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert len(await scene.received()) == 1


async def test_a_call_that_was_lost_on_the_way_is_made_again_once_that_is_certain(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("drop_unstored")
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.UNCONFIRMED
    await scene.work_until_quiet()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert await scene.outcomes(post) == [(0, "ABSENT"), (0, "PUBLISHED")]
    assert len(await scene.received()) == 1


async def test_a_post_that_is_absent_a_second_time_has_failed(scene: Scene) -> None:
    """A network that loses two calls without a trace is a person's matter, though an attempt would be left."""
    post = await scene.post()
    await scene.network.fault("drop_unstored", times=3)
    await scene.work_until_quiet()
    failed = await scene.now(post)
    assert failed.status is PostStatus.FAILED
    assert failed.error_message == "The network did not take it in 2 calls. It is certain that it is not there."
    assert await scene.outcomes(post) == [(0, "ABSENT")] * 2
    assert await scene.received() == []


async def test_look_ups_that_come_to_nothing_end_with_a_person(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("drop_unstored")
    pace = Pace(look_up_after=(1.0, 1.0, 1.0))
    for _ in range(4):
        await scene.work(pace=pace)
        scene.forward(seconds=2)
    parked = await scene.now(post)
    assert parked.status is PostStatus.UNCONFIRMED
    assert parked.next_attempt_at is None
    assert "look at the account" in why(parked)
    [(template, _)] = await scene.told()
    assert template == "post-needs-you"


@pytest.mark.parametrize("url", ["https://example.org/posts/1", None])
async def test_a_person_can_say_what_became_of_a_post(scene: Scene, url: str | None) -> None:
    post = await scene.post()
    await scene.network.fault("drop_unstored")
    await scene.work()
    key = {"organization_id": scene.startup.id, "post_id": post.id}
    async with scene.database.transaction(scene.startup.id) as session:
        settled = await actions.settle(session, scene.startup.owner, **key, url=url)
    assert (settled.status, settled.platform_url) == (PostStatus.PUBLISHED if url else PostStatus.FAILED, url)
    if url is None:
        async with scene.database.transaction(scene.startup.id) as session:
            await actions.publish_now(session, scene.startup.owner, **key)
        await scene.work()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert len(await scene.received()) == (0 if url else 1)


async def test_a_person_can_ask_the_network_once_more(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("store_then_drop")
    await scene.work()
    async with scene.database.transaction(scene.startup.id) as session:
        await actions.look_again(session, scene.startup.owner, organization_id=scene.startup.id, post_id=post.id)
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED


async def test_a_network_that_is_away_while_looking_up_uses_up_nothing(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("store_then_drop")
    await scene.network.fault("unavailable", target="read", times=6)
    await scene.work_until_quiet()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert len(await scene.received()) == 1


async def test_a_network_that_stays_away_while_looking_up_ends_with_a_person(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("store_then_drop")
    await scene.work()
    await scene.network.fault("unavailable", target="read", times=100)
    for _ in range(26):
        await scene.work()
        scene.forward(hours=1)
    parked = await scene.now(post)
    assert (parked.status, parked.next_attempt_at) == (PostStatus.UNCONFIRMED, None)
    assert [template for template, _ in await scene.told()] == ["post-needs-you"]


async def test_what_a_person_says_too_late_changes_nothing(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("drop_unstored")
    await scene.work()
    key = {"organization_id": scene.startup.id, "post_id": post.id}

    async def settle() -> None:
        async with scene.database.transaction(scene.startup.id) as session:
            await actions.settle(session, scene.startup.owner, **key, url=None)

    async with scene.database.transaction(scene.startup.id) as session:
        again = {"status": PostStatus.RETRYING, "next_attempt_at": clock.now()}
        await session.execute(update(ScheduledPost).where(ScheduledPost.id == post.id).values(again))
        settling = asyncio.create_task(settle())
        await asyncio.sleep(0.3)
    with pytest.raises(Conflict):
        await settling
    assert await scene.outcomes(post) == [(0, "UNKNOWN")]


async def test_a_post_whose_calls_are_all_known_goes_on_and_is_counted_once(scene: Scene) -> None:
    """What a worker wrote down too late: its claim had ended, the attempt's outcome is certain all the same."""
    post = await scene.post()
    await scene.network.fault("drop_unstored")
    await scene.work()
    async with scene.database.transaction(scene.startup.id) as session:
        await session.execute(update(PublishAttempt).values(outcome=Outcome.UNREACHABLE))
    await scene.work_until_quiet()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    async with scene.database.transaction(scene.startup.id) as session:
        assert await session.scalar(select(Usage.posts_published)) == 1


async def test_an_unavailable_network_is_tried_again(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("unavailable", times=2)
    await scene.work()
    waiting = await scene.now(post)
    assert waiting.status is PostStatus.RETRYING
    assert "2 attempts left" in why(waiting)
    await scene.work_until_quiet()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert await scene.outcomes(post) == [(0, "UNREACHABLE"), (0, "UNREACHABLE"), (0, "PUBLISHED")]


async def test_a_refused_connection_is_tried_again_and_gives_up_after_the_last_attempt(scene: Scene) -> None:
    post = await scene.post()
    await scene.network._server.close()
    await scene.work_until_quiet()
    after = await scene.now(post)
    assert after.status is PostStatus.FAILED
    assert after.attempt_count == 3
    assert after.error_message is not None
    assert "nothing was sent" in after.error_message
    [(template, reason)] = await scene.told()
    assert template == "post-failed"
    assert reason == after.error_message


async def test_a_rate_limit_is_waited_out_and_costs_no_attempt(scene: Scene) -> None:
    first, second = await scene.post(body="First."), await scene.post(body="Second.")
    await scene.network.fault("rate_limit", seconds=90)
    before = clock.now()
    await scene.work()
    for post in (first, second):
        waiting = await scene.now(post)
        assert waiting.status is PostStatus.RETRYING
        assert waiting.attempt_count == 0
        assert waiting.next_attempt_at is not None
        assert (waiting.next_attempt_at - before).total_seconds() >= 90
    await scene.work()
    assert await scene.received() == []
    await scene.work_until_quiet()
    assert len(await scene.received()) == 2


async def test_a_limit_that_outlasts_the_late_window_is_told_when_the_post_is_missed(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("rate_limit", seconds=10 * 86_400)
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.RETRYING
    scene.forward(hours=24, seconds=2)
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.MISSED
    assert [template for template, _ in await scene.told()] == ["post-missed"]


async def test_a_limit_on_looking_up_ends_with_a_person(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("store_then_drop")
    await scene.work()
    await scene.network.fault("rate_limit", target="read", seconds=10 * 86_400, times=10)
    for _ in range(3):
        scene.forward(hours=13)
        await scene.work()
    assert (await scene.now(post)).next_attempt_at is None
    assert [template for template, _ in await scene.told()] == ["post-needs-you"]


async def test_a_refused_post_is_never_sent_again(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("refuse")
    await scene.work()
    scene.forward(hours=2)
    await scene.work()
    after = await scene.now(post)
    assert after.status is PostStatus.FAILED
    assert after.error_message is not None
    assert "refused" in after.error_message
    assert await scene.outcomes(post) == [(0, "REJECTED")]
    assert (await scene.piece(post)).status == "FAILED"
    assert await scene.received() == []


async def test_a_post_whose_calls_all_have_outcomes_by_now_is_not_sent_after_its_late_window(
    scene: Scene, owner: asyncpg.Connection
) -> None:
    """Somebody has found out about its call meanwhile, so it goes back to be sent; for that it is too late."""
    post = await scene.post()
    await scene.network.fault("drop_unstored")
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.UNCONFIRMED
    await owner.execute("UPDATE publish_attempts SET outcome = 'ABSENT' WHERE scheduled_post_id = $1", post.id)
    scene.forward(hours=30)
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.MISSED
    assert await scene.received() == []
