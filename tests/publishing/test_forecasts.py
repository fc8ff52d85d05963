"""Each post is looked at a day ahead: what may keep it from going out is said, and is gone once it is repaired."""

from __future__ import annotations

from aipromote.content.states import Decision
from factories import publishing as factory
from publishing.forecast_scene import AT_RISK, WILL_PUBLISH, forecast, kinds, look, looked, tomorrow
from publishing.scene import Scene


async def test_a_post_in_order_will_be_published(scene: Scene) -> None:
    post = await tomorrow(scene)
    found = await looked(scene, post)
    assert (found.state, found.risks, found.risk_since) == (WILL_PUBLISH, [], None)
    assert await scene.told() == []


async def test_an_approval_that_is_missing_is_a_risk_until_it_is_given(scene: Scene) -> None:
    post = await tomorrow(scene, approved=False)
    found = await looked(scene, post)
    assert found.state is AT_RISK
    [risk] = found.risks
    assert (risk.kind, risk.path) == ("unapproved", f"/pieces/{post.content_piece_id}")
    async with scene.database.transaction(scene.startup.id) as session:
        session.add(factory.approval(scene.startup, post.content_piece_id))
    assert (await looked(scene, post)).state is WILL_PUBLISH
    [(template, reason)] = await scene.told()
    assert template == "post-at-risk"
    assert "approved" in reason
