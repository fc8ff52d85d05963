"""What may follow from a look-up, by how sure each network lets one be."""

from __future__ import annotations

from typing import Any

import pytest

from aipromote.connectors.contract import Absent, Certainty, Undecided
from aipromote.connectors.errors import Duplicate, Rejected, UnknownOutcome, Unreachable
from aipromote.errors import Conflict
from aipromote.jobs import tally
from aipromote.publishing import actions
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.pace import Pace
from aipromote.publishing.states import PostStatus
from publishing.networks import Says, reach_through, registered
from publishing.scene import CALM, Scene

CUT_OFF = UnknownOutcome("Cut off.")


async def _lost(scene: Scene, network: Says) -> ScheduledPost:
    """A post whose first call stays without an answer."""
    await reach_through(scene, network)
    post = await scene.post()
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.UNCONFIRMED
    return post


async def _look(scene: Scene, post: ScheduledPost, *, pace: Pace = CALM) -> ScheduledPost:
    """At the time of the next look-up."""
    due = (await scene.now(post)).next_attempt_at
    assert due is not None
    scene.dial.jump(due)
    await scene.work(pace=pace)
    return await scene.now(post)


@pytest.mark.parametrize("grade", [Certainty.EXACT, Certainty.HANDLE])
async def test_where_a_key_tells_absence_is_believed_at_once(scene: Scene, grade: Certainty) -> None:
    network = Says(CUT_OFF, looked_up=[Absent()], grade=grade)
    with registered(network):
        post = await _lost(scene, network)
        assert (await _look(scene, post)).status is PostStatus.RETRYING
        await scene.work_until_quiet()
    assert await scene.outcomes(post) == [(0, "ABSENT"), (0, "PUBLISHED")]


async def test_where_a_list_tells_absence_is_believed_in_the_last_look_up_only(scene: Scene) -> None:
    network = Says(CUT_OFF, looked_up=[Absent()] * 4, grade=Certainty.LISTING)
    with registered(network):
        post = await _lost(scene, network)
        [armed] = [attempt.armed_at for attempt in await scene.attempts(post)]
        looked = []
        for _ in range(3):
            assert (await _look(scene, post)).status is PostStatus.UNCONFIRMED
            assert await scene.outcomes(post) == [(0, "UNKNOWN")]
            looked.append(round(((await scene.now(post)).next_attempt_at - armed).total_seconds()))
        assert looked == [30, 120, 600]
        assert (await _look(scene, post)).status is PostStatus.RETRYING
        await scene.work_until_quiet()
    assert await scene.outcomes(post) == [(0, "ABSENT"), (0, "PUBLISHED")]


async def test_a_look_up_that_a_person_asks_for_early_proves_nothing_where_a_list_is_late(scene: Scene) -> None:
    network = Says(CUT_OFF, looked_up=[Absent()] * 9, grade=Certainty.LISTING)
    with registered(network):
        post = await _lost(scene, network)
        for _ in range(5):
            key = {"organization_id": scene.startup.id, "post_id": post.id}
            async with scene.database.transaction(scene.startup.id) as session:
                await actions.look_again(session, scene.startup.owner, **key)
            await scene.work()
    assert (await scene.now(post)).status is PostStatus.UNCONFIRMED
    assert len(network.fired) == 1


async def test_where_only_texts_can_be_compared_absence_is_never_believed(scene: Scene) -> None:
    network = Says(CUT_OFF, looked_up=[Absent()] * 5, grade=Certainty.MATCH)
    with registered(network):
        post = await _lost(scene, network)
        for _ in range(4):
            parked = await _look(scene, post)
        assert (parked.status, parked.next_attempt_at) == (PostStatus.UNCONFIRMED, None)
        assert "no proof" in (parked.error_message or "")
    assert [template for template, _ in await scene.told()] == ["post-needs-you"]
    assert len(network.fired) == 1


async def test_where_only_texts_can_be_compared_what_is_found_counts(scene: Scene) -> None:
    network = Says(grade=Certainty.MATCH)
    with registered(network):
        await scene.network.fault("store_then_drop")
        post = await _lost(scene, network)
        assert (await _look(scene, post)).status is PostStatus.PUBLISHED
    assert len(await scene.received()) == 1


async def test_where_a_key_makes_repeats_impossible_a_lost_call_is_made_again_at_once(scene: Scene) -> None:
    network = Says(CUT_OFF, looked_up=[Unreachable("Away.")], grade=Certainty.EXACT)
    with registered(network):
        post = await _lost(scene, network)
        assert (await _look(scene, post)).status is PostStatus.PUBLISHED
    assert len({armed.key for armed in network.fired}) == 1
    assert await scene.outcomes(post) == [(0, "UNKNOWN"), (0, "PUBLISHED")]
    assert len(await scene.received()) == 1


@pytest.mark.parametrize("grade", [Certainty.HANDLE, Certainty.LISTING, Certainty.MATCH])
async def test_other_networks_are_only_asked_again_when_a_look_up_cannot_be_made(
    scene: Scene, grade: Certainty
) -> None:
    network = Says(CUT_OFF, looked_up=[Unreachable("Away.")] * 6, grade=grade)
    with registered(network):
        post = await _lost(scene, network)
        for _ in range(6):
            assert (await _look(scene, post)).status is PostStatus.UNCONFIRMED
    assert len(network.fired) == 1


async def test_a_repeat_that_is_refused_decides_nothing_about_the_call_before(scene: Scene) -> None:
    network = Says(CUT_OFF, Rejected("Malformed."), looked_up=[Unreachable("Away.")], grade=Certainty.EXACT)
    with registered(network):
        post = await _lost(scene, network)
        unsure = await _look(scene, post)
        assert unsure.status is PostStatus.UNCONFIRMED
        assert await scene.outcomes(post) == [(0, "UNKNOWN"), (0, "REJECTED")]
        assert await scene.told() == []


async def test_a_repeat_that_waits_for_its_turn_cannot_be_called_back(scene: Scene) -> None:
    """What may be out is not "cancelled"."""
    network = Says(CUT_OFF, grade=Certainty.EXACT)
    with registered(network):
        post = await _lost(scene, network)
        await _as_if_put_off(scene, post)
        key = {"organization_id": scene.startup.id, "post_id": post.id}
        async with scene.database.transaction(scene.startup.id) as session:
            with pytest.raises(Conflict, match="not known yet"):
                await actions.cancel(session, scene.startup.owner, **key)
            with pytest.raises(Conflict, match="not known yet"):
                await actions.publish_now(session, scene.startup.owner, **key)


@pytest.mark.parametrize(("grade", "later"), [(Certainty.EXACT, 3600), (Certainty.HANDLE, 5)])
async def test_what_comes_to_a_worker_without_a_proof_is_looked_up_and_not_sent(
    scene: Scene, grade: Certainty, later: float
) -> None:
    """A key that networks have forgotten by now, or a network where a repeat may double."""
    network = Says(CUT_OFF, grade=grade)
    with registered(network):
        post = await _lost(scene, network)
        await _as_if_put_off(scene, post)
        scene.forward(seconds=later)
        await scene.work()
        assert (await scene.now(post)).status is PostStatus.UNCONFIRMED
    assert len(network.fired) == 1


async def _as_if_put_off(scene: Scene, post: ScheduledPost) -> None:
    async with scene.database.transaction(scene.startup.id) as session:
        row = await session.get(ScheduledPost, (post.organization_id, post.id))
        row.status, row.error_kind = PostStatus.RETRYING, "waits_its_turn"


async def test_what_was_lost_twice_is_a_persons(scene: Scene) -> None:
    network = Says(CUT_OFF, CUT_OFF, looked_up=[Absent(), Absent()])
    with registered(network):
        post = await _lost(scene, network)
        await scene.work_until_quiet()
    failed = await scene.now(post)
    assert (failed.status, failed.attempt_count) == (PostStatus.FAILED, 2)
    assert "2 calls" in (failed.error_message or "")
    assert len(network.fired) == 2


async def test_a_duplicate_is_looked_up_at_once_and_adopted(scene: Scene) -> None:
    class Remembers(Says):
        """Says "duplicate" of a key that it has, as many networks do of a text."""

        async def publish(self, http: Any, credentials: Any, part: Any, armed: Any) -> Any:
            await super().publish(http, credentials, part, armed)
            raise Duplicate("Twice.")

    network = Remembers()
    with registered(network):
        post = await _lost(scene, network)
        await scene.work()  # without a wait
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert len(await scene.received()) == 1


async def test_a_network_that_has_it_already_is_believed_above_a_list_that_does_not_show_it(scene: Scene) -> None:
    network = Says(Duplicate("Twice."), looked_up=[Absent()] * 5)
    with registered(network):
        post = await _lost(scene, network)
        for _ in range(4):
            parked = await _look(scene, post)
    assert (parked.status, parked.next_attempt_at) == (PostStatus.UNCONFIRMED, None)
    assert len(network.fired) == 1


async def test_a_network_that_does_not_know_to_the_end_is_sent_the_same_key_again_where_that_is_safe(
    scene: Scene,
) -> None:
    network = Says(CUT_OFF, looked_up=[Undecided("Who knows.")] * 4, grade=Certainty.EXACT)
    with registered(network):
        post = await _lost(scene, network)
        for _ in range(4):
            after = await _look(scene, post)
    assert after.status is PostStatus.PUBLISHED
    assert len(network.fired) == 2


async def test_what_look_ups_find_out_is_counted(scene: Scene) -> None:
    before = {name: _counted(name) for name in ("not_known_yet", "found")}
    network = Says(looked_up=[Undecided("Who knows.")])
    with registered(network):
        await scene.network.fault("store_then_drop")
        post = await _lost(scene, network)
        await _look(scene, post)
        await _look(scene, post)
    assert {name: _counted(name) - was for name, was in before.items()} == {"not_known_yet": 1, "found": 1}


def _counted(result: str) -> float:
    return sum(
        amount for (one, _), amount in tally._counted.items() if one == ("reconciled_total", (("result", result),))
    )
