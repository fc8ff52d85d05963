"""Two publish steps over the same batch, of which one stands still at any point, or for longer than its claim lasts."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from aipromote.billing.models import Usage
from aipromote.publishing.changes import Key
from aipromote.publishing.states import PostStatus
from publishing.race import Race, Worker

POINTS = ("asked", "looked_up", "claimed", "armed", "fired", "half_recorded", "recorded")


async def _batch(race: Race) -> None:
    """One post whose call arrived without an answer, one whose call did not arrive, one that is due, and a thread."""
    scene = race.scene
    for fault in ("store_then_drop", "drop_unstored"):
        account = await scene.another_account(handle=fault)
        await scene.post(account=account, body=f"Bread after {fault}.")
        await scene.network.fault(fault, account=fault)
    await scene.work()
    assert {post.status for post in await scene.current()} == {PostStatus.UNCONFIRMED}
    scene.forward(minutes=2)  # a network may show a post a minute late
    await scene.post()
    await scene.post(body="One\n\nTwo\n\nThree", parts=["One", "Two", "Three"])


async def _is_out(race: Race) -> None:
    """Four posts in six parts, each of them once, and counted once."""
    await race.let_it_end()
    assert {post.status for post in await race.scene.current()} == {PostStatus.PUBLISHED}
    assert len(await race.scene.received()) == 6
    for post in race.scene.posts:
        assert not {"ARMED", "UNKNOWN"} & {outcome for _, outcome in await race.scene.outcomes(post)}
    async with race.scene.database.transaction(race.scene.startup.id) as session:
        assert await session.scalar(select(Usage.posts_published)) == 4
    await race.is_true()


def _sent_by_the_first(race: Race) -> set[Key]:
    """What is due is claimed at once by who comes first."""
    return {(post.organization_id, post.id) for post in race.scene.posts[2:]}


def _holds_rows(worker: Worker) -> bool:
    """It stands in the transaction of its first claim; when it has looked up, there is nothing to claim any more."""
    return worker.point == "claimed" and worker.reached.count("claimed") == 1


@pytest.mark.parametrize("point", POINTS)
async def test_a_second_step_while_the_first_stands_still(race: Race, point: str) -> None:
    await _batch(race)
    async with race.worker(point) as worker:
        while await worker.stand():
            second = race.another_step()
            assert await race.waits(second) is _holds_rows(worker)
            worker.go_on()
            assert _sent_by_the_first(race) <= await second  # which is no work any more
        await worker.through()
    await _is_out(race)
    assert [post.attempt_count for post in await race.scene.current()] == [1, 2, 1, 1]


@pytest.mark.parametrize("point", POINTS)
async def test_a_second_step_once_the_claims_of_the_first_ran_out(race: Race, point: str) -> None:
    """As after a computer slept: the first goes on as if nothing had been."""
    await _batch(race)
    async with race.worker(point) as worker:
        while await worker.stand():
            await race.pass_time(120)
            second = race.another_step()
            # What the first has half recorded is looked up meanwhile; only the answer has to wait.
            assert await race.waits(second) is (_holds_rows(worker) or point == "half_recorded")
            worker.go_on()
            await second
        await worker.through()
    await _is_out(race)


async def test_two_look_ups_of_one_call_are_one_answer(race: Race) -> None:
    await _batch(race)
    async with race.worker("asked", name="one") as one, race.worker("asked", name="two") as two:
        assert [await one.stand(), await two.stand()] == ["asked", "asked"]
        not_owed = [await one.through(), await two.through()]
    assert not_owed[0] & not_owed[1] == set()  # both have asked about the two, and one has sent the others
    assert not_owed[0] | not_owed[1] == _sent_by_the_first(race)
    await _is_out(race)


async def test_who_wakes_up_does_not_touch_the_claim_of_whoever_goes_on(race: Race) -> None:
    post = await race.scene.post()
    async with race.worker("armed", name="one") as one:
        assert await one.stand() == "armed"
        await race.pass_time(120)
        await race.another_step()  # the first has sent nothing, and that is certain
        await race.pass_time(10)
        async with race.worker("armed", name="two") as two:
            assert await two.stand() == "armed"
            held = await race.scene.now(post)
            await one.through()
            still = await race.scene.now(post)
            assert still.status is PostStatus.PUBLISHING
            assert (still.claimed_by, still.claimed_until) == (held.claimed_by, held.claimed_until)
            await two.through()
    assert (await race.scene.now(post)).status is PostStatus.PUBLISHED
    assert await race.scene.outcomes(post) == [(0, "ABSENT"), (0, "PUBLISHED")]
    await race.is_true()
