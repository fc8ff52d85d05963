"""Each post is looked at a day ahead: what may keep it from going out is said, and is gone once it is repaired."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from aipromote import clock
from aipromote.channels.models import AccountLook
from aipromote.channels.states import LookAnswer
from aipromote.content.models import Approval, ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.documents.vocabulary import Platform
from aipromote.publishing import actions
from aipromote.publishing.models import PostForecast
from aipromote.publishing.states import PostStatus
from publishing.forecast_scene import (
    AT_RISK,
    WILL_PUBLISH,
    Trouble,
    change,
    forecast,
    kinds,
    limited,
    look,
    looked,
    tomorrow,
)
from publishing.scene import Scene
from publishing.troubles import TROUBLES

LETTERS = {"post-at-risk", "account-needs-reconnect"}
"""Where people read of it: what is wrong with an account that a network has just turned away stands in its letter."""


async def test_a_post_in_order_will_be_published(scene: Scene) -> None:
    post = await tomorrow(scene)
    found = await looked(scene, post)
    assert (found.state, found.risks, found.risk_since) == (WILL_PUBLISH, [], None)
    assert await scene.told() == []


async def test_a_post_that_is_due_in_two_days_is_not_looked_at_yet(scene: Scene) -> None:
    post = await scene.post(at=clock.now() + timedelta(hours=48))
    assert await look(scene) == 0
    assert await forecast(scene, post) is None
    scene.forward(hours=25)
    assert await look(scene) == 1


async def test_forecasts_of_posts_that_are_over_are_removed_and_those_of_others_stay(scene: Scene) -> None:
    soon, failing, cancelled = [
        await scene.post(at=clock.now() + timedelta(hours=1), body=f"Rye {word}.") for word in ("out", "bad", "off")
    ]
    later = await tomorrow(scene)
    await look(scene)
    assert await _forecasts(scene) == {soon.id, failing.id, cancelled.id, later.id}
    await change(scene, delete(Approval).where(Approval.piece_id == failing.content_piece_id))
    async with scene.database.transaction(scene.startup.id) as session:
        await actions.cancel(session, scene.startup.owner, organization_id=scene.startup.id, post_id=cancelled.id)
    scene.forward(hours=1, minutes=1)
    await scene.work()
    over = [PostStatus.PUBLISHED, PostStatus.FAILED, PostStatus.CANCELLED]
    assert [(await scene.now(post)).status for post in (soon, failing, cancelled)] == over
    await look(scene)
    assert await _forecasts(scene) == {later.id}


async def test_a_post_that_failed_and_is_scheduled_again_has_a_forecast_again(scene: Scene) -> None:
    post, _ = await scene.post(at=clock.now() + timedelta(hours=1), approved=False), await tomorrow(scene)
    assert await kinds(scene, post) == ["unapproved"]
    scene.forward(hours=1, minutes=1)
    await scene.work()
    await look(scene)
    assert post.id not in await _forecasts(scene)
    async with scene.database.transaction(scene.startup.id) as session:
        await actions.reschedule(
            session,
            scene.startup.owner,
            organization_id=scene.startup.id,
            post_id=post.id,
            scheduled_at=clock.now() + timedelta(hours=2),
        )
    assert await kinds(scene, post) == ["unapproved"]


async def _forecasts(scene: Scene) -> set[UUID]:
    async with scene.database.transaction(scene.startup.id) as session:
        return set(await session.scalars(select(PostForecast.scheduled_post_id)))


@pytest.mark.parametrize(("kind", "words", "trouble"), [pytest.param(*one, id=one[2].__name__) for one in TROUBLES])
async def test_what_is_wrong_is_said_once_and_the_post_turns_green_by_itself_after_the_repair(
    scene: Scene, kind: str, words: str, trouble: Trouble
) -> None:
    post, repair = await trouble(scene)
    revision = (await scene.now(post)).revision
    found = await looked(scene, post)
    assert found.state is AT_RISK
    [risk] = found.risks
    assert (risk.kind, words in risk.reason) == (kind, True), risk.reason
    assert risk.remedy
    assert risk.path.startswith("/")
    scene.forward(minutes=2)
    again = await looked(scene, post)
    assert again.risk_since == found.risk_since
    told = [reason for template, reason in await scene.told() if template in LETTERS]
    assert len(told) == 1
    assert words in told[0]
    await repair()
    repaired = await looked(scene, post)
    assert (repaired.state, repaired.risks, repaired.told) == (WILL_PUBLISH, [], None)
    assert len([template for template, _ in await scene.told() if template in LETTERS]) == 1
    after = await scene.now(post)
    assert after.status in {PostStatus.SCHEDULED, PostStatus.RETRYING}
    assert after.revision in {revision, 2}


async def test_a_network_that_cannot_be_asked_is_no_risk_and_is_said(scene: Scene) -> None:
    post = await tomorrow(scene)
    await scene.network.fault("unavailable", target="read")
    assert (await looked(scene, post)).state is WILL_PUBLISH
    async with scene.database.transaction(scene.startup.id) as session:
        row = await session.scalar(AccountLook.__table__.select().with_only_columns(AccountLook.answer))
    assert row is LookAnswer.SILENT


async def test_several_risks_of_a_post_are_all_said(scene: Scene) -> None:
    post = await limited(scene, Platform.TWITTER, body="Rye. " * 60, approved=False)
    assert await kinds(scene, post) == ["unapproved", "too_long"]


async def test_a_piece_that_was_archived_is_a_risk_of_its_post(scene: Scene) -> None:
    post = await tomorrow(scene)
    await change(scene, update(ContentPiece).values(status=ContentStatus.ARCHIVED))
    assert await kinds(scene, post) == ["archived"]
