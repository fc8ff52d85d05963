"""Posts of one account keep its gap and its quotas, and wait while its network asks to wait."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from aipromote import clock
from aipromote.connectors.contract import Quota
from aipromote.documents.vocabulary import Platform
from aipromote.publishing import turns
from aipromote.publishing.models import AccountPace
from aipromote.publishing.states import PostStatus
from aipromote.publishing.step import publish_batch
from publishing.networks import Metered, reach_through, registered
from publishing.scene import Scene

DAY = 86_400


async def _pace(scene: Scene) -> AccountPace:
    async with scene.database.transaction(scene.startup.id) as session:
        return (await session.scalars(select(AccountPace))).one()


async def _posts(scene: Scene, count: int, **values: object) -> None:
    for number in range(count):
        await scene.post(body=f"Bread with {chr(65 + number)} for you.", **values)


async def test_a_quota_lets_out_as_many_as_it_holds_and_gives_the_others_their_turns(scene: Scene) -> None:
    network = Metered(Quota(2, 3600))
    with registered(network):
        await reach_through(scene, network)
        await _posts(scene, 4)
        before = clock.now()
        await scene.work()
        sent, waiting = [], []
        for post in await scene.current():
            (sent if post.status is PostStatus.PUBLISHED else waiting).append(post)
        assert len(sent) == 2
        pauses = sorted((post.next_attempt_at - before).total_seconds() for post in waiting)
        assert [round(turn / 1800) for turn in pauses] == [1, 2]
        for post in waiting:
            assert (post.status, post.error_kind) == (PostStatus.RETRYING, "waits_its_turn")
            assert post.attempt_count == 0
            assert "2 posts an hour" in post.error_message
        await scene.work_until_quiet()
    assert {post.status for post in await scene.current()} == {PostStatus.PUBLISHED}
    assert [attempts for post in scene.posts for attempts in await scene.outcomes(post)] == [(0, "PUBLISHED")] * 4


async def test_concurrent_batches_never_take_more_than_the_quota_together(scene: Scene) -> None:
    network = Metered(Quota(3, DAY))
    with registered(network):
        await reach_through(scene, network)
        await _posts(scene, 8)
        halves = [[(post.organization_id, post.id) for post in scene.posts[part::4]] for part in range(4)]
        await asyncio.gather(*(publish_batch(scene.database, scene.http, half) for half in halves))
    assert len(await scene.received()) == 3
    assert (await _pace(scene)).buckets[0].tokens < 0.1


async def test_a_call_that_was_not_begun_takes_nothing_of_the_quota(scene: Scene) -> None:
    network = Metered(Quota(2, 100 * DAY))
    with registered(network):
        await reach_through(scene, network)
        await _posts(scene, 1)
        for _ in range(3):
            await scene.work(at=lambda point: scene.forward(seconds=40) if point == "armed" else None)
            scene.forward(seconds=40)
        assert (await _pace(scene)).buckets[0].tokens == pytest.approx(2, abs=0.01)
        await scene.work()
        assert (await _pace(scene)).buckets[0].tokens == pytest.approx(1, abs=0.01)
    assert [outcome for _, outcome in await scene.outcomes(scene.posts[0])] == ["UNREACHABLE"] * 3 + ["PUBLISHED"]


async def test_each_message_of_a_thread_takes_one_of_the_quota(scene: Scene) -> None:
    network = Metered(Quota(4, DAY))
    with registered(network):
        await reach_through(scene, network)
        thread = await scene.post(body="One\n\nTwo\n\nThree", parts=["One", "Two", "Three"])
        other = await scene.post(body="Another\n\nthread", parts=["Another", "thread"])
        await scene.work()
        assert (await scene.now(thread)).status is PostStatus.PUBLISHED
        waiting = await scene.now(other)
        assert waiting.status is PostStatus.RETRYING
        assert waiting.next_attempt_at - clock.now() > timedelta(hours=5)
        assert len(await scene.received()) == 3


async def test_a_turn_that_comes_too_late_ends_as_missed_with_the_reason(scene: Scene) -> None:
    network = Metered(Quota(1, 10 * DAY))
    with registered(network):
        await reach_through(scene, network)
        await _posts(scene, 2)
        await scene.work()
        _, waiting = await scene.current()
        assert waiting.next_attempt_at == waiting.scheduled_at + timedelta(days=1, seconds=1)
        scene.forward(days=1, seconds=2)
        await scene.work()
    missed = await scene.now(waiting)
    assert missed.status is PostStatus.MISSED
    assert "1 post in 10 days" in missed.error_message
    assert [template for template, _ in await scene.told()] == ["post-missed"]


async def test_a_network_that_asks_to_wait_closes_the_account_for_every_post_of_it(scene: Scene) -> None:
    first = await scene.post(body="First.")
    await scene.network.fault("rate_limit", seconds=900)
    await scene.work()
    later = await scene.post(body="Came later.")
    await scene.work()
    waiting = await scene.now(later)
    assert (waiting.status, waiting.error_kind, waiting.attempt_count) == (PostStatus.RETRYING, "waits_its_turn", 0)
    assert "asked to wait until" in waiting.error_message
    assert waiting.next_attempt_at == (await _pace(scene)).closed_until
    assert await scene.attempts(later) == []
    assert await scene.outcomes(first) == [(0, "RATE_LIMITED")]
    await scene.work_until_quiet()
    assert {post.status for post in await scene.current()} == {PostStatus.PUBLISHED}
    assert (await _pace(scene)).closed_until is not None  # over, and ignored


async def test_a_shorter_wait_does_not_open_what_is_closed_for_longer(scene: Scene) -> None:
    await scene.post(body="First.")
    await scene.network.fault("rate_limit", seconds=900)
    await scene.work()
    closed = (await _pace(scene)).closed_until
    sooner = turns.Closing(clock.after(5), "rate_limited", "Too many.")
    async with scene.database.transaction(scene.startup.id) as session:
        await turns.close(session, {(scene.startup.id, scene.account.id): sooner})
    assert (await _pace(scene)).closed_until == closed


async def test_the_gap_counts_from_the_last_part_of_a_thread(scene: Scene) -> None:
    network = Metered(gap=60.0)
    with registered(network):
        await reach_through(scene, network)
        await scene.post(body="One\n\nTwo", parts=["One", "Two"])

        def pause(point: str) -> None:
            if point == "fired":
                scene.forward(seconds=5)

        await scene.work(at=pause)
        ended = (await _pace(scene)).armed_at
        other = await scene.post(body="Another.")
        await scene.work()
    waiting = await scene.now(other)
    assert waiting.next_attempt_at == ended + timedelta(seconds=60)
    assert "kept 60 seconds apart" in waiting.error_message


async def test_a_clock_that_was_put_back_does_not_keep_an_account_waiting(scene: Scene) -> None:
    account = await scene.another_account(platform=Platform.TWITTER, handle="kornblume_x")
    ahead = {"organization_id": scene.startup.id, "social_account_id": account.id}
    async with scene.database.transaction(scene.startup.id) as session:
        year = timedelta(days=365)
        session.add(AccountPace(**ahead, armed_at=clock.now() + year, filled_at=clock.now() + year, buckets=[]))
    post = await scene.post(account=account)
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED


async def test_an_account_without_gap_and_quotas_costs_no_statement(scene: Scene) -> None:
    said: list[str] = []
    event.listen(scene.database.engine.sync_engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    await scene.post()
    await scene.work()
    assert not [statement for statement in said if "advisory" in statement or "INTO account_paces" in statement]
