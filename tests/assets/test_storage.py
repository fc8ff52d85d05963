"""Bytes are kept whole, read by ranges, and mean the same in a folder and in a bucket."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import urllib.request
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from aipromote import settings
from aipromote.assets import storage, stores
from assets import s3_server

OWNER = UUID("01234567-89ab-cdef-0123-456789abcdef")
LARGE = bytes(range(256)) * 72_000  # 18.4 MB: three parts of an upload


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("AIPROMOTE_HOME", str(tmp_path))
    settings.get.cache_clear()
    yield
    monkeypatch.undo()
    settings.get.cache_clear()


@pytest.fixture
async def bucket(monkeypatch: pytest.MonkeyPatch, _home: None) -> AsyncIterator[s3_server.Bucket]:
    """New files go to a bucket."""
    async with s3_server.serving() as bucket:
        s3_server.use(bucket, monkeypatch)
        yield bucket


@pytest.fixture(params=["folder", "bucket"])
async def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, _home: None) -> AsyncIterator[None]:
    """Each test once with the folder and once with the bucket."""
    async with s3_server.serving() as bucket:
        if request.param == "bucket":
            s3_server.use(bucket, monkeypatch)
        yield


@pytest.mark.parametrize("content", [b"x", b"bread" * 400_000, LARGE], ids=["one byte", "2 MB", "18 MB"])
async def test_what_was_kept_is_read_back(either: None, content: bytes) -> None:
    stored = await storage.keep(content, organization_id=OWNER, mime_type="image/png")
    assert (stored.size, stored.checksum) == (len(content), hashlib.sha256(content).digest())
    assert stored.key == f"{OWNER}/{stored.checksum.hex()}"
    assert await storage.size(stored.key, bucket=stored.bucket) == len(content)
    assert await storage.read(stored.key, bucket=stored.bucket) == content


@effort(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(offset=st.integers(0, 120), length=st.none() | st.integers(0, 120), block=st.integers(1, 130))
async def test_any_range_is_what_slicing_gives(offset: int, length: int | None, block: int) -> None:
    content = bytes(range(100))
    stored = await storage.keep(content, organization_id=OWNER)
    got = [piece async for piece in storage.blocks(stored.key, offset=offset, length=length, block=block)]
    assert b"".join(got) == (content[offset:] if length is None else content[offset : offset + length])
    assert all(0 < len(piece) <= block for piece in got)


async def test_ranges_of_a_bucket_are_asked_for_one_at_a_time(bucket: s3_server.Bucket) -> None:
    stored = await storage.keep(LARGE, organization_id=OWNER)
    pieces = [
        len(one) async for one in storage.blocks(stored.key, bucket=stored.bucket, offset=5_000_000, length=2_500_000)
    ]
    assert pieces == [storage.BLOCK, storage.BLOCK, 2_500_000 - 2 * storage.BLOCK]
    assert [method for method, _ in bucket.asked[-4:]] == ["HEAD", "GET", "GET", "GET"]


async def test_a_size_that_is_known_is_not_asked_for(bucket: s3_server.Bucket) -> None:
    stored = await storage.keep(b"bread", organization_id=OWNER)
    bucket.asked.clear()
    got = [one async for one in storage.blocks(stored.key, bucket=stored.bucket, offset=1, total=stored.size)]
    assert (got, [method for method, _ in bucket.asked]) == ([b"read"], ["GET"])


async def test_the_same_bytes_are_uploaded_once_with_their_type(bucket: s3_server.Bucket) -> None:
    for _ in range(2):
        await storage.keep(b"bread", organization_id=OWNER, mime_type="image/png")
    assert [method for method, _ in bucket.asked].count("PUT") == 1
    assert list(bucket.objects.values()) == [(b"bread", "image/png")]


async def test_what_is_missing_is_not_found(either: None) -> None:
    with pytest.raises(FileNotFoundError):
        await storage.read(f"{OWNER}/none", bucket=storage.bucket())


async def test_a_file_lies_where_it_always_did_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    stored = await storage.keep(b"bread", organization_id=OWNER)
    path = tmp_path / "assets" / str(OWNER) / hashlib.sha256(b"bread").hexdigest()
    assert (stored.bucket, path.read_bytes(), path.stat().st_mode & 0o777) == ("local", b"bread", 0o600)
    assert path.parent.stat().st_mode & 0o777 == 0o700


class _Torn(io.BytesIO):
    """Can be read once; the second time it breaks off half way, as a disk that dies does."""

    times = 0

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() == 0:
            self.times += 1
        if self.times > 1 and self.tell() > 0:
            raise OSError(5, "Input/output error")
        return super().read(size)


async def test_a_write_that_breaks_off_leaves_nothing(either: None, tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"Input/output|answer"):
        await storage.keep_file(_Torn(LARGE), organization_id=OWNER)
    key = f"{OWNER}/{hashlib.sha256(LARGE).hexdigest()}"
    with pytest.raises(FileNotFoundError):
        await storage.size(key, bucket=storage.bucket())
    assert not await asyncio.to_thread(lambda: [path for path in tmp_path.rglob("*") if path.is_file()])


async def test_a_file_that_was_cut_short_is_written_again(tmp_path: Path) -> None:
    stored = await storage.keep(b"bread", organization_id=OWNER)
    os.truncate(tmp_path / "assets" / stored.key, 2)
    await storage.keep(b"bread", organization_id=OWNER)
    assert await storage.read(stored.key) == b"bread"


async def test_files_of_the_folder_are_read_after_the_move_to_a_bucket(
    bucket: s3_server.Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIPROMOTE_S3_BUCKET", "")
    settings.get.cache_clear()
    old = await storage.keep(b"old", organization_id=OWNER)
    monkeypatch.setenv("AIPROMOTE_S3_BUCKET", s3_server.BUCKET)
    settings.get.cache_clear()
    new = await storage.keep(b"new", organization_id=OWNER)
    assert (old.bucket, new.bucket) == ("local", "s3://bread")
    assert await storage.read(old.key, bucket=old.bucket) == b"old"
    assert await storage.read(new.key, bucket=new.bucket) == b"new"


async def test_a_server_that_fails_once_is_asked_again(bucket: s3_server.Bucket) -> None:
    bucket.fails = 1
    stored = await storage.keep(b"bread", organization_id=OWNER)
    assert await storage.read(stored.key, bucket=stored.bucket) == b"bread"


async def test_a_wrong_key_is_an_error_without_the_key_in_it(
    bucket: s3_server.Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIPROMOTE_S3_SECRET_KEY", "another-fake-secret")
    settings.get.cache_clear()
    with pytest.raises(PermissionError, match="bucket bread does not let us in") as refused:
        await storage.keep(b"bread", organization_id=OWNER)
    assert "fake" not in str(refused.value).lower()


async def test_a_bucket_that_the_settings_do_not_name_is_said(bucket: s3_server.Bucket) -> None:
    with pytest.raises(OSError, match="s3://cake"):
        await storage.read("key", bucket="s3://cake")


async def test_a_signed_address_opens_one_file_without_a_key(bucket: s3_server.Bucket) -> None:
    stored = await storage.keep(b"bread", organization_id=OWNER, mime_type="image/png")
    address = await asyncio.to_thread(stores.signed, stored.bucket, stored.key, timedelta(hours=1))

    def fetch(url: str) -> tuple[bytes, str]:
        with urllib.request.urlopen(url) as answer:
            return answer.read(), answer.headers["Content-Type"]

    assert await asyncio.to_thread(fetch, address) == (b"bread", "image/png")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        await asyncio.to_thread(fetch, address.replace(stored.key, f"{OWNER}/other"))
