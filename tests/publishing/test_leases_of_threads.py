"""A thread may take longer than its first claim lasts: the claim is renewed with each part, or somebody goes on."""

from __future__ import annotations

from contextlib import AsyncExitStack
from hashlib import sha256

import pytest

from aipromote import clock
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.pace import Pace
from aipromote.publishing.states import PostStatus
from publishing.race import Race

TEXTS = ["Rye.", "Wheat.", "Spelt.", "Oats."]
PACE = Pace(lease=30.0, fire_timeout=5.0)
A_PART = 20.0
"""Seconds that each part takes: less than a claim lasts; two of them take longer."""


async def _thread(race: Race) -> ScheduledPost:
    return await race.scene.post(body="\n\n".join(TEXTS), parts=TEXTS)


async def _is_out_in_order(race: Race, post: ScheduledPost) -> None:
    """Each part once, in the network's own ledger."""
    assert (await race.scene.now(post)).status is PostStatus.PUBLISHED
    received = await race.scene.received()
    assert [one["text_sha256"] for one in received] == [sha256(text.encode()).hexdigest() for text in TEXTS]
    await race.is_true()


@pytest.mark.parametrize("point", ["armed", "fired", "recorded"])
async def test_a_claim_is_renewed_with_each_part_of_a_thread(race: Race, point: str) -> None:
    post = await _thread(race)
    claims = []
    async with race.worker(point, pace=PACE) as worker:
        for sent in range(len(TEXTS)):
            assert await worker.stand() == point
            held = await race.scene.now(post)
            assert len(await race.scene.received()) == sent + (point != "armed")
            if held.status is PostStatus.PUBLISHING:
                claims.append((held.claimed_by, held.claimed_until))
                await race.pass_time(A_PART, database=3600)  # so that only the time of the claim stands for it
            assert await race.another_step(pace=PACE) == {(post.organization_id, post.id)}
            assert (await race.scene.now(post)).status is held.status
            worker.go_on()
        assert await worker.stand() is None
    assert len({who for who, _ in claims}) == 1
    assert len({until for _, until in claims}) == len(claims) == len(TEXTS) - (point == "recorded")
    assert clock.now() > min(until for _, until in claims if until is not None), "the first claim would have held"
    assert await race.scene.outcomes(post) == [(part, "PUBLISHED") for part in range(len(TEXTS))]
    assert (await race.scene.now(post)).attempt_count == 1
    await _is_out_in_order(race, post)


@pytest.mark.parametrize("part", range(len(TEXTS)))
@pytest.mark.parametrize("point", ["armed", "fired", "half_recorded", "recorded"])
async def test_who_stops_between_parts_is_taken_over_behind_the_last_part(race: Race, point: str, part: int) -> None:
    """And when they wake up they find that it is somebody else's."""
    post = await _thread(race)
    async with race.worker(point, pace=PACE) as worker:
        for _ in range(part):
            await worker.stand()
            worker.go_on()
        assert await worker.stand() == point
        out = part + (point != "armed")
        assert len(await race.scene.received()) == out
        await race.pass_time(120)
        second = race.another_step(pace=PACE)
        assert await race.waits(second) is (point == "half_recorded")  # for what the first is writing down
        if point != "half_recorded":
            await second
            await race.let_it_end()
            await _is_out_in_order(race, post)
        await worker.through()
        await second
    await race.let_it_end()
    assert [part for part, outcome in await race.scene.outcomes(post) if outcome == "PUBLISHED"] == [0, 1, 2, 3]
    await _is_out_in_order(race, post)


async def test_a_thread_is_taken_over_again_and_again(race: Race) -> None:
    """Two workers send one part each and stop, a third one sends the rest; in the end all of them wake up."""
    post = await _thread(race)
    asleep = []
    async with AsyncExitStack() as until_the_end:
        for sent in (1, 2):
            worker = await until_the_end.enter_async_context(race.worker("recorded", pace=PACE))
            assert await worker.stand() == "recorded"
            assert len(await race.scene.received()) == sent
            asleep.append(worker)
            await race.pass_time(120)
            await race.another_step(pace=PACE)  # finds that the part that was armed is absent
            await race.pass_time(10)
        await race.another_step(pace=PACE)
        for worker in reversed(asleep):
            await worker.through()
    await _is_out_in_order(race, post)
