"""Files leave as their network takes them, and networks that fetch are given an address that was tried before."""

from __future__ import annotations

import io
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from PIL import Image
from sqlalchemy import update

from aipromote import settings
from aipromote.assets import actions as assets
from aipromote.assets.examining import examine
from aipromote.assets.models import Asset
from aipromote.assets.renditions import Sendable
from aipromote.documents.content import MediaRef
from aipromote.publishing.forecast import fetching
from aipromote.publishing.media import streamed
from aipromote.publishing.states import PostStatus
from assets import pictures
from publishing.scene import Scene


async def _taken_in(scene: Scene, content: bytes, name: str) -> Asset:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        examined = await examine(file, name=name, organization_id=scene.startup.id)
    async with scene.database.transaction(scene.startup.id) as session:
        return await assets.take_in(
            session, scene.startup.owner, organization_id=scene.startup.id, examined=examined, alt_text="A loaf"
        )


async def test_a_photograph_leaves_without_the_place_where_it_was_taken(scene: Scene) -> None:
    asset = await _taken_in(scene, pictures.photograph(800, 600, orientation=6), "IMG_1.jpg")
    post = await scene.post(body="Look.", media_refs=[MediaRef(asset_id=asset.id)])
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    file = scene.network_store.one("SELECT mime_type, alt_text, content FROM media")
    picture = Image.open(io.BytesIO(file["content"]))
    assert (file["mime_type"], file["alt_text"], picture.size) == ("image/jpeg", "A loaf", (600, 800))
    assert not picture.getexif()


async def test_a_picture_that_cannot_be_made_to_fit_stops_its_post(scene: Scene) -> None:
    async with scene.database.transaction(scene.startup.id) as session:
        given = {"name": "loaf.png", "content": b"\x89PNG\r\n\x1a\n and no more", "mime_type": "image/png"}
        asset = await assets.store(
            session, scene.startup.owner, organization_id=scene.startup.id, type="IMAGE", **given
        )
        asset.width = asset.height = 9
    post = await scene.post(body="Look.", media_refs=[MediaRef(asset_id=asset.id)])
    await scene.work()
    after = await scene.now(post)
    assert (after.status, after.error_kind) == (PostStatus.FAILED, "file_unfit")
    assert await scene.received() == []


async def test_a_file_in_a_bucket_that_is_not_set_up_stops_its_post_and_no_other(scene: Scene) -> None:
    asset = await _taken_in(scene, pictures.picture(), "loaf.png")
    async with scene.database.transaction(scene.startup.id) as session:
        await session.execute(update(Asset).values(bucket="s3://elsewhere"))
    stopped = await scene.post(body="Look.", media_refs=[MediaRef(asset_id=asset.id)])
    other = await scene.post(body="Fresh bread.")
    await scene.work()
    after = await scene.now(stopped)
    assert (after.status, after.error_kind) == (PostStatus.FAILED, "file_unreadable")
    assert "s3://elsewhere" in (after.error_message or "")
    assert (await scene.now(other)).status is PostStatus.PUBLISHED


async def test_a_file_is_read_in_pieces_and_as_often_as_wanted(scene: Scene) -> None:
    content = pictures.video(padding=2_500_000)
    asset = await _taken_in(scene, content, "clip.mp4")
    file = Sendable(asset.storage_key, asset.bucket, asset.mime_type, asset.size, "clip.mp4", seconds=3.0)
    media = streamed(file, "A loaf")
    for _ in range(2):
        assert await media.content(5, 10) == content[5:15]
        sizes = [len(block) async for block in media.read(0, None)]
        assert (sum(sizes), max(sizes)) == (len(content), 1024 * 1024)
    assert (media.name, media.seconds, media.url, media.is_video) == ("clip.mp4", 3.0, None, True)


@asynccontextmanager
async def _public(monkeypatch: pytest.MonkeyPatch, status: int) -> AsyncIterator[list[str]]:
    """An address as a proxy would have it, that answers so."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.headers.get("Range", ""))
        return web.Response(status=status, body=b"x" if status < 300 else b"")

    app = web.Application()
    app.router.add_get("/media/{token}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setenv("AIPROMOTE_PUBLIC_URL", f"http://127.0.0.1:{runner.addresses[0][1]}")
    settings.get.cache_clear()
    try:
        yield asked
    finally:
        await runner.cleanup()
        monkeypatch.undo()
        settings.get.cache_clear()


@pytest.mark.parametrize(
    ("status", "words"),
    [(206, None), (200, None), (404, "HTTP 404"), (302, "HTTP 302"), (502, "HTTP 502")],
)
async def test_an_address_is_tried_before_a_network_is_given_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, status: int, words: str | None
) -> None:
    file = Sendable(f"key of {status}", "local", "image/jpeg", 1, "loaf.jpg")
    async with _public(monkeypatch, status) as asked, aiohttp.ClientSession() as http:
        wrong = [await fetching.trouble(http, file, network="Instagram") for _ in range(2)]
    if words is None:
        assert (wrong, asked) == ([None, None], ["bytes=0-0"])  # what answered is not asked again at once
        return
    assert asked == ["bytes=0-0"] * 2
    assert wrong[0] is not None
    assert wrong[0].kind == "file_unreachable"
    assert f"Instagram cannot fetch loaf.jpg: its address does not answer ({words})" in wrong[0].fact


async def test_without_a_public_address_nothing_can_be_fetched(scene: Scene) -> None:
    file = Sendable("key", "local", "image/jpeg", 1, "loaf.jpg")
    async with aiohttp.ClientSession() as http:
        wrong = await fetching.trouble(http, file, network="Instagram")
    assert wrong is not None
    assert "set AIPROMOTE_PUBLIC_URL" in wrong.fact
