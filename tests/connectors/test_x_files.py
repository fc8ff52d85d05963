"""Pictures, GIFs and films on X."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors.capabilities import MEGABYTE
from aipromote.connectors.contract import Media, Part
from aipromote.connectors.errors import MediaRejected, Stale
from aipromote.documents.vocabulary import Platform
from connectors.x_harness import X, arm, harness, http, ready, send

__all__ = ["harness", "http"]
PNG = Media.of(b"\x89PNG-1", "image/png", "A chart")


async def test_four_pictures_go_along_in_order_with_their_alt_texts(http, harness):
    media = tuple(Media.of(b"\x89PNG" + bytes([n]) * 100, "image/png", f"Picture {n}" if n else "") for n in range(4))
    await send(http, harness, Part("Look", media=media))
    (post,) = harness.server.posts.values()
    stored = [harness.server.media[number] for number in post["media"]]
    assert [one["content"][4] for one in stored] == [0, 1, 2, 3]
    assert [one["alt"] for one in stored] == ["", "Picture 1", "Picture 2", "Picture 3"]


async def test_a_picture_alone_needs_no_words(http, harness):
    await send(http, harness, Part("", media=(PNG,)))
    (post,) = harness.server.posts.values()
    assert post["text"] == ""


@pytest.mark.parametrize("works", [None, 3])
async def test_a_film_goes_in_pieces_and_is_waited_for(http, harness, works):
    harness.server.works_on_films = works
    content = bytes(range(256)) * 4096 * 3 + b"the end"
    film = Media.of(content, "video/mp4", "Not for films")
    await send(http, harness, Part("Watch", media=(film,)))
    (post,) = harness.server.posts.values()
    stored = harness.server.media[post["media"][0]]
    assert stored["content"] == content
    assert len(stored["pieces"]) == 4
    assert stored["category"] == "tweet_video"


async def test_no_film_is_read_whole(http, harness):
    asked, content = [], b"x" * (2 * MEGABYTE + 5)

    async def read(offset, length):
        asked.append(length)
        yield content[offset : offset + length]

    await ready(http, harness, Part("Watch", media=(Media("video/mp4", len(content), read),)))
    assert len(asked) == 3
    assert max(asked) <= MEGABYTE


async def test_a_gif_goes_alone_and_says_what_it_shows(http, harness):
    gif = Media.of(b"GIF89a" + b"x" * 2_000_000, "image/gif", "A cat")
    await send(http, harness, Part("Meow", media=(gif,)))
    (stored,) = harness.server.media.values()
    assert (stored["category"], stored["alt"]) == ("tweet_gif", "A cat")
    assert X.problems(Platform.TWITTER, Part("Meow", media=(gif, PNG)))
    large = replace(gif, size=14 * MEGABYTE, width=1280, height=1080)
    assert X.problems(Platform.TWITTER, Part("Meow", media=(large,))) == []
    for wrong in (replace(gif, size=16 * MEGABYTE), replace(gif, width=1281, height=10)):
        assert X.problems(Platform.TWITTER, Part("Meow", media=(wrong,)))


async def test_a_film_that_x_cannot_use_is_refused_in_its_own_words(http, harness):
    harness.server.film_error = {"code": 1, "name": "InvalidMedia", "message": "Unsupported video format"}
    part = Part("Watch", media=(Media.of(b"x" * 10, "video/mp4"),))
    with pytest.raises(MediaRejected, match="Unsupported video format") as caught:
        await ready(http, harness, part)
    assert caught.value.code == "InvalidMedia"


async def test_a_picture_that_x_does_not_take_is_refused_for_good(http, harness):
    part = Part("Look", media=(Media.of(b"x" * (5 * MEGABYTE + 1), "image/png"),))
    with pytest.raises(MediaRejected, match="no picture"):
        await X.prepare(http, harness.credentials, part, None)


async def test_an_upload_that_x_forgot_begins_anew(http, harness):
    part = Part("Watch", media=(Media.of(b"film", "video/mp4"),))
    first = await X.prepare(http, harness.credentials, part, None)
    forgotten = json.loads(first.handle)["pending"]
    harness.server.media[forgotten + "0"] = harness.server.media.pop(forgotten)
    second = await X.prepare(http, harness.credentials, part, first.handle)
    assert json.loads(second.handle)["pending"] != forgotten
    assert len(harness.server.media) == 2


async def test_files_that_were_not_brought_or_have_ended_are_stale_and_nothing_is_sent(http, harness, dial):
    part = Part("Look", media=(PNG,))
    handle = await ready(http, harness, part)
    assert (await X.prepare(http, harness.credentials, part, handle)).handle == handle
    assert len(harness.server.media) == 1
    pending = json.dumps(json.loads(handle) | {"pending": "7"})
    for prepared in (None, pending, json.dumps(json.loads(handle) | {"ready": []})):
        with pytest.raises(Stale):
            await X.publish(http, harness.credentials, part, arm(prepared))
    dial.jump(clock.now() + timedelta(hours=24))
    with pytest.raises(Stale):
        await X.publish(http, harness.credentials, part, arm(handle))
    assert harness.server.creates == 0
    fresh = await X.refresh(http, harness.credentials)
    renewed = await X.prepare(http, fresh, part, handle)
    await X.publish(http, fresh, part, arm(renewed.handle))


async def test_files_that_x_does_not_know_any_more_are_stale(http, harness):
    part = Part("Look", media=(PNG,))
    handle = await ready(http, harness, part)
    harness.server.media.clear()
    with pytest.raises(Stale):
        await X.publish(http, harness.credentials, part, arm(handle))
    assert harness.server.posts == {}
