"""A post leaves the house: once, as it was approved, and it is written down."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from aipromote import settings
from aipromote.assets import actions as assets
from aipromote.assets.states import AssetType
from aipromote.billing.models import Usage
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.documents.content import MediaRef
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict
from aipromote.publishing import actions as publishing
from aipromote.publishing.states import PostStatus
from aipromote.scheduling import actions as scheduling
from publishing.scene import IMPATIENT, Scene

PICTURE = b"\x89PNG\r\n\x1a\n and so on"


async def test_a_due_post_is_sent_and_recorded(scene: Scene) -> None:
    post = await scene.post(body="Rye today.")
    await scene.work()
    after = await scene.now(post)
    [received] = await scene.received()
    assert after.status is PostStatus.PUBLISHED
    assert after.platform_post_id == received["id"]
    assert after.platform_url is not None
    assert after.platform_url.endswith(f"/posts/{received['id']}")
    assert after.claimed_by is None
    assert after.attempt_count == 1
    [attempt] = await scene.attempts(post)
    assert attempt.outcome == "PUBLISHED"
    assert attempt.text_sent == "Rye today."
    assert attempt.text_hash == hashlib.sha256(b"Rye today.").digest()
    assert attempt.key == received["key"]
    assert (await scene.piece(post)).status == "PUBLISHED"


async def test_a_post_whose_time_has_not_come_stays(scene: Scene) -> None:
    post = await scene.post(at=scene.forward(seconds=0).replace(year=2027))
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.SCHEDULED
    assert await scene.received() == []


async def test_the_same_posts_in_concurrent_batches_are_sent_once(scene: Scene) -> None:
    for number in range(12):
        await scene.post(body=f"Bread with {chr(65 + number)} for you.")
    await asyncio.gather(*(scene.work() for _ in range(4)))
    assert {post.status for post in await scene.current()} == {PostStatus.PUBLISHED}
    assert len(await scene.received()) == 12


async def test_only_what_is_out_is_counted_for_the_owner(scene: Scene) -> None:
    await scene.post(body="Refused.")
    await scene.network.fault("refuse")
    await scene.work()
    await scene.post(body="Sent.")
    await scene.work()
    assert [post.status for post in await scene.current()] == [PostStatus.FAILED, PostStatus.PUBLISHED]
    async with scene.database.transaction(scene.startup.id) as session:
        assert await session.scalar(select(Usage.posts_published)) == 1


async def test_a_thread_goes_out_part_by_part(scene: Scene) -> None:
    post = await scene.post(body="One\n\nTwo\n\nThree", parts=["One", "Two", "Three"])
    await scene.work()
    first, second, third = await scene.received()
    assert [second["reply_to"], third["reply_to"]] == [first["id"], second["id"]]
    assert (await scene.now(post)).platform_post_id == first["id"]
    assert await scene.outcomes(post) == [(0, "PUBLISHED"), (1, "PUBLISHED"), (2, "PUBLISHED")]


async def test_a_thread_resumes_at_the_part_that_failed(scene: Scene) -> None:
    post = await scene.post(body="One\n\nTwo\n\nThree", parts=["One", "Two", "Three"])
    await scene.work(at=_once("recorded", lambda: scene.fault_at_once("unavailable")))
    assert (await scene.now(post)).status is PostStatus.RETRYING
    assert len(await scene.received()) == 1
    await scene.work_until_quiet()
    first, second, third = await scene.received()
    assert [second["reply_to"], third["reply_to"]] == [first["id"], second["id"]]
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert await scene.outcomes(post) == [(0, "PUBLISHED"), (1, "UNREACHABLE"), (1, "PUBLISHED"), (2, "PUBLISHED")]


async def test_a_thread_of_which_a_part_is_out_does_not_come_back_from_the_archive(scene: Scene) -> None:
    post = await scene.post(body="One\n\nTwo\n\nThree", parts=["One", "Two", "Three"])
    await scene.work(at=_once("recorded", lambda: scene.fault_at_once("refuse")))
    assert (await scene.now(post)).status is PostStatus.FAILED
    assert len(await scene.received()) == 1
    mine = {"organization_id": scene.startup.id, "piece_id": post.content_piece_id}
    async with scene.database.transaction(scene.startup.id) as session:
        await scheduling.archive_piece(session, scene.startup.owner, **mine)
        with pytest.raises(Conflict, match="out, or may be"):
            await scheduling.restore_piece(session, scene.startup.owner, **mine)


async def test_what_came_back_from_the_archive_goes_out_with_a_new_approval_only(scene: Scene) -> None:
    post = await scene.post()
    mine = {"organization_id": scene.startup.id}
    async with scene.database.transaction(scene.startup.id) as session:
        await scheduling.archive_piece(session, scene.startup.owner, **mine, piece_id=post.content_piece_id)
        back = await scheduling.restore_piece(session, scene.startup.owner, **mine, piece_id=post.content_piece_id)
        assert (back.revision, back.status) == (2, "PENDING_REVIEW")
        await publishing.publish_now(session, scene.startup.owner, **mine, post_id=post.id)
    await scene.work_until_quiet()
    assert (await scene.now(post)).status is PostStatus.FAILED
    assert await scene.received() == []


async def test_a_text_that_waits_for_a_review_is_not_sent_whatever_was_approved_before(scene: Scene) -> None:
    post = await scene.post()
    async with scene.database.transaction(scene.startup.id) as session:
        piece = await session.get(ContentPiece, (scene.startup.id, post.content_piece_id))
        assert piece is not None
        piece.status = ContentStatus.PENDING_REVIEW
    await scene.work_until_quiet()
    assert ((now := await scene.now(post)).status, now.error_kind) == (PostStatus.FAILED, "unapproved")
    assert await scene.received() == []


async def test_a_part_without_an_answer_is_found_before_the_thread_goes_on(scene: Scene) -> None:
    post = await scene.post(body="One\n\nTwo\n\nThree", parts=["One", "Two", "Three"])
    await scene.work(at=_once("recorded", lambda: scene.fault_at_once("store_then_drop")))
    assert (await scene.now(post)).status is PostStatus.UNCONFIRMED
    await scene.work_until_quiet()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert len(await scene.received()) == 3


def _once(wanted: str, act: Callable[[], object]) -> Callable[[str], None]:
    """At the first time that the step gets to this point."""
    left = [act]

    def at(point: str) -> None:
        if point == wanted and left:
            left.pop()()

    return at


async def test_posts_of_one_account_keep_the_gap_of_its_platform(scene: Scene) -> None:
    account = await scene.another_account(platform=Platform.TWITTER, handle="kornblume_x")
    first = await scene.post(account=account, body="First.")
    second = await scene.post(account=account, body="Second.")
    await scene.work()
    assert (await scene.now(first)).status is PostStatus.PUBLISHED
    waiting = await scene.now(second)
    assert waiting.status is PostStatus.RETRYING
    assert waiting.attempt_count == 0
    await scene.work_until_quiet()
    assert (await scene.now(second)).status is PostStatus.PUBLISHED
    assert len(await scene.received()) == 2


async def test_posts_that_wait_for_their_turn_do_not_keep_each_other_waiting(scene: Scene) -> None:
    account = await scene.another_account(platform=Platform.TWITTER, handle="kornblume_x")
    for number in range(3):  # the second and the third come while the first is not three seconds old
        await scene.post(account=account, body=f"Bread with {chr(65 + number)} for you.")
        await scene.work()
        scene.forward(seconds=1)
    for _ in range(8):
        await scene.work()
        scene.forward(seconds=1)
    assert {post.status for post in await scene.current()} == {PostStatus.PUBLISHED}
    assert len(await scene.received()) == 3


async def test_a_call_that_cannot_end_within_its_claim_is_not_begun(scene: Scene) -> None:
    post = await scene.post()
    await scene.work(at=lambda point: scene.forward(hours=1) if point == "armed" else None)
    assert await scene.received() == []
    given_back = await scene.now(post)
    assert given_back.attempt_count == 0
    await scene.work(pace=IMPATIENT)
    assert (await scene.now(post)).status is PostStatus.RETRYING, "a worker that is behind waits before it takes more"
    scene.forward(seconds=30)
    await scene.work(pace=IMPATIENT)
    assert (await scene.now(post)).status is PostStatus.PUBLISHED


async def test_a_picture_goes_out_with_its_words(scene: Scene) -> None:
    post = await scene.post(body="Look.", media_refs=[MediaRef(asset_id=await _picture(scene), alt_text="A loaf")])
    await scene.work()
    [received] = await scene.received()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    file = scene.network_store.one("SELECT mime_type, alt_text, content FROM media")
    assert dict(file) == {"mime_type": "image/png", "alt_text": "A loaf", "content": PICTURE}
    sent = scene.network_store.one("SELECT media FROM posts WHERE number = ?", (int(received["id"][1:]),))
    assert sent["media"] == "[1]"


@pytest.mark.parametrize(("spoil", "kind"), [("gone", "file_gone"), ("unreadable", "file_unreadable")])
async def test_a_post_never_goes_out_without_its_picture(scene: Scene, spoil: str, kind: str) -> None:
    post = await scene.post(body="Look.", media_refs=[MediaRef(asset_id=await _picture(scene))])
    [file] = (Path(settings.get().require("home")) / "assets" / str(scene.startup.id)).rglob("*")
    file.unlink()
    if spoil == "unreadable":
        file.mkdir()
    await scene.work()
    after = await scene.now(post)
    assert (after.status, after.error_kind) == (PostStatus.FAILED, kind)
    assert await scene.received() == []
    assert [template for template, _ in await scene.told()] == ["post-failed"]


async def _picture(scene: Scene) -> UUID:
    async with scene.database.transaction(scene.startup.id) as session:
        file = {"name": "loaf.png", "content": PICTURE, "mime_type": "image/png", "type": AssetType.IMAGE}
        return (await assets.store(session, scene.startup.owner, organization_id=scene.startup.id, **file)).id
