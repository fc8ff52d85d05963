"""What may have changed since a post was scheduled is checked when it is about to leave."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from aipromote import clock
from aipromote.accounts.models import User
from aipromote.brand.models import BrandRule
from aipromote.channels import actions as channels
from aipromote.content import actions as content
from aipromote.content.models import Approval, ContentPiece, Revision
from aipromote.content.states import ContentStatus, Decision
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict
from aipromote.publishing import actions
from aipromote.publishing.states import PostStatus
from factories import publishing as factory
from publishing.scene import Scene


async def _fails(scene: Scene, post, kind: str) -> None:
    await scene.work()
    after = await scene.now(post)
    assert (after.status, after.error_kind) == (PostStatus.FAILED, kind)
    assert await scene.received() == []
    assert await scene.attempts(post) == []
    [(template, reason)] = await scene.told()
    assert (template, reason) == ("post-failed", after.error_message)


async def test_an_unapproved_text_is_never_sent(scene: Scene) -> None:
    await _fails(scene, await scene.post(approved=False), "unapproved")


async def test_an_approval_that_was_taken_back_counts_no_more(scene: Scene) -> None:
    post = await scene.post()
    async with scene.database.transaction(scene.startup.id) as session:
        session.add(factory.approval(scene.startup, post.content_piece_id, decision=Decision.CHANGES_ASKED))
    await _fails(scene, post, "unapproved")


async def test_an_edited_text_needs_a_new_approval(scene: Scene) -> None:
    post = await scene.post()
    key = {"organization_id": scene.startup.id}
    async with scene.database.transaction(scene.startup.id) as session:
        session.add(Revision(**key, piece_id=post.content_piece_id, number=2, body="Another text.", author="Ada"))
        await session.execute(update(ContentPiece).values(revision=2, body="Another text."))
    await _fails(scene, post, "edited")


async def test_an_archived_piece_is_never_sent(scene: Scene) -> None:
    post = await scene.post()
    async with scene.database.transaction(scene.startup.id) as session:
        await session.execute(update(ContentPiece).values(status=ContentStatus.ARCHIVED))
    await _fails(scene, post, "archived")


async def test_a_phrase_that_was_forbidden_since_the_approval_stops_the_post(scene: Scene) -> None:
    post = await scene.post(body="Our bread is divine.")
    async with scene.database.transaction(scene.startup.id) as session:
        session.add(BrandRule(organization_id=scene.startup.id, forbidden_phrases=["divine"]))
    await _fails(scene, post, "finding")


async def test_a_finding_that_a_person_set_aside_does_not_stop_the_post(scene: Scene) -> None:
    post = await scene.post(body="We sold 5,000 loaves.", override_reason="Counted this morning.")
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED


async def test_an_override_covers_what_the_person_saw_and_nothing_that_came_later(scene: Scene) -> None:
    post = await scene.post(body="We sold 5,000 loaves. Our bread is divine.", override_reason="Counted this morning.")
    async with scene.database.transaction(scene.startup.id) as session:
        await session.execute(update(Approval).values(set_aside=["claim/number/1/5,000"]))
        session.add(BrandRule(organization_id=scene.startup.id, forbidden_phrases=["divine"]))
    await _fails(scene, post, "finding")
    assert "divine" in ((await scene.now(post)).error_message or "")


async def test_what_an_override_names_goes_out(scene: Scene) -> None:
    post = await scene.post(body="We sold 5,000 loaves.", override_reason="Counted this morning.")
    async with scene.database.transaction(scene.startup.id) as session:
        await session.execute(update(Approval).values(set_aside=["claim/number/1/5,000"]))
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED


async def test_a_text_that_is_too_long_for_its_platform_is_not_sent(scene: Scene) -> None:
    account = await scene.another_account(platform=Platform.TWITTER, handle="kornblume_x")
    await _fails(scene, await scene.post(account=account, body="bread " * 60), "too_long")


async def test_a_platform_that_needs_a_picture_gets_no_post_without(scene: Scene) -> None:
    account = await scene.another_account(platform=Platform.INSTAGRAM, handle="kornblume_i")
    await _fails(scene, await scene.post(account=account), "needs_media")


async def test_a_disconnected_account_gets_nothing(scene: Scene) -> None:
    post = await scene.post()
    async with scene.database.transaction(scene.startup.id) as session:
        await channels.disconnect(
            session, scene.startup.owner, organization_id=scene.startup.id, account_id=scene.account.id
        )
    await _fails(scene, post, "not_connected")


async def test_the_plan_stops_the_post_that_is_one_too_many(scene: Scene) -> None:
    async with scene.database.transaction(scene.startup.id) as session:
        await session.execute(update(User).values(plan="free"))
    for letter in "ABCDEFGHIJKLMNOPQRSTUV":
        await scene.post(body=f"Bread with {letter}.")
    await scene.work()
    after = await scene.current()
    assert [post.status for post in after] == [PostStatus.PUBLISHED] * 20 + [PostStatus.FAILED] * 2
    assert after[-1].error_kind == "plan_limit"
    assert len(await scene.received()) == 20


async def test_a_post_that_is_a_day_late_is_missed_and_never_sent(scene: Scene) -> None:
    post = await scene.post()
    scene.forward(hours=25)
    await scene.work()
    after = await scene.now(post)
    assert after.status is PostStatus.MISSED
    assert await scene.received() == []
    assert [template for template, _ in await scene.told()] == ["post-missed"]
    assert (await scene.piece(post)).status == "FAILED"


async def test_a_cancelled_post_is_never_sent(scene: Scene) -> None:
    post = await scene.post(at=clock.now() + timedelta(hours=1))
    key = {"organization_id": scene.startup.id, "post_id": post.id}
    async with scene.database.transaction(scene.startup.id) as session:
        await actions.cancel(session, scene.startup.owner, **key)
    scene.forward(hours=2)
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.CANCELLED
    assert await scene.received() == []
    assert (await scene.piece(post)).status == "APPROVED"


async def test_a_post_that_is_being_sent_can_no_longer_be_cancelled(scene: Scene) -> None:
    post = await scene.post()
    key = {"organization_id": scene.startup.id, "post_id": post.id}
    await scene.network.fault("store_then_drop")
    await scene.work()
    async with scene.database.transaction(scene.startup.id) as session:
        with pytest.raises(Conflict, match="not known yet"):
            await actions.cancel(session, scene.startup.owner, **key)
        with pytest.raises(Conflict, match="not known yet"):
            await actions.publish_now(session, scene.startup.owner, **key)


async def test_a_cancel_while_the_call_is_under_way_is_refused(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("slow", seconds=3)
    working = asyncio.create_task(scene.work())
    while (await scene.now(post)).status is PostStatus.SCHEDULED:  # noqa: ASYNC110 -- only the row tells
        await asyncio.sleep(0.02)
    async with scene.database.transaction(scene.startup.id) as session:
        with pytest.raises(Conflict, match="being sent right now"):
            await actions.cancel(session, scene.startup.owner, organization_id=scene.startup.id, post_id=post.id)
    await working
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert (await scene.piece(post)).status == "PUBLISHED"


async def test_a_post_that_waits_to_be_tried_again_moves_with_its_piece(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("unavailable")
    await scene.work()
    later = clock.now() + timedelta(hours=3)
    async with scene.database.transaction(scene.startup.id) as session:
        await actions.reschedule(
            session, scene.startup.owner, organization_id=scene.startup.id, post_id=post.id, scheduled_at=later
        )
    assert (await scene.piece(post)).scheduled_at == later
    assert (await scene.now(post)).status is PostStatus.RETRYING


async def test_a_post_that_moved_goes_out_at_its_new_time_only(scene: Scene) -> None:
    post = await scene.post()
    later = clock.now() + timedelta(hours=3)
    async with scene.database.transaction(scene.startup.id) as session:
        await actions.reschedule(
            session, scene.startup.owner, organization_id=scene.startup.id, post_id=post.id, scheduled_at=later
        )
    await scene.work()
    assert await scene.received() == []
    scene.forward(hours=3)
    await scene.work()
    assert len(await scene.received()) == 1


async def test_scheduling_the_same_twice_is_scheduling_it_once(scene: Scene) -> None:
    at = clock.now()
    piece = await factory.piece(scene.database, scene.startup)
    first, again = await scene.post(of=piece, at=at), await scene.post(of=piece, at=at)
    assert first.id == again.id


async def test_a_failed_post_can_be_scheduled_again(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("refuse")
    await scene.work()
    async with scene.database.transaction(scene.startup.id) as session:
        await actions.publish_now(session, scene.startup.owner, organization_id=scene.startup.id, post_id=post.id)
    await scene.work()
    after = await scene.now(post)
    assert after.status is PostStatus.PUBLISHED
    assert after.error_message is None
    assert (await scene.piece(post)).status == "PUBLISHED"


async def _corrected(scene: Scene, post) -> ContentPiece:
    """Another text for the piece of this post, approved."""
    mine = {"organization_id": scene.startup.id, "piece_id": post.content_piece_id}
    async with scene.database.transaction(scene.startup.id) as session:
        session.add(BrandRule(organization_id=scene.startup.id))
        piece = await content.edit(session, scene.startup.owner, **mine, body="Another text.", based_on=1)
        await content.approve(session, scene.startup.owner, **mine, revision=2)
    return piece


async def test_a_corrected_text_that_is_out_makes_up_for_the_one_that_was_refused(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("refuse")
    await scene.work()
    piece = await _corrected(scene, post)
    corrected = await scene.post(of=piece)
    assert (await scene.piece(post)).status == "SCHEDULED"
    await scene.work()
    assert (await scene.now(corrected)).status is PostStatus.PUBLISHED
    assert (await scene.piece(post)).status == "PUBLISHED"


async def test_a_corrected_text_that_is_cancelled_is_approved_still(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("refuse")
    await scene.work()
    piece = await _corrected(scene, post)
    corrected = await scene.post(of=piece, at=clock.after(60))
    async with scene.database.transaction(scene.startup.id) as session:
        await actions.cancel(session, scene.startup.owner, organization_id=scene.startup.id, post_id=corrected.id)
    assert (await scene.piece(post)).status == "APPROVED"


async def test_a_refused_text_that_was_approved_again_as_it_is_and_is_out_is_published(scene: Scene) -> None:
    post = await scene.post()
    await scene.network.fault("refuse")
    await scene.work()
    mine = {"organization_id": scene.startup.id, "piece_id": post.content_piece_id}
    async with scene.database.transaction(scene.startup.id) as session:
        owner = scene.startup.owner
        session.add(BrandRule(organization_id=scene.startup.id))
        await content.ask_changes(session, owner, **mine, revision=1, note="Why was it refused?")
        await content.submit(session, owner, **mine)
        scene.forward(seconds=1)
        await content.approve(session, owner, **mine, revision=1)
    await scene.post(of=await scene.piece(post))
    await scene.work()
    assert (await scene.piece(post)).status == "PUBLISHED"


async def test_the_same_moment_in_another_time_zone_is_the_same_post(scene: Scene) -> None:
    at = clock.now()
    piece = await factory.piece(scene.database, scene.startup)
    berlin = at.astimezone(ZoneInfo("Europe/Berlin"))
    first, again = await scene.post(of=piece, at=at), await scene.post(of=piece, at=berlin)
    assert first.id == again.id
