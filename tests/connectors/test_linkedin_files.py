"""Pictures and films on LinkedIn."""

import json
from dataclasses import replace

import pytest

from aipromote.connectors.contract import Media, Part
from aipromote.connectors.errors import MediaRejected, Stale, Unreachable
from aipromote.documents.vocabulary import Platform
from connectors.linkedin_harness import LINKEDIN, arm, harness, http, person, ready, send
from connectors.scripted import Scripted

__all__ = ["harness", "http", "person"]
PNG = Media.of(b"\x89PNG-1", "image/png", "A chart")
FILM = Media.of(bytes(range(256)) * 4096 * 2 + b"the end", "video/mp4", "A walk")


async def test_one_picture_goes_along_with_its_alt_text_and_title(http, person):
    await send(http, person, Part("Look at https://example.com", media=(PNG,), title="The chart"))
    (post,) = person.server.posts.values()
    (urn,) = person.server.assets
    assert post["given"]["content"] == {"media": {"id": urn, "altText": "A chart", "title": "The chart"}}
    assert person.server.assets[urn]["content"] == b"\x89PNG-1"


async def test_twenty_pictures_go_along_in_order(http, harness):
    media = tuple(Media.of(bytes([number]), "image/png", f"Picture {number}" if number else "") for number in range(20))
    await send(http, harness, Part("Look", media=media))
    (post,) = harness.server.posts.values()
    images = post["given"]["content"]["multiImage"]["images"]
    assert [harness.server.assets[one["id"]]["content"][0] for one in images] == list(range(20))
    assert "altText" not in images[0]
    assert images[19]["altText"] == "Picture 19"


@pytest.mark.parametrize("tells_state", [True, False])
async def test_a_film_goes_in_parts_whose_tags_come_back_in_order(http, harness, tells_state):
    harness.server.tells_state = tells_state
    harness.server.works_on_films = 3
    if not tells_state:
        handle = (await LINKEDIN.prepare(http, harness.credentials, Part("Watch", media=(FILM,)), None)).handle
        for asset in harness.server.assets.values():
            asset["state"] = "AVAILABLE"
        handle = (await LINKEDIN.prepare(http, harness.credentials, Part("Watch", media=(FILM,)), handle)).handle
        post = await LINKEDIN.publish(http, harness.credentials, Part("Watch", media=(FILM,)), arm(handle))
    else:
        post = await send(http, harness, Part("Watch", media=(FILM,)))
    (asset,) = harness.server.assets.values()
    assert asset["content"] == await FILM.content()
    assert len(asset["parts"]) == 3
    assert post.platform_post_id.startswith("urn:li:ugcPost:")


async def test_no_film_is_read_whole(http, harness):
    asked = []

    async def read(offset, length):
        asked.append(length)
        async for block in FILM.read(offset, length):
            yield block

    await ready(http, harness, Part("Watch", media=(replace(FILM, read=read),)))
    assert len(asked) == 3
    assert max(asked) <= 1024 * 1024


async def test_a_film_that_linkedin_cannot_use_is_refused_in_its_own_words(http, harness):
    harness.server.film_error = "The codec is not supported"
    with pytest.raises(MediaRejected, match="codec"):
        await ready(http, harness, Part("Watch", media=(FILM,)))


async def test_a_film_that_linkedin_forgot_goes_again(http, harness):
    part = Part("Watch", media=(FILM,))
    first = await LINKEDIN.prepare(http, harness.credentials, part, None)
    harness.server.assets.clear()
    second = await LINKEDIN.prepare(http, harness.credentials, part, first.handle)
    assert json.loads(second.handle)["pending"] != json.loads(first.handle)["pending"]


async def test_a_picture_that_is_refused_is_refused_for_good(http, harness):
    with pytest.raises(MediaRejected, match="no picture"):
        await ready(http, harness, Part("Look", media=(Media.of(b"broken", "image/png"),)))
    large = replace(PNG, width=6100, height=6100)
    assert LINKEDIN.problems(Platform.LINKEDIN, Part("Look", media=(large,)))


async def test_files_that_were_not_brought_are_stale_and_nothing_is_sent(http, harness):
    part = Part("Look", media=(PNG,))
    handle = await ready(http, harness, part)
    for prepared in (None, json.dumps({"ready": [], "pending": ""}), json.dumps({"ready": ["x"], "pending": "y"})):
        with pytest.raises(Stale):
            await LINKEDIN.publish(http, harness.credentials, part, arm(prepared))
    assert harness.server.creates == 0
    for asset in harness.server.assets.values():
        asset["state"] = "WAITING_UPLOAD"
    with pytest.raises(Stale):
        await LINKEDIN.publish(http, harness.credentials, part, arm(handle))


async def test_bytes_go_only_where_the_network_lives(http, harness):
    harness.server.sends_elsewhere = "http://127.0.0.1:9"
    for media in (PNG, FILM):
        with pytest.raises(Unreachable, match="unreadable"):
            await LINKEDIN.prepare(http, harness.credentials, Part("Look", media=(media,)), None)


VIDEO = {"video": "urn:li:video:1", "uploadToken": "t"}
STRANGE = [
    (PNG, {"value": {"image": "urn:li:person:1", "uploadUrl": "x"}}),
    (FILM, {"value": {"video": "x"}}),
    (FILM, {"value": VIDEO}),
    (FILM, {"value": VIDEO | {"uploadInstructions": ["x"]}}),
    (FILM, {"value": VIDEO | {"uploadInstructions": [{"uploadUrl": "x", "firstByte": 0, "lastByte": 3}]}}),
    (FILM, {"value": VIDEO | {"uploadInstructions": [{"uploadUrl": "x", "firstByte": 9, "lastByte": FILM.size - 1}]}}),
]


@pytest.mark.parametrize(("file", "body"), STRANGE, ids=lambda value: str(value)[:40])
async def test_an_upload_that_is_told_strangely_is_not_begun(http, harness, file, body):
    async with Scripted() as server:
        server.says(200, body)
        opened = replace(harness.credentials, server=server.url)
        with pytest.raises(Unreachable):
            await LINKEDIN.prepare(http, opened, Part("Look", media=(file,)), None)
        assert len(server.calls) == 1


async def test_a_state_that_nobody_knows_is_asked_for_again(http, harness):
    async with Scripted() as server:
        server.says(200, {"status": "DREAMING"})
        opened = replace(harness.credentials, server=server.url)
        handle = json.dumps({"ready": [], "pending": "urn:li:video:1"})
        with pytest.raises(Unreachable):
            await LINKEDIN.prepare(http, opened, Part("Watch", media=(FILM,)), handle)
