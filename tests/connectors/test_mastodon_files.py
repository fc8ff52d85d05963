"""Pictures and videos on Mastodon: uploaded before the post, waited for, within what the server takes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import Absent, Armed, Media, Part
from aipromote.connectors.errors import MediaRejected, Rejected, Stale, Unreachable
from aipromote.connectors.mastodon import MastodonConnector, uploading
from aipromote.connectors.mastodon.uploading import Files
from aipromote.documents.vocabulary import Platform
from connectors.conformance import asked
from connectors.mastodon_harness import MastodonHarness
from connectors.mastodon_server import MastodonServer

PNG = Media.of(b"\x89PNG" + bytes(500), "image/png", "A chart")
FILM = Media.of(bytes(range(256)) * 12_000, "video/mp4", "A tour")


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=0.5) as session:
        yield session


@pytest.fixture
async def harness():
    async with MastodonServer() as server:
        yield MastodonHarness(server)


def arm(handle, *, key="key") -> Armed:
    return Armed(key, clock.now(), prepared=handle)


async def publish(http, harness, part, armed):
    return await harness.connector.publish(http, harness.credentials, part, armed)


async def test_pictures_are_uploaded_before_the_post_and_described(http, harness):
    part = Part("Look", media=(PNG, replace(PNG, alt_text="")))
    handle = await harness.prepare(http, part)
    assert harness.server.posts == 0
    assert await harness.prepare(http, part) != handle  # from the beginning
    again = await harness.connector.prepare(http, harness.credentials, part, handle)
    assert (again.handle, harness.server.media.uploads) == (handle, 4)
    await publish(http, harness, part, arm(handle))
    [status] = harness.server.statuses
    assert [file["id"] for file in status["media_attachments"]] == list(Files.read(handle).ids)
    assert [harness.server.media.files[one]["description"] for one in Files.read(handle).ids] == ["A chart", ""]


async def test_a_video_is_waited_for_and_not_posted_before(http, harness):
    part = Part("Look", media=(FILM,))
    first = await harness.connector.prepare(http, harness.credentials, part, None)
    assert first.ask_after == uploading.ASK_AFTER
    with pytest.raises(Stale):
        await publish(http, harness, part, arm(first.handle))
    hasty = Files(Files.read(first.handle).ids).prepared().handle
    with pytest.raises(Unreachable, match="finished processing"):
        await publish(http, harness, part, arm(hasty))
    second = await harness.connector.prepare(http, harness.credentials, part, first.handle)
    assert second.ask_after is not None
    third = await harness.connector.prepare(http, harness.credentials, part, second.handle)
    assert third.ask_after is None
    await publish(http, harness, part, arm(third.handle))
    assert harness.server.media.files["1"]["size"] == FILM.size


async def test_a_video_that_cannot_be_used_is_told(http, harness):
    harness.server.media.fails = True
    with pytest.raises(MediaRejected, match="not a video"):
        await harness.prepare(http, Part("Look", media=(FILM,)))
    with pytest.raises(MediaRejected, match="cannot make anything"):
        await harness.prepare(http, Part("Look", media=(Media.of(b"", "image/png"),)))


async def test_files_that_are_gone_are_uploaded_anew(http, harness):
    part = Part("Look", media=(FILM,))
    first = await harness.connector.prepare(http, harness.credentials, part, None)
    harness.server.media.files.clear()
    second = await harness.connector.prepare(http, harness.credentials, part, first.handle)
    assert (second.handle != first.handle, second.ask_after is not None) == (True, True)
    picture = Part("Look", media=(PNG,))
    handle = await harness.prepare(http, picture)
    harness.server.media.files.clear()
    with pytest.raises(Stale):
        await publish(http, harness, picture, arm(handle))


@pytest.mark.parametrize("handle", [None, "", "nonsense", "{}", "[1]", Files().prepared().handle])
async def test_a_post_whose_files_are_not_there_is_not_fired(http, harness, handle):
    with pytest.raises(Stale):
        await publish(http, harness, Part("Look", media=(PNG,)), arm(handle))
    assert harness.server.posts == 0


async def test_a_post_is_found_by_its_files_even_without_words(http, harness):
    part = Part("", media=(PNG,))
    armed = arm(await harness.prepare(http, part))
    post = await publish(http, harness, part, armed)
    look_up = harness.connector.look_up
    assert await look_up(http, harness.credentials, asked(part), armed) == post
    other = replace(armed, armed_at=clock.now() - timedelta(minutes=5), prepared=await harness.prepare(http, part))
    assert await look_up(http, harness.credentials, asked(part), other) == Absent()


RULES = [
    ("media", "image_size_limit", 100, "MB; this server takes"),
    ("media", "image_matrix_limit", 1000, "pixels; this server takes 1,000"),
    ("media", "description_limit", 3, "alt text"),
    ("media", "supported_mime_types", ["image/jpeg"], "does not take"),
    ("limits", "max_media_attachments", 1, "takes 1 files"),
    ("limits", "max_characters", 3, "counts 4 here; this server takes 3"),
]


@pytest.mark.parametrize("rule", RULES)
async def test_what_the_server_does_not_take_is_not_uploaded(http, harness, rule):
    place, name, most, words = rule
    rules = harness.server.limits if place == "limits" else harness.server.media.rules
    rules[name] = most
    wide = replace(PNG, width=100, height=50)
    with pytest.raises(Rejected, match=words):
        await harness.prepare(http, Part("Look", media=(wide, PNG)))
    assert harness.server.media.uploads == 0


async def test_a_server_may_take_more_than_usual_or_not_tell(http, harness):
    harness.server.limits.clear()
    harness.server.media.rules = {"supported_mime_types": ["image/png"], "description_limit": 5000}
    await harness.prepare(http, Part("a" * 2000, media=(replace(PNG, alt_text="a" * 4000),)))
    harness.server.tells_rules = False
    await harness.prepare(http, Part("Look", media=(PNG,)))
    harness.server.is_old = True
    await harness.prepare(http, Part("Look", media=(PNG,)))
    with pytest.raises(MediaRejected, match="content type is invalid"):
        await harness.prepare(http, Part("Look", media=(FILM,)))


def test_what_usual_servers_do_not_take_is_said_before():
    part = Part("a" * 501, media=(PNG, FILM, replace(PNG, alt_text="a" * 1501), replace(PNG, size=17 * 1024 * 1024)))
    problems = MastodonConnector().problems(Platform.MASTODON, part)
    assert len(problems) == 4, problems
