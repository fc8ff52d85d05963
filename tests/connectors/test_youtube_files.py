"""What is sent to YouTube, in which steps, and what becomes of it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors.contract import (
    Certainty,
    Media,
    Published,
    Undecided,
)
from aipromote.connectors.errors import (
    MediaRejected,
    PolicyBlocked,
    Rejected,
    Stale,
    Unreachable,
)
from aipromote.connectors.youtube import files
from connectors.youtube_harness import CONTENT, FILM, PART, YOUTUBE, arm, harness, http, ready

__all__ = ["harness", "http"]


async def test_a_film_goes_in_chunks_is_private_first_and_public_by_one_call(http, harness):
    handle = await ready(http, harness)
    (video,) = harness.server.videos.values()
    assert video["content"] == CONTENT
    (session,) = harness.server.sessions.values()
    assert [size % files.CHUNK for size in session["chunks"][:2]] == [0, 0]
    assert len(session["chunks"]) == 3
    assert await harness.received() == []
    post = await YOUTUBE.publish(http, harness.credentials, PART, arm(handle))
    assert post.url == f"https://www.youtube.com/shorts/{post.platform_post_id}"
    assert await harness.received() == [PART.text]
    again = await YOUTUBE.publish(http, harness.credentials, PART, arm(handle))
    assert again.platform_post_id == post.platform_post_id
    assert len(harness.server.videos) == 1
    assert YOUTUBE.certainty is Certainty.EXACT


async def test_the_session_is_known_before_any_byte_is_sent(http, harness):
    first = await YOUTUBE.prepare(http, harness.credentials, PART, None)
    assert json.loads(first.handle)["session"].startswith(harness.server.url)
    assert [session["content"] for session in harness.server.sessions.values()] == [b""]
    assert len(first.handle) <= 2000


@pytest.mark.parametrize("fault", ["503", "half", "drop", "drop a middle one"])
async def test_an_upload_that_breaks_off_goes_on_where_it_was_and_makes_one_video(http, harness, fault):
    first = await YOUTUBE.prepare(http, harness.credentials, PART, None)
    faults = ["", "", "drop", "drop"] if fault == "drop" else ["", fault.split()[0]]
    harness.server.upload_faults = faults
    if fault in {"half", "drop a middle one"}:
        second = await YOUTUBE.prepare(http, harness.credentials, PART, first.handle)
    else:
        with pytest.raises(Unreachable):
            await YOUTUBE.prepare(http, harness.credentials, PART, first.handle)
        harness.server.upload_faults = []
        second = await YOUTUBE.prepare(http, harness.credentials, PART, first.handle)
    (video,) = harness.server.videos.values()
    assert video["content"] == CONTENT
    assert json.loads(second.handle)["video"] in harness.server.videos
    assert harness.server.opened == 1


async def test_an_upload_that_stands_still_or_a_file_that_is_too_short_ends_the_attempt(http, harness):
    first = await YOUTUBE.prepare(http, harness.credentials, PART, None)
    harness.server.upload_faults = ["nothing"]
    with pytest.raises(Unreachable, match="no more bytes"):
        await YOUTUBE.prepare(http, harness.credentials, PART, first.handle)
    short = replace(PART, media=(replace(FILM, size=len(CONTENT)),))
    with pytest.raises(Rejected):  # a chunk of an odd length in the middle
        await YOUTUBE.prepare(http, harness.credentials, short, first.handle)
    empty = replace(PART, media=(replace(Media.of(b"", "video/mp4"), size=len(CONTENT)),))
    with pytest.raises(MediaRejected, match="shorter"):
        await YOUTUBE.prepare(http, harness.credentials, empty, first.handle)


async def test_a_session_or_a_video_that_is_gone_is_begun_anew(http, harness):
    first = await YOUTUBE.prepare(http, harness.credentials, PART, None)
    harness.server.sessions.clear()
    handle = await ready(http, harness, prepared=first.handle)
    assert harness.server.opened == 2
    harness.server.videos.clear()
    with pytest.raises(Stale):
        await YOUTUBE.publish(http, harness.credentials, PART, arm(handle))
    found = await YOUTUBE.look_up(http, harness.credentials, PART, arm(handle))
    assert isinstance(found, Undecided)
    assert found.final
    renewed = await ready(http, harness, prepared=handle)
    assert isinstance(await YOUTUBE.publish(http, harness.credentials, PART, arm(renewed)), Published)
    for nothing in (None, "{", "[]", first.handle, '{"video": "../x"}'):
        with pytest.raises(Stale):
            await YOUTUBE.publish(http, harness.credentials, PART, arm(nothing))
    assert isinstance(await YOUTUBE.look_up(http, harness.credentials, PART, arm()), Undecided)


@pytest.mark.parametrize("address", ["https://evil.example/upload", "http://[", "ftp://www.googleapis.com/x"])
async def test_no_byte_and_no_token_goes_to_a_server_that_is_not_googles(http, harness, address):
    handle = json.dumps({"session": address})
    answer = await YOUTUBE.prepare(http, harness.credentials, PART, handle)
    assert json.loads(answer.handle)["session"].startswith(harness.server.url)
    assert harness.server.opened == 1


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        ({"uploadStatus": "rejected", "rejectionReason": "duplicate"}, MediaRejected),
        ({"uploadStatus": "rejected", "rejectionReason": "copyright"}, PolicyBlocked),
        ({"uploadStatus": "failed", "failureReason": "codec"}, MediaRejected),
        ({"uploadStatus": "deleted"}, PolicyBlocked),
    ],
)
async def test_a_video_that_youtube_refuses_while_working_on_it_is_never_published(http, harness, outcome, kind):
    harness.server.outcome = outcome
    with pytest.raises(kind) as caught:
        await ready(http, harness)
    assert caught.value.code in {*outcome.values()}
    assert await harness.received() == []


async def test_youtube_is_not_waited_for_for_ever(http, harness, dial):
    harness.server.works = 10_000
    answer = await YOUTUBE.prepare(http, harness.credentials, PART, None)
    answer = await YOUTUBE.prepare(http, harness.credentials, PART, answer.handle)
    assert (await YOUTUBE.prepare(http, harness.credentials, PART, answer.handle)).ask_after is not None
    dial.jump(clock.now() + timedelta(minutes=31))
    assert (await YOUTUBE.prepare(http, harness.credentials, PART, answer.handle)).ask_after is None
