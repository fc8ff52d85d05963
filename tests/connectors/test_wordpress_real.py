"""The WordPress connector against WordPress itself (docs/connectors/wordpress.md): only with `--real-wordpress`."""

import re
import struct
import zlib
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import Absent, Armed, Media, Metrics, Part, Processing, Undecided
from aipromote.connectors.errors import (
    Duplicate,
    MediaRejected,
    PermissionMissing,
    Rejected,
    Revoked,
    Stale,
    UnknownOutcome,
)
from aipromote.connectors.wordpress import WordPressConnector, files, markup, rest
from connectors import real_wordpress

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636000000002000148afa4710000000049454e44ae426082"
)
LARGE = 400  # pixels: more than the 300 of WordPress's smaller copies
CONNECTOR = WordPressConnector()
TITLE = "Größe [gallery] & <b>Zahl</b> 👩‍🚀"
TEXT = (
    "# Why\n\nGröße *zählt* 👩‍🚀: https://example.com/ü?x=1&y=2\nand [here](https://example.com/a).\n\n"
    '- one\n- `two` [gallery id="1"] <script>alert(1)</script>\n\n| a | b |\n|:--|--:|\n| 1 | ~~2~~ |\n\n'
    '1 < 2 & "quotes" \\[x\\] C:\\\\new\n\n```php\n<?php echo "a\\n";\n```\n'
)
_RELAYED = ("Authorization", "Content-Type", "Content-Length", "Content-Disposition")


@pytest.fixture(scope="module")
def site(request):
    try:
        with real_wordpress.running(is_asked=request.config.getoption("--real-wordpress")) as made:
            yield made
    except real_wordpress.NotToBeHad as reason:
        pytest.skip(str(reason))


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=30) as session:
        yield session


@pytest.fixture
async def credentials(http, site):
    (grant,) = await _sign_in(http, site)
    return grant.credentials


@pytest.fixture
def plain(site):
    site.choose_addresses("")
    yield site
    site.choose_addresses("/%postname%/")


def _sign_in(http, site, name="ada", **more):
    given = {"username": name, "password": site.passwords[name]} | more
    return CONNECTOR.sign_in(http, server=site.url, given=given)


def _large() -> bytes:
    """A white picture that WordPress makes smaller copies of."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", LARGE, LARGE, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\xff" * LARGE) * LARGE)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _arm(*, ago=timedelta(0)) -> Armed:
    _arm.number += 1
    return Armed(f"key {_arm.number}", clock.now() - ago)


_arm.number = 0


async def _send(http, credentials, part, armed):
    if part.media:
        prepared = await CONNECTOR.prepare(http, credentials, part, None)
        armed = replace(armed, prepared=prepared.handle)
    return await CONNECTOR.publish(http, credentials, part, armed)


async def _stored(http, credentials, path):
    return rest.readable(await rest.call(http, credentials, "GET", path, query={"context": "edit"}))


async def _named(http, credentials, armed):
    """All articles of this key, whatever the site made of their names."""
    query = {"status": "any,trash", "context": "edit", "per_page": 100, "orderby": "id"}
    listed = (await rest.call(http, credentials, "GET", "/wp/v2/posts", query=query)).body
    return [one["slug"] for one in listed if markup.mark(armed.key) in one["slug"]]


@asynccontextmanager
async def _losing_answers(http, credentials):
    """The site as one sees it whose line breaks once a call to publish has been answered."""

    async def relay(request):
        headers = {name: request.headers[name] for name in _RELAYED if name in request.headers}
        root = credentials.server.partition("/wp-json")[0]
        async with http.request(
            request.method, f"{root}{request.path_qs}", headers=headers, data=await request.read()
        ) as answer:
            assert answer.status == 201
            await answer.read()
        request.transport.abort()
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", relay)
    async with TestServer(app) as server:
        yield replace(credentials, server=f"{server.make_url('/')}wp-json")


async def test_a_user_signs_in_where_the_address_is_pretty(http, site):
    (grant,) = await _sign_in(http, site)
    host = site.url.removeprefix("http://")
    assert grant.credentials.server == f"{site.url}/wp-json"
    assert (grant.profile.handle, grant.profile.display_name) == (f"ada@{host}", "Ada L.")
    assert re.fullmatch(rf"{re.escape(host)}#\d+", grant.profile.account_id)
    assert await CONNECTOR.profile(http, grant.credentials) == grant.profile
    assert await CONNECTOR.metrics(http, grant.credentials, "1") == Metrics()


async def test_a_site_with_plain_addresses_is_found_by_its_header_and_takes_an_article(http, plain):
    (grant,) = await _sign_in(http, plain)
    assert grant.credentials.server == f"{plain.url}/index.php?rest_route="
    part, armed = Part(TEXT, title=TITLE, media=(Media.of(PICTURE, "image/png", "A chart"),)), _arm()
    published = await _send(http, grant.credentials, part, armed)
    assert published.url == f"{plain.url}/?p={published.platform_post_id}"
    assert await CONNECTOR.look_up(http, grant.credentials, part, armed) == published
    await CONNECTOR.delete(http, grant.credentials, published.platform_post_id)


async def test_both_kinds_of_addresses_name_the_same_account(http, plain):
    (grant,) = await _sign_in(http, plain)
    plain.choose_addresses("/%postname%/")
    (other,) = await _sign_in(http, plain)
    assert grant.profile.account_id == other.profile.account_id


@pytest.mark.parametrize("wrong", [{"password": "abcd EFGH 1234 ijkl MNOP 5678"}, {"username": "nobody"}])
async def test_a_wrong_password_is_told_in_plain_words(http, site, wrong):
    with pytest.raises(Revoked, match="new application password") as caught:
        await _sign_in(http, site, **wrong)
    assert "<" not in str(caught.value)


async def test_a_wrong_password_is_told_where_addresses_are_plain(http, plain):
    with pytest.raises(Revoked, match="new application password"):
        await _sign_in(http, plain, password="wrong")


async def test_who_may_not_publish_is_told_when_connecting(http, site):
    with pytest.raises(PermissionMissing, match="may not publish"):
        await _sign_in(http, site, "cy")


async def test_an_article_is_stored_as_it_was_meant(http, site, credentials):
    part, armed = Part(TEXT, title=TITLE), _arm()
    published = await _send(http, credentials, part, armed)
    stored = await _stored(http, credentials, f"/wp/v2/posts/{published.platform_post_id}")
    assert published.url == stored["link"] == f"{site.url}/{markup.slug(TITLE, armed.key)}/"
    assert stored["title"]["raw"] == markup.words(TITLE)
    assert stored["content"]["raw"].strip() == markup.article(TEXT).strip()
    assert "<script" not in stored["content"]["rendered"]
    assert abs(published.published_at - clock.now()) < timedelta(minutes=1)


async def test_pictures_go_along_with_their_alt_text(http, credentials):
    media = tuple(Media.of(PICTURE, "image/png", alt) for alt in ('A "chart"', "A [second] & <more>"))
    published = await _send(http, credentials, Part("Look", title="Pictures", media=media), _arm())
    stored = await _stored(http, credentials, f"/wp/v2/posts/{published.platform_post_id}")
    first = await _stored(http, credentials, f"/wp/v2/media/{stored['featured_media']}")
    assert (first["alt_text"], first["mime_type"]) == ('A "chart"', "image/png")
    async with http.get(first["source_url"]) as answer:
        assert await answer.read() == PICTURE
    assert 'alt="A &#091;second&#093; &amp; &lt;more&gt;"' in stored["content"]["raw"]


async def test_a_video_stands_below_the_text_of_an_author(http, credentials):
    film = Media.of(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(1000), "video/mp4", "A tour")
    published = await _send(http, credentials, Part("Look", title="A film", media=(film,)), _arm())
    stored = await _stored(http, credentials, f"/wp/v2/posts/{published.platform_post_id}")
    assert re.search(r'<video controls src="http[^"]+\.mp4"></video>', stored["content"]["raw"])


@pytest.mark.parametrize(("name", "times"), [("breaks.png", 1), ("breaks-twice.png", 2)])
async def test_a_picture_is_not_sent_again_because_php_broke_down_after_it(http, site, credentials, name, times):
    before = site.breakdowns
    picture = replace(Media.of(_large(), "image/png", "A chart"), name=name)
    published = await _send(http, credentials, Part("Look", title="Broken", media=(picture,)), _arm())
    assert site.breakdowns - before == times
    stored = await _stored(http, credentials, f"/wp/v2/posts/{published.platform_post_id}")
    kept = await _stored(http, credentials, f"/wp/v2/media/{stored['featured_media']}")
    assert (kept["alt_text"], kept["source_url"].rpartition("/")[2]) == ("A chart", name)
    assert ("medium" in kept["media_details"].get("sizes", {})) == (times == 1)


async def test_a_file_that_the_site_does_not_want_is_refused_for_good(http, credentials):
    with pytest.raises(MediaRejected):
        await CONNECTOR.prepare(http, credentials, Part("", media=(Media.of(b"#!/bin/sh", "image/png"),)), None)


async def test_a_file_that_is_no_longer_there_is_stale(http, credentials):
    picture = Media.of(PICTURE, "image/png", "A chart")
    number = await files.upload(http, credentials, picture)
    rest.readable(await rest.call(http, credentials, "DELETE", f"/wp/v2/media/{number}", query={"force": "true"}))
    armed = replace(_arm(), prepared=files.handle([number]))
    with pytest.raises(Stale):
        await CONNECTOR.publish(http, credentials, Part("x", title="Gone", media=(picture,)), armed)


async def test_an_article_whose_answer_was_lost_is_found(http, credentials):
    part, armed = Part(TEXT, title=TITLE), _arm()
    async with _losing_answers(http, credentials) as worse:
        with pytest.raises(UnknownOutcome):
            await CONNECTOR.publish(http, worse, part, armed)
    found = await CONNECTOR.look_up(http, credentials, part, armed)
    stored = await _stored(http, credentials, f"/wp/v2/posts/{found.platform_post_id}")
    assert (stored["slug"], stored["link"]) == (markup.slug(TITLE, armed.key), found.url)


async def test_an_article_that_was_never_sent_is_absent_once_it_can_no_longer_arrive(http, credentials):
    part = Part(TEXT, title=TITLE)
    assert isinstance(await CONNECTOR.look_up(http, credentials, part, _arm()), Undecided)
    assert await CONNECTOR.look_up(http, credentials, part, _arm(ago=timedelta(minutes=6))) == Absent()


@pytest.mark.parametrize("title", [TITLE, "Raced"])  # the second gets a number, or the very same name
async def test_a_second_article_of_one_key_is_taken_down_at_once(http, credentials, title):
    part, armed = Part(TEXT, title=title), _arm()
    first = await CONNECTOR.publish(http, credentials, part, armed)
    with pytest.raises(Duplicate, match="deleted at once"):
        await CONNECTOR.publish(http, credentials, part, armed)
    assert await _named(http, credentials, armed) == [markup.slug(title, armed.key)]
    assert await CONNECTOR.look_up(http, credentials, part, armed) == first


async def test_deleting_twice_is_no_error_and_the_trash_is_seen(http, credentials):
    part, armed = Part(TEXT, title=TITLE), _arm(ago=timedelta(minutes=6))
    published = await CONNECTOR.publish(http, credentials, part, armed)
    for _ in range(2):
        await CONNECTOR.delete(http, credentials, published.platform_post_id)
    await CONNECTOR.delete(http, credentials, "999999")
    with pytest.raises(Rejected, match="trash"):
        await CONNECTOR.look_up(http, credentials, part, armed)


async def test_an_article_that_somebody_took_back_to_a_draft_is_found_and_not_out(http, credentials):
    part, armed = Part(TEXT, title=TITLE), _arm()
    published = await CONNECTOR.publish(http, credentials, part, armed)
    path = f"/wp/v2/posts/{published.platform_post_id}"
    rest.readable(await rest.call(http, credentials, "POST", path, json={"status": "draft"}))
    assert isinstance(await CONNECTOR.look_up(http, credentials, part, armed), Processing)


async def test_a_renamed_article_is_found_by_its_words(http, credentials):
    part, armed = Part(TEXT, title=TITLE), _arm()
    published = await CONNECTOR.publish(http, credentials, part, armed)
    path = f"/wp/v2/posts/{published.platform_post_id}"
    rest.readable(await rest.call(http, credentials, "POST", path, json={"slug": "another-name"}))
    found = await CONNECTOR.look_up(http, credentials, part, armed)
    assert found.platform_post_id == published.platform_post_id
