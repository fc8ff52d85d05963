"""What goes along with a post to Bluesky: pictures, a video, a card for a link, the accounts that it names."""

from dataclasses import replace

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.bluesky import record, video
from aipromote.connectors.bluesky.handles import Ready
from aipromote.connectors.contract import Credentials, Media, Part
from aipromote.connectors.errors import (
    AccountLimit,
    MediaRejected,
    RateLimited,
    Rejected,
    Revoked,
    Stale,
    Unauthorized,
    Unreachable,
)
from aipromote.documents.vocabulary import Platform
from connectors.bluesky_harness import signed_in
from connectors.bluesky_rules import NAMES

PNG = Media.of(b"\x89PNG" + bytes(500), "image/png", "A chart")
FILM = Media.of(bytes(range(256)) * 12_000, "video/mp4", "A tour")
WORKING, FAILED = {"state": "JOB_STATE_ENCODING"}, "JOB_STATE_FAILED"


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=0.5) as session:
        yield session


@pytest.fixture
async def harness(http):
    async with signed_in(http) as made:
        yield made


async def test_pictures_are_uploaded_before_the_post_and_described(http, harness):
    wide = replace(PNG, width=1600, height=900)
    handle = await harness.prepare(http, Part("Look", media=(wide, PNG)))
    assert (harness.pds.creates, len(handle) < 2000) == (0, True)
    again = await harness.connector.prepare(http, harness.credentials, Part("Look", media=(wide, PNG)), handle)
    assert again.handle == handle
    await harness.send(http, Part("Look", media=(wide, PNG)))
    first, second = harness.stored()["embed"]["images"]
    assert (first["alt"], first["aspectRatio"]) == ("A chart", {"width": 1600, "height": 900})
    assert first["image"] == {**second["image"]}
    assert (second["image"]["size"], "aspectRatio" in second) == (504, False)


@pytest.mark.parametrize("handle", [None, "", "nonsense", "{}", "[1]", Ready().written(), Ready(job="j").written()])
async def test_a_post_whose_files_are_not_there_is_not_fired(http, harness, handle):
    with pytest.raises(Stale):
        await harness.connector.publish(
            http, harness.credentials, Part("Look", media=(PNG,)), replace(harness.arm(), prepared=handle)
        )
    assert harness.pds.creates == 0


async def test_uploads_that_the_server_forgot_are_made_anew(http, harness):
    part = Part("Look", media=(PNG,))
    handle = await harness.prepare(http, part)
    harness.pds.blobs.clear()
    with pytest.raises(Stale):
        await harness.connector.publish(http, harness.credentials, part, replace(harness.arm(), prepared=handle))
    await harness.send(http, part)
    assert harness.stored()["text"] == "Look"


async def test_what_bluesky_does_not_take_is_said_before_and_refused_over_there(http, harness):
    sound, large = Media.of(b"", "audio/mpeg"), Media.of(bytes(1_000_001), "image/png")
    problems = harness.connector.problems(Platform.BLUESKY, Part("a", media=(large, FILM, sound)))
    assert len(problems) == 3, problems
    for media in ((sound,), (PNG, FILM), (FILM, FILM)):
        with pytest.raises(MediaRejected):
            await harness.prepare(http, Part("a", media=media))
    with pytest.raises(MediaRejected, match=r"blob too big \(maximum 1000000"):
        await harness.send(http, Part("a", media=(large,)))
    assert harness.pds.records == {}


async def test_a_video_goes_through_the_service_and_is_asked_for_until_it_is_done(http, harness):
    harness.pds.video.states = [WORKING, WORKING, {"state": "JOB_STATE_COMPLETED"}]
    film = replace(FILM, width=1080, height=1920)
    first = await harness.connector.prepare(http, harness.credentials, Part("Look", media=(film,)), None)
    assert first.ask_after == video.ASK_AFTER
    with pytest.raises(Stale):
        await harness.connector.publish(
            http, harness.credentials, Part("Look", media=(film,)), replace(harness.arm(), prepared=first.handle)
        )
    await harness.send(http, Part("Look", media=(film,)))
    embed = harness.stored()["embed"]
    assert embed["$type"] == "app.bsky.embed.video"
    assert (embed["alt"], embed["aspectRatio"]) == ("A tour", {"width": 1080, "height": 1920})
    assert embed["video"]["size"] == FILM.size


async def test_a_video_that_the_service_knows_is_not_processed_twice(http, harness):
    await harness.send(http, Part("One", media=(FILM,)))
    harness.pds.video.states = [WORKING, {"state": "JOB_STATE_COMPLETED"}]
    await harness.send(http, Part("Two", media=(FILM,)))
    assert len(harness.pds.video.jobs) == 1
    assert await harness.received() == ["One", "Two"]


async def test_a_video_that_cannot_be_used_is_told_and_one_that_got_lost_is_sent_again(http, harness):
    service, part = harness.pds.video, Part("Look", media=(FILM,))
    bad = {"state": FAILED, "failureCode": "validation_failure", "error": "bad", "message": "Too long by a minute."}
    service.states = [WORKING, bad]
    with pytest.raises(MediaRejected, match="Too long by a minute"):
        await harness.prepare(http, part)
    service.jobs.clear()
    service.states = [{"state": FAILED, "failureCode": "pds_upload_failure"}, {"state": "JOB_STATE_COMPLETED"}]
    before = service.uploads
    assert await harness.prepare(http, part)
    assert service.uploads == before + 2
    known = Ready(job="job-forgotten").written()
    answer = await harness.connector.prepare(http, harness.credentials, part, known)
    assert answer.ask_after is not None
    assert "job-forgotten" not in answer.handle


@pytest.mark.parametrize(
    ("limits", "meaning"),
    [
        ({"canUpload": False, "remainingDailyVideos": 0, "message": "No more today"}, AccountLimit),
        ({"canUpload": False, "error": "unconfirmed_email", "message": "Confirm your address first"}, MediaRejected),
    ],
)
async def test_nothing_is_sent_to_a_service_that_would_not_take_it(http, harness, limits, meaning):
    harness.pds.video.limits = limits
    with pytest.raises(meaning, match=limits["message"]):
        await harness.prepare(http, Part("Look", media=(FILM,)))
    assert harness.pds.video.uploads == 0


@pytest.mark.parametrize(
    ("status", "error", "meaning"),
    [
        (400, "invalid_video", MediaRejected),
        (401, "AuthMissing", Unreachable),
        (413, "too_large", MediaRejected),
        (429, "rate_limit", RateLimited),
        (400, "", Unreachable),
    ],
)
async def test_a_refusal_of_the_video_service_never_ends_the_session(http, harness, status, error, meaning):
    harness.pds.video.refuses = (status, error, "Words.")
    with pytest.raises(meaning) as caught:
        await harness.prepare(http, Part("Look", media=(FILM,)))
    assert type(caught.value) is meaning


async def test_an_ended_session_is_noticed_before_a_video_is_sent(http, harness):
    await harness.expire_access()
    with pytest.raises(Unauthorized):
        await harness.prepare(http, Part("Look", media=(FILM,)))


def test_the_video_service_is_one_for_all_servers_that_are_real():
    for server, there in (
        ("https://bsky.social", video.SERVER),
        ("https://pds.example.com", video.SERVER),
        ("http://127.0.0.1:2583", "http://127.0.0.1:2583"),
    ):
        assert video._server(Credentials(server, "token")) == there


async def test_the_first_link_of_a_post_without_files_becomes_a_card(http, harness):
    await harness.send(http, Part("Read www.example.com/a and https://example.org/b?c=1"))
    assert harness.stored()["embed"] == {
        "$type": "app.bsky.embed.external",
        "external": {"uri": "https://www.example.com/a", "title": "example.com", "description": ""},
    }
    titled = record.post(Part("https://example.org/b", title="How we did it"), created_at=clock.now(), ready=Ready())
    assert titled["embed"]["external"]["title"] == "How we did it"
    pictured = Part("https://example.org", media=(PNG,))
    post = record.post(pictured, created_at=clock.now(), ready=Ready(({"$type": "blob"},)))
    assert post["embed"]["$type"] == "app.bsky.embed.images"


async def test_mentions_link_to_their_accounts_and_unknown_ones_stay_text(http, harness):
    text = "Größe 👩‍🚀 (@Grace.test), @nobody.test and @ada.test; mail a@ada.test, @ada alone"
    await harness.send(http, Part(text))
    facets = harness.stored()["facets"]
    pieces = {
        text.encode()[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode(): one["features"][0]
        for one in facets
        if one["features"][0]["$type"].endswith("#mention")
    }
    assert {name: feature["did"] for name, feature in pieces.items()} == {
        "@Grace.test": NAMES["grace.test"],
        "@ada.test": NAMES["ada.test"],
    }


async def test_no_post_waits_for_a_mention(http, harness):
    assert harness.connector.prepares(Part("Hi @ada.test"))
    assert not harness.connector.prepares(Part("Hi you@ada.test and #tag"))
    await harness.connector.publish(http, harness.credentials, Part("Hi @ada.test"), harness.arm())
    assert "facets" not in harness.stored()


@pytest.mark.parametrize("status", [403, 429, 500])
async def test_a_mention_that_may_not_be_looked_up_stays_text_and_holds_nothing_up(http, harness, status):
    harness.pds.resolving = status
    await harness.send(http, Part("Hi @ada.test"))
    assert "facets" not in harness.stored()


def test_the_fullest_handle_fits_into_where_it_is_kept():
    blob = {"$type": "blob", "ref": {"$link": "b" * 59}, "mimeType": "image/jpeg", "size": 1_000_000}
    mentions = {f"{number:02d}" + "a" * 25 + ".b": "did:" + "c" * 76 for number in range(10)}
    ready = Ready((blob,) * 4, mentions)
    assert len(ready.written()) <= 2000
    assert Ready.read(ready.written()) == ready


async def test_a_hashtag_that_is_too_long_stays_text(http, harness):
    await harness.send(http, Part("#" + "a" * 64 + " #" + "b" * 65))
    assert [one["features"][0]["tag"] for one in harness.stored()["facets"]] == ["a" * 64]


async def test_an_account_that_is_given_back_can_no_longer_be_renewed(http, harness):
    await harness.expire_access()
    for _ in range(2):
        await harness.connector.revoke(http, harness.credentials)
    await harness.connector.revoke(http, replace(harness.credentials, refresh_token=None))
    with pytest.raises(Revoked):
        await harness.connector.refresh(http, harness.credentials)
    with pytest.raises((Rejected, Unauthorized)):
        await harness.send(http, Part("Hello"))
