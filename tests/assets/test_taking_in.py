"""A file is what its bytes say, is measured before it is kept, and is refused with words that help."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from aipromote import settings
from aipromote.assets import actions, apart, queries, sniffing, storage
from aipromote.assets.examining import examine
from aipromote.assets.models import Asset
from aipromote.assets.states import AssetType
from aipromote.db.database import Database
from aipromote.errors import InvalidInput, NotAllowed
from aipromote.organizations.states import Role
from assets import pictures
from factories import organizations

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HEIC = pictures.box(b"ftyp", b"heic" + bytes(4) + b"mif1heic")
ZIP_END = b"PK\x05\x06" + bytes(18)


@contextmanager
def _file(content: bytes) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        yield file


async def _take(database: Database, startup: organizations.Startup, content: bytes, **changes: str) -> Asset:
    alt_text = changes.get("alt_text", "")
    with _file(content) as file:
        examined = await examine(file, name=changes.get("name", "loaf.png"), organization_id=startup.id)
    async with database.transaction(startup.id) as session:
        return await actions.take_in(
            session, startup.owner, organization_id=startup.id, examined=examined, alt_text=alt_text
        )


@pytest.mark.parametrize(
    ("content", "mime_type"),
    [
        (pictures.picture(), "image/png"),
        (pictures.photograph(), "image/jpeg"),
        (pictures.moving(), "image/gif"),
        (pictures.picture(form="WEBP"), "image/webp"),
        (pictures.video(), "video/mp4"),
        (pictures.video(brand=b"qt  "), "video/quicktime"),
        (b"\x1a\x45\xdf\xa3\x93\x42\x82\x84webm", "video/webm"),
        (b"%PDF-1.7\n", "application/pdf"),
    ],
)
def test_the_bytes_tell_the_type(content: bytes, mime_type: str) -> None:
    assert sniffing.media_type(io.BytesIO(content)) == mime_type


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (SVG, "SVG pictures can hold programs"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>" + SVG, "SVG"),
        (HEIC, "Export it as JPEG"),
        (b"<html><body>hello", "no file that can go out"),
        (b"MZ\x90\x00" + bytes(60), "no file that can go out"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "no file that can go out"),
        (b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska", "no file that can go out"),
        (pictures.box(b"ftyp", b"M4A " + bytes(4) + b"M4A isom"), "no file that can go out"),
        (pictures.picture() + ZIP_END, "two things at once"),
        (b"GIF89a/*<script>alert(1)</script>*/" + bytes(40), "two things at once"),
        (b"\xff\xd8\xff\xfe\x00\x20%PDF-1.4 and so on" + bytes(40), "two things at once"),
        (pictures.video() + b"trailer" + ZIP_END, "two things at once"),
    ],
)
def test_what_is_not_taken_is_refused_with_words(content: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        sniffing.media_type(io.BytesIO(content))
    assert refused.value.field == "file"


async def test_a_picture_is_kept_with_its_pixels_as_they_are_seen(database: Database) -> None:
    startup = await organizations.organization(database)
    content = pictures.photograph(800, 600, orientation=6)
    asset = await _take(database, startup, content, name="C:\\me\\IMG 1.png", alt_text="  A loaf. ")
    assert (asset.width, asset.height, asset.size) == (600, 800, len(content))
    assert (asset.mime_type, asset.type, asset.alt_text) == ("image/jpeg", AssetType.IMAGE, "A loaf.")
    assert (asset.original_name, asset.filename) == ("IMG 1.png", "IMG-1.png")
    assert await storage.read(asset.storage_key) == content


async def test_a_video_is_kept_though_nothing_measures_it(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIPROMOTE_FFPROBE", "/nowhere/ffprobe")
    settings.get.cache_clear()
    startup = await organizations.organization(database)
    asset = await _take(database, startup, pictures.video(), name="clip.mp4")
    settings.get.cache_clear()
    assert (asset.type, asset.mime_type) == (AssetType.VIDEO, "video/mp4")
    assert (asset.width, asset.height, asset.duration_seconds) == (None, None, None)


def _program(folder: Path, body: str) -> Path:
    path = folder / "ffprobe"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


TURNED = (
    'cat >/dev/null; echo \'{"streams":[{"codec_type":"audio"},{"codec_type":"video","codec_name":"h264",'
    '"width":1920,"height":1080,"side_data_list":[{"rotation":-90}]}],"format":{"duration":"12.5"}}\''
)


@pytest.mark.parametrize(
    ("body", "measured"),
    [
        (
            TURNED,
            (1080, 1920, 12.5),
        ),
        ("echo '{}'", (None, None, None)),
        ("echo no json", (None, None, None)),
        ("exit 1", (None, None, None)),
        ('echo "{\\"streams\\":[{\\"codec_type\\":\\"video\\",\\"width\\":-5}]}"', (None, None, None)),
        ("env | grep -q SECRET && exit 1; echo '{\"format\":{}}'", (None, None, None)),
    ],
)
async def test_what_the_program_says_of_a_video_is_read_with_care(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, measured: tuple[object, ...]
) -> None:
    monkeypatch.setenv("AIPROMOTE_FFPROBE", str(_program(tmp_path, body)))
    settings.get.cache_clear()
    with _file(pictures.video()) as file:
        found = await apart.measure(file, "video/mp4")
    settings.get.cache_clear()
    assert (found.width, found.height, found.seconds) == measured


async def test_a_video_is_measured_by_the_real_program(monkeypatch: pytest.MonkeyPatch) -> None:
    if apart.ffprobe() is None:
        pytest.skip("there is no ffprobe on this machine")
    with _file(pictures.video(3, 320, 240)) as file:
        found = await apart.measure(file, "video/mp4")
    assert (found.width, found.height, found.seconds) == (320, 240, 3.0)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (pictures.picture()[:400], "damaged"),
        (pictures.photograph()[:3000], "damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"bread" * 20, "damaged"),
        (pictures.picture(1, 1).replace(b"\0\0\0\1\0\0\0\1", b"\0\1\0\0\0\1\0\0", 1), "million pixels|damaged"),
    ],
)
async def test_a_damaged_or_monstrous_picture_is_not_kept(database: Database, content: bytes, words: str) -> None:
    startup = await organizations.organization(database)
    with pytest.raises(InvalidInput, match=words):
        await _take(database, startup, content)
    async with database.transaction(startup.id) as session:
        assert await queries.assets(session, organization_id=startup.id) == []


async def test_a_video_beyond_the_limit_is_refused_before_it_is_stored(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIPROMOTE_VIDEO_MEGABYTES", "1")
    settings.get.cache_clear()
    startup = await organizations.organization(database)
    with pytest.raises(InvalidInput, match=r"clip.mp4 has 2 MB, and 1 MB"):
        await _take(database, startup, pictures.video(padding=2_000_000), name="clip.mp4")
    monkeypatch.undo()
    settings.get.cache_clear()


async def test_the_same_picture_again_is_the_same_asset_and_learns(database: Database) -> None:
    startup = await organizations.organization(database)
    content = pictures.picture()
    async with database.transaction(startup.id) as session:
        old = await actions.store(
            session, startup.owner, organization_id=startup.id, name="old.png", content=content,
            mime_type="image/png", type=AssetType.LOGO,
        )  # fmt: skip
    new = await _take(database, startup, content, alt_text="A loaf.")
    assert (new.id, new.original_name, new.type) == (old.id, "old.png", AssetType.LOGO)
    assert (new.width, new.height, new.alt_text) == (640, 480, "A loaf.")


async def test_viewers_bring_nothing_in(database: Database) -> None:
    startup = await organizations.organization(database)
    viewer = await organizations.member(database, startup, role=Role.VIEWER)
    with _file(pictures.picture()) as file:
        examined = await examine(file, name="a", organization_id=startup.id)
    async with database.transaction(startup.id) as session:
        with pytest.raises(NotAllowed):
            await actions.take_in(session, viewer, organization_id=startup.id, examined=examined)
