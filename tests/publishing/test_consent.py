"""What only the product approved leaves while the organization lets posts out by themselves, and no longer."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from aipromote.brand.models import BrandRule
from aipromote.brand.states import ApprovalMode
from aipromote.content import actions as content
from aipromote.content import queries as pieces
from aipromote.content.models import Approval
from aipromote.content.states import ContentStatus
from aipromote.documents.content import AutoApprovalRules
from aipromote.publishing import actions
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from publishing.scene import Scene


def _rules(operator: str, platform: str, *, enabled: bool = True) -> AutoApprovalRules:
    condition = {"field": "platform", "operator": operator, "value": platform}
    return AutoApprovalRules.model_validate({"enabled": enabled, "conditions": [condition]})


ALL_BUT_YOUTUBE = _rules("not_equals", "YOUTUBE")


async def _post(
    scene: Scene, mode: ApprovalMode | None, rules: AutoApprovalRules | None = ALL_BUT_YOUTUBE
) -> ScheduledPost:
    """A post that the product approved, due now, and what the organization says of that by now."""
    post = await scene.post()
    async with scene.database.transaction(scene.startup.id) as session:
        await session.execute(update(Approval).values(user_id=None, decided_by="AIPromote"))
        if mode is not None:
            session.add(BrandRule(organization_id=scene.startup.id, approval_mode=mode, auto_approval_rules=rules))
    return post


@pytest.mark.parametrize("mode", [ApprovalMode.AUTO, ApprovalMode.CONDITIONAL])
async def test_while_the_opt_in_stands_it_goes_out(scene: Scene, mode: ApprovalMode) -> None:
    post = await _post(scene, mode)
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED


@pytest.mark.parametrize(
    "rules",
    [
        None,
        AutoApprovalRules(enabled=True),
        _rules("not_equals", "YOUTUBE", enabled=False),
        _rules("equals", "YOUTUBE"),
    ],
    ids=["none", "no-conditions", "off", "others"],
)
async def test_after_the_conditions_were_tightened_it_is_not_sent(
    scene: Scene, rules: AutoApprovalRules | None
) -> None:
    post = await _post(scene, ApprovalMode.CONDITIONAL, rules)
    await scene.work()
    after = await scene.now(post)
    assert (after.status, after.error_kind) == (PostStatus.FAILED, "unapproved")
    assert await scene.received() == []


@pytest.mark.parametrize("mode", [ApprovalMode.MANUAL, None])
async def test_after_the_opt_in_was_taken_back_it_is_not_sent_and_a_person_is_told(
    scene: Scene, mode: ApprovalMode | None
) -> None:
    post = await _post(scene, mode)
    await scene.work()
    after = await scene.now(post)
    assert (after.status, after.error_kind) == (PostStatus.FAILED, "unapproved")
    assert await scene.received() == []
    assert await scene.told() == [("post-failed", after.error_message)]


async def test_a_person_who_approves_it_afterwards_can_send_it(scene: Scene) -> None:
    post = await _post(scene, ApprovalMode.MANUAL)
    await scene.work()
    assert (await scene.piece(post)).status is ContentStatus.FAILED
    mine = {"organization_id": scene.startup.id}
    async with scene.database.transaction(scene.startup.id) as session:
        owner = scene.startup.owner
        approval = await content.approve(session, owner, **mine, piece_id=post.content_piece_id, revision=1)
        assert (approval.user_id, approval.decided_by) == (owner.user_id, owner.name)
        assert await pieces.approval_for(session, **mine, piece_id=post.content_piece_id, revision=1) is not None
        await actions.publish_now(session, owner, **mine, post_id=post.id)
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert (await scene.piece(post)).status is ContentStatus.PUBLISHED


async def test_a_person_who_approves_it_before_its_time_changes_nothing_else(scene: Scene) -> None:
    post = await _post(scene, ApprovalMode.MANUAL)
    mine = {"organization_id": scene.startup.id}
    async with scene.database.transaction(scene.startup.id) as session:
        await content.approve(session, scene.startup.owner, **mine, piece_id=post.content_piece_id, revision=1)
    assert (await scene.piece(post)).status is ContentStatus.SCHEDULED
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
