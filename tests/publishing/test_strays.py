"""A job can be wrong about its posts: they are gone, another organization's, over. That is noticed and dropped."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import event

from aipromote.db.base import new_id
from aipromote.jobs import tally
from aipromote.jobs.outcomes import Cancel, Done
from aipromote.publishing import actions, handlers
from aipromote.publishing.jobs import PostBatch
from aipromote.publishing.states import PostStatus
from factories import organizations
from publishing.scene import Scene


async def _publish(scene: Scene, *posts) -> Done | Cancel:
    return await handlers.publish(PostBatch(posts=posts), database=scene.database, http=scene.http)


async def test_a_post_that_is_gone_is_dropped_for_good(scene: Scene) -> None:
    outcome = await _publish(scene, (scene.startup.id, new_id()), (uuid4(), uuid4()))
    assert isinstance(outcome, Cancel)
    assert outcome.dropped == "gone"


async def test_a_post_of_another_organization_is_not_sent_and_dropped(scene: Scene) -> None:
    post = await scene.post()
    other = await organizations.organization(scene.database, name="Mohn")
    outcome = await _publish(scene, (other.id, post.id))
    assert isinstance(outcome, Cancel)
    assert outcome.dropped == "gone"  # nothing of the other one can be seen from here, not even that it is there
    assert (await scene.now(post)).status is PostStatus.SCHEDULED
    mixed = await _publish(scene, (other.id, post.id), (scene.startup.id, post.id))
    assert mixed == Done()
    assert _dropped("foreign") == 1
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert len(await scene.received()) == 1


async def test_a_post_that_is_over_is_let_be(scene: Scene) -> None:
    post = await scene.post()
    async with scene.database.transaction(scene.startup.id) as session:
        await actions.cancel(session, scene.startup.owner, organization_id=scene.startup.id, post_id=post.id)
    outcome = await _publish(scene, (scene.startup.id, post.id))
    assert isinstance(outcome, Cancel)
    assert outcome.dropped is None
    assert (await scene.now(post)).status is PostStatus.CANCELLED


async def test_a_post_whose_time_has_not_come_is_not_dropped(scene: Scene) -> None:
    post = await scene.post(at=scene.forward(seconds=0).replace(year=2027))
    before = _dropped("gone") + _dropped("final")
    assert await _publish(scene, (scene.startup.id, post.id)) == Done()
    assert _dropped("gone") + _dropped("final") == before


async def test_posts_beside_a_stray_are_sent(scene: Scene) -> None:
    post = await scene.post()
    before = _dropped("gone")
    assert await _publish(scene, (scene.startup.id, post.id), (scene.startup.id, new_id())) == Done()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert _dropped("gone") == before + 1


async def test_a_job_that_is_right_about_its_posts_asks_nothing_more(scene: Scene) -> None:
    said: list[str] = []
    event.listen(scene.database.engine.sync_engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    post = await scene.post()
    await _publish(scene, (scene.startup.id, post.id))
    assert not [statement for statement in said if "p.status FROM scheduled_posts p" in statement]


def _dropped(reason: str) -> float:
    series = ("jobs_dropped_total", (("queue", "publishing"), ("reason", reason)))
    return sum(amount for (one, _), amount in tally._counted.items() if one == series)
