"""A network fetches a file by its signed address: that file, for some hours, and nothing else."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from uuid import UUID

import pytest
from site_client import Browser

from aipromote import clock, settings
from aipromote.assets import addresses, storage
from aipromote.assets.renditions import Sendable
from aipromote.errors import NotFound

OWNER = UUID("01234567-89ab-cdef-0123-456789abcdef")
CONTENT = bytes(range(256)) * 9000  # 2.3 MB


async def _file() -> Sendable:
    stored = await storage.keep(CONTENT, organization_id=OWNER)
    return Sendable(stored.key, stored.bucket, "video/mp4", stored.size, "clip.mp4")


def _token(file: Sendable, **lasts: float) -> str:
    return addresses.token_of(file, until=clock.now() + timedelta(**(lasts or {"hours": 1})))


async def test_whoever_has_the_address_gets_the_file_without_a_session(browser: Browser) -> None:
    path = f"/media/{_token(await _file())}"
    async with browser.http.get(browser.address + path) as answer:
        assert (answer.status, await answer.read()) == (200, CONTENT)
        told = {name.lower(): value for name, value in answer.headers.items()}
    assert told["content-type"] == "video/mp4"
    assert told["content-length"] == str(len(CONTENT))
    assert told["x-content-type-options"] == "nosniff"
    assert told["content-security-policy"] == "sandbox; default-src 'none'"
    assert told["x-robots-tag"] == "noindex"
    assert "set-cookie" not in told
    async with browser.http.head(browser.address + path) as answer:
        assert (answer.status, answer.headers["Content-Length"]) == (200, str(len(CONTENT)))


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-0", 206, 0, 1),
        ("bytes=100-", 206, 100, len(CONTENT)),
        ("bytes=-100", 206, len(CONTENT) - 100, len(CONTENT)),
        ("bytes=1048570-1048590", 206, 1048570, 1048591),
        ("bytes=0-99999999", 206, 0, len(CONTENT)),
        ("bytes=0-1,5-6", 200, 0, len(CONTENT)),
        ("lines=1-2", 200, 0, len(CONTENT)),
        ("bytes=-", 200, 0, len(CONTENT)),
        ("bytes=99999999-", 416, 0, 0),
        ("bytes=5-4", 416, 0, 0),
        ("bytes=-0", 416, 0, 0),
    ],
)
async def test_ranges_are_answered(browser: Browser, asked: str, status: int, start: int, end: int) -> None:
    path = f"/media/{_token(await _file())}"
    async with browser.http.get(browser.address + path, headers={"Range": asked}) as answer:
        assert (answer.status, await answer.read()) == (status, CONTENT[start:end])
        if status == 206:
            assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(CONTENT)}"


async def test_a_token_opens_nothing_when_it_was_altered_or_its_time_is_over(browser: Browser) -> None:
    file = await _file()
    good = _token(file)
    words, _, signature = good.partition(".")
    told = json.loads(base64.urlsafe_b64decode(words + "=="))
    told[2] = f"{OWNER}/../../secrets.json"
    forged = base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
    for bad in (f"{forged}.{signature}", words, f"{words}.", f"{words}.{'A' * 43}", f"{good}x", "é" * 50, "x" * 5000):
        with pytest.raises(NotFound):
            addresses.opened(bad)
    assert (await browser.open(f"/media/{forged}.{signature}")).status == 404
    assert (await browser.open(f"/media/{_token(file, seconds=-1)}")).status == 404
    assert (await browser.open("/media/")).status == 404
    assert (await browser.open("/media")).status == 404


async def test_a_caller_who_guesses_is_turned_away(browser: Browser) -> None:
    answers = [(await browser.open(f"/media/guess{number}")).status for number in range(62)]
    assert answers[0] == 404
    assert answers[-1] == 429
    assert (await browser.open(f"/media/{_token(await _file())}")).status == 200


async def test_a_file_that_is_gone_is_not_found(browser: Browser) -> None:
    file = await _file()
    (storage.folder() / file.key).unlink()
    assert (await browser.open(f"/media/{_token(file)}")).status == 404


async def test_there_is_an_address_only_where_people_reach_the_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    file = await _file()
    assert addresses.address_of(file) is None
    monkeypatch.setenv("AIPROMOTE_PUBLIC_URL", "https://posts.example.org/")
    settings.get.cache_clear()
    address = addresses.address_of(file)
    monkeypatch.undo()
    settings.get.cache_clear()
    assert address is not None
    head, _, token = address.rpartition("/")
    assert head == "https://posts.example.org/media"
    assert addresses.opened(token).key == file.key


@pytest.mark.parametrize(
    ("endpoint", "is_the_buckets"),
    [
        ("", True),
        ("https://s3.example.com", True),
        ("http://s3.example.com", False),
        ("https://minio:9000", False),
        ("https://10.0.0.7:9000", False),
        ("https://files.internal", False),
    ],
)
async def test_a_bucket_that_anybody_reaches_gives_out_its_own_addresses(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, is_the_buckets: bool
) -> None:
    for name, value in {"BUCKET": "bread", "ENDPOINT": endpoint, "ACCESS_KEY": "id", "SECRET_KEY": "fake"}.items():
        monkeypatch.setenv(f"AIPROMOTE_S3_{name}", value)
    monkeypatch.setenv("AIPROMOTE_PUBLIC_URL", "https://posts.example.org")
    settings.get.cache_clear()
    address = addresses.address_of(Sendable("key", "s3://bread", "video/mp4", 5, "clip.mp4")) or ""
    monkeypatch.undo()
    settings.get.cache_clear()
    assert ("X-Amz-Signature=" in address) is is_the_buckets
    assert address.startswith("https://posts.example.org/media/") is not is_the_buckets
    assert "X-Amz-Expires=21600" in address or not is_the_buckets
