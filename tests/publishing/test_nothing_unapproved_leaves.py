"""Whatever people, programs, rules and links do: nothing reaches a network that was not approved as it is.

People, programs with a key, rules, review links and the database are each tried by themselves. Random sequences of acts
are played in test_any_sequence_of_approvals.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from aipromote import clock
from aipromote.accounts.actor import SYSTEM
from aipromote.brand.models import BrandRule
from aipromote.brand.states import ApprovalMode
from aipromote.content import actions as content
from aipromote.content.models import Approval, ContentPiece
from aipromote.content.review import links
from aipromote.content.review.models import ReviewLink
from aipromote.content.states import ContentStatus
from aipromote.documents.content import AutoApprovalCondition, AutoApprovalRules
from aipromote.errors import Conflict, NotAllowed, NotFound, StaleRevision
from aipromote.organizations import keys
from aipromote.organizations.models import Membership
from aipromote.organizations.states import Role
from aipromote.publishing import actions as publishing
from aipromote.publishing import queries as posts
from aipromote.publishing.states import PostStatus
from aipromote.scheduling import actions as scheduling
from factories import publishing as factory
from publishing import approvals
from publishing.scene import Scene


async def _nothing_left(scene: Scene) -> None:
    """Also when a day's worth of time and three rounds of work have passed."""
    for _ in range(3):
        await scene.work()
        scene.forward(hours=5)
    assert await scene.received() == []


async def _refused(scene: Scene, kind: type[Exception], act: Callable[[Any], Awaitable[object]]) -> None:
    with pytest.raises(kind):
        async with scene.database.transaction(scene.startup.id) as session:
            await act(session)


@pytest.mark.parametrize("status", [ContentStatus.DRAFT, ContentStatus.PENDING_REVIEW, ContentStatus.ARCHIVED])
async def test_a_person_cannot_send_now_what_nobody_approved(scene: Scene, status: ContentStatus) -> None:
    piece = await approvals.waiting(scene)
    mine = {"organization_id": scene.startup.id}
    async with scene.database.transaction(scene.startup.id) as session:
        await session.execute(update(ContentPiece).values(status=status))
    owner = scene.startup.owner
    await _refused(
        scene, Conflict, lambda session: scheduling.publish_piece_now(session, owner, **mine, piece_id=piece.id)
    )
    async with scene.database.transaction(scene.startup.id) as session:
        done = await scheduling.schedule_approved(session, owner, **mine, piece_ids=[piece.id])
        assert done.scheduled == []
    await _nothing_left(scene)


async def test_a_post_that_was_scheduled_all_the_same_fails_now_later_moved_and_tried_again(scene: Scene) -> None:
    """The lower verb schedules whatever it is given, as an import or an older release might have."""
    post = await scene.post(approved=False)
    mine = {"organization_id": scene.startup.id, "post_id": post.id}
    owner = scene.startup.owner
    await scene.work()
    assert (await scene.now(post)).error_kind == "unapproved"
    for act in (publishing.publish_now, publishing.reschedule):
        later = {"scheduled_at": clock.after(60)} if act is publishing.reschedule else {}
        try:
            async with scene.database.transaction(scene.startup.id) as session:
                await act(session, owner, **mine, **later)
        except Conflict:
            pass
        scene.forward(minutes=5)
        await scene.work()
        assert (await scene.now(post)).status is PostStatus.FAILED
    assert await scene.received() == []


async def test_a_program_with_a_key_cannot_approve_and_so_cannot_send(scene: Scene) -> None:
    piece = await approvals.waiting(scene)
    mine = {"organization_id": scene.startup.id}
    async with scene.database.transaction(scene.startup.id) as session:
        _, shown = await keys.create(session, scene.startup.owner, **mine, name="CI", role=Role.OWNER)
    async with scene.database.transaction() as session:
        program = (await keys.admit(session, text=shown)).actor
    await _refused(
        scene,
        NotAllowed,
        lambda session: content.approve(session, program, **mine, piece_id=piece.id, revision=1),
    )
    await _refused(
        scene,
        NotAllowed,
        lambda session: scheduling.approve_and_schedule(session, program, **mine, piece_ids=[piece.id]),
    )
    await _refused(
        scene, Conflict, lambda session: scheduling.publish_piece_now(session, program, **mine, piece_id=piece.id)
    )
    await _refused(
        scene,
        NotAllowed,
        lambda session: links.make(
            session, program, **mine, reviewer="Itself", piece_ids=[piece.id], days=3, may_approve=True
        ),
    )
    await _nothing_left(scene)


async def test_the_product_approves_nothing_by_itself_unless_the_rules_say_so(scene: Scene) -> None:
    piece = await approvals.waiting(scene)
    await approvals.mode(scene, ApprovalMode.MANUAL)
    mine = {"organization_id": scene.startup.id, "piece_ids": [piece.id]}
    async with scene.database.transaction(scene.startup.id) as session:
        done = await scheduling.approve_and_schedule(session, SYSTEM, **mine)
        assert done.scheduled == []
    await _nothing_left(scene)


async def test_what_a_rule_let_out_stays_once_the_rule_is_gone(scene: Scene) -> None:
    piece = await approvals.waiting(scene)
    await approvals.mode(scene, ApprovalMode.AUTO)
    async with scene.database.transaction(scene.startup.id) as session:
        done = await scheduling.approve_and_schedule(
            session, SYSTEM, organization_id=scene.startup.id, piece_ids=[piece.id]
        )
        assert len(done.scheduled) == 1
    await approvals.mode(scene, ApprovalMode.MANUAL)
    scene.dial.jump(done.scheduled[0].scheduled_at)
    await _nothing_left(scene)


async def test_a_rule_lets_out_only_what_it_describes(scene: Scene) -> None:
    condition = AutoApprovalCondition(field="body", operator="contains", value="rye")
    await approvals.mode(scene, ApprovalMode.CONDITIONAL, AutoApprovalRules(enabled=True, conditions=[condition]))
    piece = await approvals.waiting(scene, "Only wheat here.")
    async with scene.database.transaction(scene.startup.id) as session:
        done = await scheduling.approve_and_schedule(
            session, SYSTEM, organization_id=scene.startup.id, piece_ids=[piece.id]
        )
        assert done.scheduled == []
    await _nothing_left(scene)


async def test_a_text_that_was_edited_after_its_approval_does_not_leave(scene: Scene) -> None:
    post = await scene.post(at=clock.after(600))
    piece = await scene.piece(post)
    mine = {"organization_id": scene.startup.id, "piece_id": piece.id}
    async with scene.database.transaction(scene.startup.id) as session:
        await scheduling.edit_piece(session, scene.startup.owner, **mine, body="Another text.", based_on=1)
    await _nothing_left(scene)


async def _by_link(scene: Scene, token: str, piece: ContentPiece, *, revision: int) -> None:
    async with scene.database.transaction() as session:
        guest = await links.admit(session, token=token, to_act=True)
        await scheduling.approve_by_link(session, guest, piece_id=piece.id, revision=revision)


async def _until_out(scene: Scene, piece: ContentPiece) -> None:
    async with scene.database.transaction(scene.startup.id) as session:
        [post] = await posts.posts_of_piece(session, organization_id=scene.startup.id, piece_id=piece.id)
    scene.dial.jump(post.scheduled_at)
    await scene.work()


async def test_a_review_link_lets_out_exactly_the_revision_that_it_showed(scene: Scene) -> None:
    piece = await approvals.waiting(scene)
    token = await approvals.link(scene, piece)
    async with scene.database.transaction(scene.startup.id) as session:
        mine = {"organization_id": scene.startup.id, "piece_id": piece.id}
        session.add(BrandRule(organization_id=scene.startup.id))
        await content.edit(session, scene.startup.owner, **mine, body="Changed meanwhile.", based_on=1)
    with pytest.raises(StaleRevision, match="read it again"):
        await _by_link(scene, token, piece, revision=1)
    await _nothing_left(scene)
    await _by_link(scene, token, piece, revision=2)
    await _until_out(scene, piece)
    assert approvals.texts(scene) == ["Changed meanwhile."]


async def test_a_review_link_to_comment_another_piece_and_a_finding_let_nothing_out(scene: Scene) -> None:
    await approvals.mode(scene, ApprovalMode.MANUAL)
    piece, other = await approvals.waiting(scene), await approvals.waiting(scene, "We sold 5,000 loaves.")
    mute, narrow = await approvals.link(scene, piece, may_approve=False), await approvals.link(scene, piece)
    blocked = await approvals.link(scene, other)
    with pytest.raises(NotAllowed):
        await _by_link(scene, mute, piece, revision=1)
    with pytest.raises(NotFound):
        await _by_link(scene, narrow, other, revision=1)
    with pytest.raises(Conflict):
        await _by_link(scene, blocked, other, revision=1)
    await _nothing_left(scene)


@pytest.mark.parametrize("end", ["revoked", "expired", "demoted", "removed"])
async def test_a_review_link_that_ended_lets_nothing_out(scene: Scene, end: str) -> None:
    piece = await approvals.waiting(scene)
    token = await approvals.link(scene, piece)
    async with scene.database.transaction(scene.startup.id) as session:
        member = await session.scalar(select(Membership))
        match end:
            case "revoked":
                [link] = await session.scalars(select(ReviewLink))
                mine = {"organization_id": scene.startup.id, "link_id": link.id}
                await links.revoke(session, scene.startup.owner, **mine)
            case "demoted":
                member.role = Role.VIEWER
            case "removed":
                await session.delete(member)
    if end == "expired":
        scene.forward(days=3)
    with pytest.raises(NotFound, match="opens nothing"):
        await _by_link(scene, token, piece, revision=1)
    await _nothing_left(scene)


async def test_a_link_is_no_key_and_its_actor_may_do_nothing_else(scene: Scene) -> None:
    piece = await approvals.waiting(scene)
    token = await approvals.link(scene, piece)
    async with scene.database.transaction() as session:
        guest = await links.admit(session, token=token)
    mine = {"organization_id": scene.startup.id, "piece_id": piece.id}
    for act in (
        lambda session: content.approve(session, guest.actor, **mine, revision=1, override_reason="I say so."),
        lambda session: scheduling.publish_piece_now(session, guest.actor, **mine),
        lambda session: scheduling.edit_piece(session, guest.actor, **mine, body="Mine.", based_on=1),
        lambda session: content.archive(session, guest.actor, **mine),
    ):
        await _refused(scene, NotAllowed, act)
    await _nothing_left(scene)


async def test_the_database_itself_takes_no_link_that_sets_findings_aside(scene: Scene) -> None:
    piece = await approvals.waiting(scene)
    forged = factory.approval(scene.startup, piece.id, override_reason="Fine.", review_link_id=uuid4())
    with pytest.raises(DBAPIError, match="link_sets_nothing_aside"):
        async with scene.database.transaction(scene.startup.id) as session:
            session.add(forged)


async def test_the_database_itself_keeps_an_approval_to_the_text_that_it_was_of(scene: Scene) -> None:
    post = await scene.post(at=clock.after(600))
    for change in ({"revision": 2}, {"piece_id": uuid4()}, {"decision": "CHANGES_ASKED"}):
        with pytest.raises(DBAPIError):
            async with scene.database.transaction(scene.startup.id) as session:
                await session.execute(update(Approval).values(**change))
    for statement in ("UPDATE content_revisions SET body = 'Other.'", "UPDATE content_pieces SET status = 'PUBLISHED'"):
        with pytest.raises(DBAPIError):
            async with scene.database.transaction(scene.startup.id) as session:
                await session.execute(text(statement))
    assert (await scene.now(post)).status is PostStatus.SCHEDULED
