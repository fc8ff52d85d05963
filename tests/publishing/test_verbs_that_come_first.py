"""A person began before the worker: their transaction is open, or they have read and not yet written."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.publishing.states import PostStatus
from publishing.race import DONE, Race, Verb
from publishing.verbs import VERBS, archive, cancel, disconnect, edit, publish_now, reschedule

OUT = "This post is published already."
MEANWHILE = "Somebody else changed this post a moment ago. Please look again."


@pytest.mark.parametrize("verb", ["cancel", "edit", "withdraw the approval", "archive"])
async def test_what_stops_a_post_stops_it_although_a_worker_comes_before_the_commit(race: Race, verb: str) -> None:
    post = await race.scene.post()
    waited, not_owed = await race.step_during(VERBS[verb], post)
    assert waited
    assert not_owed == {(post.organization_id, post.id)}
    await race.let_it_end()
    assert (await race.scene.now(post)).status is PostStatus.CANCELLED
    assert await race.scene.received() == []


async def test_what_is_given_another_time_before_the_commit_goes_out_then_and_only_then(race: Race) -> None:
    post = await race.scene.post()
    waited, not_owed = await race.step_during(reschedule, post)
    assert waited
    assert not_owed == {(post.organization_id, post.id)}
    moved = await race.scene.now(post)
    assert (moved.status, moved.attempt_count) == (PostStatus.SCHEDULED, 0)
    assert await race.scene.received() == []
    await race.let_it_end()
    assert (await race.scene.now(post)).status is PostStatus.PUBLISHED
    await race.is_true()


@pytest.mark.parametrize("late", [0, 2])
async def test_a_post_that_is_being_given_another_time_is_not_missed(race: Race, late: int) -> None:
    post = await race.scene.post()
    race.scene.forward(days=late)
    waited, _ = await race.step_during(reschedule, post)
    assert waited
    assert (await race.scene.now(post)).status is PostStatus.SCHEDULED
    assert await race.scene.told() == []


@pytest.mark.parametrize("verb", ["publish now", "publish the piece now"])
async def test_who_says_now_while_the_worker_comes_for_it_gets_it_once(race: Race, verb: str) -> None:
    post = await race.scene.post()
    assert await race.step_during(VERBS[verb], post) == (True, set())
    assert (await race.scene.now(post)).status is PostStatus.PUBLISHED
    await race.is_true()


async def test_now_is_after_the_commit_for_a_post_of_tomorrow(race: Race) -> None:
    post = await race.scene.post(at=clock.now() + timedelta(days=1))
    waited, _ = await race.step_during(publish_now, post)
    assert not waited
    assert await race.scene.received() == []
    await race.scene.work()
    assert (await race.scene.now(post)).status is PostStatus.PUBLISHED
    await race.is_true()


async def test_a_cancel_that_is_rolled_back_stops_nothing(race: Race) -> None:
    post = await race.scene.post()
    assert await race.step_during(cancel, post, commits=False) == (True, set())
    assert (await race.scene.now(post)).status is PostStatus.PUBLISHED
    await race.is_true()


async def test_an_account_is_disconnected_from_the_commit_on(race: Race) -> None:
    post = await race.scene.post()
    assert await race.step_during(disconnect, post) == (False, set())
    assert (await race.scene.now(post)).status is PostStatus.PUBLISHED
    later = await race.scene.post(body="Rolls.")
    await race.scene.work()
    refused = await race.scene.now(later)
    assert (refused.status, refused.error_kind) == (PostStatus.FAILED, "not_connected")
    await race.is_true()


async def test_who_disconnects_an_account_is_not_told_that_the_network_turned_it_away(race: Race) -> None:
    post = await race.scene.post()
    await race.scene.network.fault("revoke_tokens")
    assert await race.step_during(disconnect, post) == (True, set())  # the worker wants to shut the account, too
    assert (await race.scene.now(post)).status is PostStatus.FAILED
    assert (await race.scene.account_now()).error_message is None
    assert [template for template, _ in await race.scene.told()] == ["post-failed"]
    assert await race.scene.received() == []


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "disconnect"])
async def test_who_has_read_a_post_that_goes_out_before_they_write_is_refused(race: Race, verb: str) -> None:
    post = await race.scene.post()
    async with race.before_writing(VERBS[verb], post) as doing:
        await race.scene.work()
    assert await doing == OUT
    assert (await race.scene.now(post)).status is PostStatus.PUBLISHED
    await race.is_true()


async def test_who_has_read_a_post_that_is_tried_in_vain_before_they_write_looks_again(race: Race) -> None:
    """The same state twice is not the same: between them somebody made a call."""
    post = await race.scene.post()
    await race.scene.network.fault("unavailable")
    await race.scene.work()
    race.scene.forward(minutes=1)
    await race.scene.network.fault("unavailable")
    async with race.before_writing(cancel, post) as doing:
        await race.scene.work()
        assert (await race.scene.now(post)).status is PostStatus.RETRYING
    assert await doing == MEANWHILE
    assert await race.does(cancel, post) == DONE
    assert (await race.scene.now(post)).status is PostStatus.CANCELLED


@pytest.mark.parametrize("verb", [cancel, edit, archive, reschedule, publish_now])
async def test_nobody_who_read_before_the_call_changes_a_post_that_may_be_out_since(race: Race, verb: Verb) -> None:
    """A network that keeps one post for a key is sent it again: such a post waits for another try, and may be out."""
    scene = race.scene
    async with scene.network.http.post("/grades", json={"account": "kornblume", "grade": "A"}):
        await scene.another_account()  # the same one, with a new consent
    post = await scene.post()
    await scene.network.fault("unavailable")
    await scene.work()
    scene.forward(minutes=1)
    await scene.network.fault("store_then_drop")
    async with AsyncExitStack() as until_the_end:
        async with race.before_writing(verb, post) as doing:
            await scene.work()
            await scene.network.fault("unavailable", target="read")
            scene.forward(seconds=10)
            worker = await until_the_end.enter_async_context(race.worker("looked_up"))
            assert await worker.stand() == "looked_up"
            again = await scene.now(post)
            assert (again.status, again.error_kind) == (PostStatus.RETRYING, "repeat")
        assert await doing == MEANWHILE
        await worker.through()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    await race.is_true()
