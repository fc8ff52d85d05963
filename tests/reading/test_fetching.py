"""One GET, against servers and resolvers that lie."""

from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import AsyncIterator
from unittest import mock

import pytest
from web_of_lies import PAGE, Web, serving

from aipromote.reading.addresses import Rules
from aipromote.reading.decoding import Unpacker, decoded
from aipromote.reading.errors import RefusedAddress, Unreadable
from aipromote.reading.fetching import MAX_BYTES, fetching

_TRYING = Rules(loopback_is_open=True)


@pytest.fixture
async def lies() -> AsyncIterator[Web]:
    async with serving() as found:
        yield found


async def _get(address: str, *, seconds: float = 10) -> str:
    async with fetching(rules=_TRYING, seconds=seconds) as fetcher:
        return (await fetcher.get(address)).text


async def test_a_page_is_fetched_with_nothing_of_ours_but_the_products_name(lies: Web) -> None:
    with mock.patch.dict(os.environ, {"http_proxy": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"}):
        async with fetching(rules=_TRYING) as fetcher:
            assert (await fetcher.get(lies.address)).text == PAGE
            await fetcher.get(lies.address)
    second = lies.asked[1]
    assert second.headers["User-Agent"].startswith("AIPromote/")
    assert "Cookie" not in second.headers
    assert "Authorization" not in second.headers


async def test_loopback_itself_is_not_opened_unless_somebody_tries_things(lies: Web) -> None:
    async with fetching() as fetcher:
        for address in (lies.address, lies.address.replace("127.0.0.1", "localhost")):
            with pytest.raises(RefusedAddress):
                await fetcher.get(address)
    assert lies.asked == []


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "file:///etc/passwd", "http://[fd00:ec2::254]/",
     "http://x:y@127.0.0.1/", "//169.254.169.254/"],
)  # fmt: skip
async def test_a_redirect_to_the_neighbours_is_not_followed(lies: Web, target: str) -> None:
    with pytest.raises(RefusedAddress):
        await _get(f"{lies.address}/to?at={target}")
    assert len(lies.asked) == 1


async def test_redirects_are_followed_five_times(lies: Web) -> None:
    assert await _get(f"{lies.address}/around?n=4") == PAGE
    with pytest.raises(Unreadable, match="more than 5 times"):
        await _get(f"{lies.address}/around?n=5")


async def test_a_name_that_leads_to_the_house_is_refused_however_many_addresses_it_has(lies: Web) -> None:
    for answer in (
        ["10.0.0.7"],
        ["93.184.215.14", "127.0.0.1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::a00:1"],
        ["nonsense"],
    ):

        async def lookup(host: str, port: int, answer: list[str] = answer) -> list[str]:
            return answer

        async with fetching(lookup=lookup) as fetcher:
            with pytest.raises(RefusedAddress, match="private or reserved network"):
                await fetcher.get("http://rebind.example.com/")
    assert lies.asked == []


async def test_a_name_that_changes_its_mind_is_looked_up_once_and_connected_to_as_checked(lies: Web) -> None:
    """Were the name looked up again for the connection, it would lead to the metadata of the cloud."""
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    asked: list[str] = []

    async def lookup(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    port = lies.address.rsplit(":", 1)[1]
    async with fetching(rules=_TRYING, lookup=lookup) as fetcher:
        assert (await fetcher.get(f"http://rebind.example.com:{port}/")).text == PAGE
        assert asked == ["rebind.example.com"]
        assert lies.asked[0].host == f"rebind.example.com:{port}"
    async with fetching(rules=_TRYING, lookup=lookup) as fetcher:
        with pytest.raises(RefusedAddress):
            await fetcher.get(f"http://rebind.example.com:{port}/")


@pytest.mark.parametrize("path", ["/endless", "/bomb"])
async def test_no_answer_becomes_larger_than_two_megabytes(lies: Web, path: str) -> None:
    with pytest.raises(Unreadable, match=f"larger than {MAX_BYTES // 1024**2} MB"):
        await _get(lies.address + path)


async def test_an_answer_that_drips_is_given_up(lies: Web) -> None:
    with pytest.raises(Unreadable, match="took too long"):
        await _get(f"{lies.address}/drip", seconds=0.4)


async def test_a_lookup_that_hangs_is_given_up() -> None:
    async def lookup(host: str, port: int) -> list[str]:
        await asyncio.sleep(60)
        return []

    async with fetching(lookup=lookup, seconds=0.2) as fetcher:
        with pytest.raises(Unreadable, match="took too long"):
            await fetcher.get("https://example.com")


@pytest.mark.parametrize("kind", ["application/pdf", "image/svg+xml", "application/octet-stream", "text/css"])
async def test_what_is_no_page_is_named(lies: Web, kind: str) -> None:
    with pytest.raises(Unreadable, match="upload the file instead"):
        await _get(f"{lies.address}/typed?as={kind}")


async def test_packed_text_in_an_old_alphabet_is_read(lies: Web) -> None:
    assert await _get(f"{lies.address}/packed") == "<p>Grüße</p>"


@pytest.mark.parametrize("path", ["/broken", "/packed?as=br", "/nowhere"])
async def test_an_answer_that_cannot_be_used_is_told_in_words(lies: Web, path: str) -> None:
    with pytest.raises(Unreadable) as told:
        await _get(lies.address + path)
    assert told.value.message[-1] in ".?"


async def test_nobody_at_home_is_told_in_words() -> None:
    with pytest.raises(Unreadable, match="could not be reached"):
        await _get("http://127.0.0.1:1/")


@pytest.mark.parametrize("name", ["punycode", "idna", "unicode_escape", "utf_7", "rot13", "undefined", "zlib"])
def test_what_is_no_alphabet_of_the_web_decodes_nothing(name: str) -> None:
    """Punycode takes time by the square of the length: a page of two megabytes would hold up everybody for a minute."""
    assert decoded(b"-" + b"a" * 2_000_000, declared=name).startswith("-aaa")
    assert decoded(f"<meta charset={name}>xn--".encode(), declared=None).endswith("xn--")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("shift_jis", "灯り"),
        ("gbk", "灯火"),
        ("euc-kr", "등불"),
        ("koi8-r", "свет"),
        ("windows-1252", "Grüße"),
        ("utf-8", "é"),
    ],
)
def test_the_alphabets_of_the_web_are_known(name: str, text: str) -> None:
    assert decoded(text.encode(name), declared=name) == text


def test_what_follows_the_packed_content_is_not_kept() -> None:
    unpacker = Unpacker("gzip", limit=1000)
    unpacker.feed(gzip.compress(b"short"))
    assert unpacker.is_over
    for _ in range(1000):
        unpacker.feed(b"x" * 1000)
    assert unpacker.content() == b"short"
    assert unpacker._packed is not None
    assert unpacker._packed.unused_data == b""


async def test_a_site_that_sends_on_for_ever_behind_its_page_is_read_at_once(lies: Web) -> None:
    assert await _get(f"{lies.address}/junk") == "<p>Short</p>"
