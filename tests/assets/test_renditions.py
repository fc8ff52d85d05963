"""What is sent of a picture is made once, keeps its network's rules, and tells nobody where it was taken."""

from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from PIL import Image

from aipromote import settings
from aipromote.assets import renditions, storage
from aipromote.assets.apart import Unreadable
from aipromote.assets.models import Asset
from aipromote.assets.renditions import Sendable
from aipromote.connectors.capabilities import GIF, JPEG, PNG, WEBP, ImageRules
from assets import pictures, s3_server

OWNER = UUID("01234567-89ab-cdef-0123-456789abcdef")
INSTAGRAM = ImageRules(frozenset({JPEG}), 8_000_000, 320, 320, max_width=1440, min_ratio=0.8, max_ratio=1.91)


@pytest.fixture(autouse=True, params=["folder", "bucket"])
async def _either(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[None]:
    monkeypatch.setenv("AIPROMOTE_HOME", str(tmp_path_factory.mktemp("home")))
    settings.get.cache_clear()
    async with s3_server.serving() as bucket:
        if request.param == "bucket":
            s3_server.use(bucket, monkeypatch)
        yield
    monkeypatch.undo()
    settings.get.cache_clear()


async def _asset(content: bytes, mime_type: str = JPEG) -> Asset:
    stored = await storage.keep(content, organization_id=OWNER, mime_type=mime_type)
    return Asset(
        organization_id=OWNER, filename="loaf.bin", original_name="loaf.bin", mime_type=mime_type, size=len(content),
        storage_key=stored.key, bucket=stored.bucket, checksum=hashlib.sha256(content).digest(), width=1, height=1,
    )  # fmt: skip


async def _sent(asset: Asset, rules: ImageRules) -> tuple[Sendable, Image.Image]:
    file = await renditions.sendable(asset, rules)
    content = await storage.read(file.key, bucket=file.bucket)
    picture = Image.open(io.BytesIO(content))
    assert (len(content), picture.size) == (file.size, (file.width, file.height))
    assert Image.MIME[str(picture.format)] == file.mime_type
    return file, picture


async def test_a_photograph_is_upright_and_without_place_and_camera() -> None:
    content = pictures.photograph(800, 600, orientation=6)
    assert Image.open(io.BytesIO(content)).getexif().get_ifd(pictures.GPS)
    file, picture = await _sent(await _asset(content), ImageRules())
    assert (file.width, file.height, file.mime_type) == (600, 800, JPEG)
    assert not picture.getexif()
    assert file.changes == ("without place and camera",)


async def test_a_picture_that_is_right_goes_out_as_it_is() -> None:
    content = pictures.picture(800, 600)
    asset = await _asset(content, PNG)
    file, _ = await _sent(asset, ImageRules())
    assert (file.key, file.changes) == (asset.storage_key, ())
    assert file.words == f"800 × 600 PNG, {round(len(content) / 1024)} KB"


async def test_a_tall_picture_gets_a_margin_in_the_colour_of_its_edge_and_is_not_cut() -> None:
    red = Image.new("RGB", (1000, 2000), (200, 30, 30))
    out = io.BytesIO()
    red.save(out, "PNG")
    file, picture = await _sent(await _asset(out.getvalue(), PNG), INSTAGRAM)
    assert (file.width, file.height) == (1440, 1800)
    assert file.changes == ("smaller", "with a margin", "as JPEG")
    for place in ((3, 3), (720, 900), (1436, 1796)):
        pixel = picture.convert("RGB").getpixel(place)
        assert all(abs(one - other) < 6 for one, other in zip(pixel, (200, 30, 30), strict=True)), pixel


@pytest.mark.parametrize(
    ("rules", "most"),
    [
        (ImageRules(frozenset({PNG, JPEG}), 1_000_000), 1_000_000),
        (ImageRules(frozenset({PNG}), 1_000_000), 1_000_000),
        (ImageRules(frozenset({WEBP}), 400_000), 400_000),
    ],
)
async def test_what_has_too_many_bytes_is_made_to_have_fewer(rules: ImageRules, most: int) -> None:
    file, _ = await _sent(await _asset(pictures.noise(900, 900), PNG), rules)
    assert file.size <= most
    assert file.mime_type in rules.mime_types


async def test_transparency_is_kept_where_it_can_be_and_is_paper_where_not() -> None:
    asset = await _asset(pictures.picture(mode="RGBA"), PNG)
    kept, picture = await _sent(asset, ImageRules(frozenset({PNG, JPEG}), max_width=320))
    assert (kept.mime_type, picture.mode) == (PNG, "RGBA")
    _, flat = await _sent(asset, ImageRules(frozenset({JPEG})))
    assert all(
        band > 240 for band in flat.convert("RGB").getpixel((0, 240)) or flat.convert("RGB").getpixel((639, 240))
    )


async def test_a_moving_picture_moves_or_is_refused() -> None:
    asset = await _asset(pictures.moving(), GIF)
    file, picture = await _sent(asset, ImageRules(frozenset({GIF})))
    assert (file.key, getattr(picture, "n_frames", 1)) == (asset.storage_key, 2)
    for _ in range(2):  # the second time from the record
        with pytest.raises(Unreadable, match=r"loaf.bin is a moving GIF"):
            await renditions.sendable(asset, INSTAGRAM)


async def test_it_is_made_once_and_again_with_the_same_bytes_when_it_is_lost() -> None:
    asset = await _asset(pictures.photograph())
    first = await renditions.sendable(asset, ImageRules())
    made = await storage.read(first.key, bucket=first.bucket)
    await storage.put(first.key, io.BytesIO(b"x" * len(made)), into=first.bucket)
    assert await renditions.sendable(asset, ImageRules()) == first
    assert await storage.read(first.key, bucket=first.bucket) == b"x" * len(made)  # it was not made again
    await storage.put(first.key, io.BytesIO(b"short"), into=first.bucket)
    assert await renditions.sendable(asset, ImageRules()) == first
    assert await storage.read(first.key, bucket=first.bucket) == made


async def test_a_picture_that_nobody_looked_at_goes_out_as_it_is() -> None:
    asset = await _asset(b"\x89PNG\r\n\x1a\n not at all", PNG)
    asset.width = asset.height = None
    assert (await renditions.sendable(asset, INSTAGRAM)).key == asset.storage_key
