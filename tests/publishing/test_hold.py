"""Publishing that is held: nothing goes out, and what is let go afterwards is only what cannot be out already."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.db.doors import overdue
from aipromote.errors import Conflict, NotAllowed
from aipromote.organizations.states import Role
from aipromote.publishing import actions, holds
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.queries import why
from aipromote.publishing.states import PostStatus
from aipromote.publishing.step import publish_batch
from factories import channels, organizations
from publishing.scene import CALM, Scene


async def hold(scene: Scene) -> None:
    async with scene.database.transaction(scene.startup.id) as session:
        await holds.hold(session, organizations=[scene.startup.id], reason="Restored.", known_until=clock.now())


async def release(scene: Scene, actor: Actor | None = None) -> holds.Released:
    async with scene.database.transaction(scene.startup.id) as session:
        return await holds.release(session, actor or scene.startup.owner, organization_id=scene.startup.id)


async def test_nothing_is_staged_while_publishing_is_held(scene: Scene) -> None:
    post = await scene.post()
    await hold(scene)
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.SCHEDULED
    assert await scene.received() == []


async def test_a_job_that_was_carried_before_the_hold_sends_nothing(scene: Scene) -> None:
    post = await scene.post()
    await hold(scene)
    await publish_batch(scene.database, scene.http, [(scene.startup.id, post.id)], pace=CALM)
    assert (await scene.now(post)).status is PostStatus.SCHEDULED
    assert await scene.received() == []


async def test_a_post_is_not_missed_silently_however_long_the_hold_lasts(scene: Scene) -> None:
    post = await scene.post()
    await hold(scene)
    scene.forward(days=3)
    await publish_batch(scene.database, scene.http, [(scene.startup.id, post.id)], pace=CALM)
    assert (await scene.now(post)).status is PostStatus.SCHEDULED


async def test_nobody_can_publish_at_once_while_publishing_is_held(scene: Scene) -> None:
    post = await scene.post(at=scene.forward(seconds=0).replace(year=2027))
    await hold(scene)
    with pytest.raises(Conflict, match="held"):
        async with scene.database.transaction(scene.startup.id) as session:
            await actions.publish_now(session, scene.startup.owner, organization_id=scene.startup.id, post_id=post.id)


async def test_no_network_is_asked_while_publishing_is_held(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("drop_unstored")
    await scene.work()
    await hold(scene)
    scene.forward(minutes=5)
    await publish_batch(scene.database, scene.http, [(scene.startup.id, post.id)], pace=CALM)
    assert (await scene.now(post)).status is PostStatus.UNCONFIRMED


async def test_what_came_due_before_the_release_is_left_to_a_person(scene: Scene) -> None:
    before = await scene.post()
    later = await scene.post(at=scene.forward(seconds=0).replace(year=2027), body="Later.")
    await hold(scene)
    during = await scene.post(at=clock.now(), body="Written while it was held.")
    scene.forward(minutes=10)
    assert await release(scene) == holds.Released(missed=2, asked=0, parked=0)
    await scene.work()
    assert (await scene.now(before)).status is PostStatus.MISSED
    assert "may already have gone out" in why(await scene.now(before))
    assert "may already have gone out" not in why(await scene.now(during))
    assert (await scene.now(later)).status is PostStatus.SCHEDULED
    assert [template for template, _ in await scene.told()] == ["post-missed", "post-missed"]
    assert await scene.received() == []


async def test_after_the_release_posts_go_out_as_planned(scene: Scene) -> None:
    await hold(scene)
    await release(scene)
    post = await scene.post()
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED


async def armed_and_interrupted(scene: Scene, *, fault: str, **values: object) -> ScheduledPost:
    """A post as a backup finds it in the middle of a call: PUBLISHING, its attempt ARMED."""
    post = await scene.post(**values)
    await scene.network.fault(fault)
    await scene.work()
    async with scene.database.transaction(scene.startup.id) as session:
        await session.execute(
            update(ScheduledPost)
            .where(ScheduledPost.id == post.id)
            .values(status=PostStatus.RETRYING, next_attempt_at=clock.now())
        )
        await session.execute(
            update(ScheduledPost)
            .where(ScheduledPost.id == post.id)
            .values(status=PostStatus.PUBLISHING, claimed_by="old", claimed_until=clock.now(), next_attempt_at=None)
        )
    return post


async def test_a_post_that_was_being_sent_is_looked_up_and_not_sent_again(scene: Scene) -> None:
    post = await armed_and_interrupted(scene, fault="store_then_drop")
    await hold(scene)
    assert await release(scene) == holds.Released(missed=0, asked=1, parked=0)
    await scene.work_until_quiet()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert len(await scene.received()) == 1


async def test_a_post_that_is_proven_absent_is_sent(scene: Scene) -> None:
    post = await armed_and_interrupted(scene, fault="drop_unstored")
    await hold(scene)
    await release(scene)
    await scene.work_until_quiet()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert len(await scene.received()) == 1


async def test_a_thread_that_was_being_sent_is_left_to_a_person(scene: Scene) -> None:
    post = await armed_and_interrupted(scene, fault="drop_unstored", parts=["One.", "Two."], body="One.\n\nTwo.")
    await hold(scene)
    assert await release(scene) == holds.Released(missed=0, asked=0, parked=1)
    await scene.work_until_quiet()
    unsure = await scene.now(post)
    assert unsure.status is PostStatus.UNCONFIRMED
    assert unsure.next_attempt_at is None
    assert [template for template, _ in await scene.told()] == ["post-needs-you"]


INTERRUPTED = {"claimed_by": "old", "claimed_until": datetime(2026, 11, 1, tzinfo=UTC)}


@pytest.mark.parametrize("was_parked", [False, True])
async def test_what_only_a_person_can_know_is_not_sent_when_they_ask_the_network_again(
    scene: Scene, *, was_parked: bool
) -> None:
    post = await scene.post()
    async with scene.database.transaction(scene.startup.id) as session:
        mine = update(ScheduledPost).where(ScheduledPost.id == post.id)
        await session.execute(
            mine.values(status=PostStatus.PUBLISHING, **INTERRUPTED)
        )  # claimed, and its call not armed
        if was_parked:
            await session.execute(mine.values(status=PostStatus.UNCONFIRMED, claimed_by=None, claimed_until=None))
    await hold(scene)
    assert await release(scene) == holds.Released(missed=0, asked=0, parked=1)
    with pytest.raises(Conflict, match="Look at the account"):
        async with scene.database.transaction(scene.startup.id) as session:
            await actions.look_again(session, scene.startup.owner, organization_id=scene.startup.id, post_id=post.id)
    await scene.work_until_quiet()
    assert (await scene.now(post)).status is PostStatus.UNCONFIRMED
    assert await scene.received() == []


async def test_a_hold_is_released_once_and_by_somebody_who_may_schedule(scene: Scene) -> None:
    await hold(scene)
    viewer = await organizations.member(scene.database, scene.startup, role=Role.VIEWER)
    with pytest.raises(NotAllowed):
        await release(scene, viewer)
    await release(scene)
    with pytest.raises(Conflict):
        await release(scene)


async def test_health_counts_what_waits_behind_a_hold_and_does_not_call_it_late(scene: Scene) -> None:
    await scene.post()
    await hold(scene)
    scene.forward(minutes=5)
    async with scene.database.transaction() as session:
        [one] = await holds.held(session)
        late = {item.queue: item.owed for item in await overdue(session, at=clock.now())}
    assert (one.organization_id, one.waiting) == (scene.startup.id, 1)
    assert late["publishing"] == 0


async def test_an_organization_beside_a_held_one_goes_on(scene: Scene) -> None:
    await hold(scene)
    other = await organizations.organization(scene.database, name="Roggenwolf")
    account = await channels.account(scene.database, scene.http, other, server=scene.network.url, handle="roggen")
    post = await scene.post(startup=other, account=account)
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
