"""What is wrong with one post does not reach the others of its batch."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import ValidationError
from sqlalchemy import text, update

from aipromote.channels.models import SocialAccount
from aipromote.jobs.outcomes import Done
from aipromote.publishing import handlers
from aipromote.publishing.jobs import PostBatch
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from publishing.scene import Scene

_LOST_KEY = b"\x01\x04lost" + bytes(40)


async def _lose_the_key(scene: Scene, account: SocialAccount) -> None:
    """Its tokens were sealed with a key that is not in the key ring any more."""
    await _change(scene, account, access_token_sealed=_LOST_KEY, refresh_token_sealed=_LOST_KEY)


async def _change(scene: Scene, account: SocialAccount, **values: object) -> None:
    async with scene.database.transaction(scene.startup.id) as session:
        await session.execute(update(SocialAccount).where(SocialAccount.id == account.id).values(**values))


async def _work_as_one_batch(scene: Scene, *posts: ScheduledPost) -> None:
    pointer = PostBatch(posts=tuple((post.organization_id, post.id) for post in posts))
    assert await handlers.publish(pointer, database=scene.database, http=scene.http) == Done()


async def test_tokens_that_do_not_open_stop_no_other_post(scene: Scene) -> None:
    broken = await scene.another_account(handle="broken")
    stuck, fine = await scene.post(account=broken), await scene.post(body="Fine.")
    await _lose_the_key(scene, broken)
    await _work_as_one_batch(scene, stuck, fine)
    assert (await scene.now(fine)).status is PostStatus.PUBLISHED
    assert (await scene.now(stuck)).status is PostStatus.RETRYING  # nothing was sent, and that is certain
    await scene.work_until_quiet()
    assert (await scene.now(stuck)).status is PostStatus.FAILED
    assert [template for template, _ in await scene.told()] == ["post-failed"]


async def test_a_look_up_that_cannot_be_made_stops_no_other_post(scene: Scene) -> None:
    broken = await scene.another_account(handle="broken")
    unsure = await scene.post(account=broken)
    await scene.network.fault("store_then_drop")
    await scene.work()
    await _lose_the_key(scene, broken)
    scene.forward(minutes=1)
    fine = await scene.post(body="Fine.")
    await _work_as_one_batch(scene, unsure, fine)
    assert (await scene.now(fine)).status is PostStatus.PUBLISHED
    await scene.work_until_quiet()
    assert (await scene.now(unsure)).status is PostStatus.UNCONFIRMED
    assert [template for template, _ in await scene.told()] == ["post-needs-you"]


async def test_an_account_of_an_unknown_connector_stops_no_other_post(scene: Scene) -> None:
    strange = await scene.another_account(handle="strange")
    stuck, fine = await scene.post(account=strange), await scene.post(body="Fine.")
    await _change(scene, strange, connector="gone")
    await _work_as_one_batch(scene, stuck, fine)
    assert (await scene.now(fine)).status is PostStatus.PUBLISHED
    after = await scene.now(stuck)
    assert (after.status, after.error_kind) == (PostStatus.FAILED, "not_connected")


async def test_an_answer_that_cannot_be_stored_stops_no_other_post(scene: Scene) -> None:
    """PostgreSQL stores neither a NUL nor half a surrogate pair, and JSON from outside may have both."""
    odd = await scene.another_account(handle="odd")
    refused, fine = await scene.post(account=odd), await scene.post(body="Fine.")
    async with _odd_network() as url:
        await _change(scene, odd, server=url)
        await _work_as_one_batch(scene, refused, fine)
    assert (await scene.now(fine)).status is PostStatus.PUBLISHED
    assert (await scene.now(refused)).status is PostStatus.FAILED


async def test_a_row_that_cannot_be_read_stops_no_other_post(scene: Scene) -> None:
    stuck, fine = await scene.post(), await scene.post(body="Fine.")
    async with scene.database.transaction(scene.startup.id) as session:
        spoil = text("UPDATE content_pieces SET media_refs = '[{}]' WHERE id = :id")
        await session.execute(spoil, {"id": stuck.content_piece_id})
    with pytest.raises(ValidationError):
        await _work_as_one_batch(scene, stuck, fine)
    assert (await scene.now(fine)).status is PostStatus.PUBLISHED
    assert (await scene.now(stuck)).status is PostStatus.SCHEDULED


@asynccontextmanager
async def _odd_network() -> AsyncIterator[str]:
    async def refuse(request: web.Request) -> web.Response:
        await request.read()
        body = r'{"error": "odd\u0000code\ud800", "message": "odd\u0000words\ud800"}'
        return web.Response(status=422, text=body, content_type="application/json")

    app = web.Application()
    app.router.add_post("/api/v1/posts", refuse)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")
