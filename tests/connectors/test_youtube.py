"""The YouTube connector against a small YouTube."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import (
    Absent,
    App,
    Armed,
    Certainty,
    Consent,
    Media,
    Metrics,
    Part,
    Published,
    Undecided,
)
from aipromote.connectors.errors import (
    AccountLimit,
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    Rejected,
    Revoked,
    Stale,
    TargetGone,
    UnknownOutcome,
    Unreachable,
)
from aipromote.connectors.youtube import YouTubeConnector, answers, files
from aipromote.documents.vocabulary import Platform
from connectors.conformance import Conformance
from connectors.youtube_server import CHANNEL, CLIENT, REDIRECT, SECRET, YouTubeServer

YOUTUBE = YouTubeConnector()
CONTENT = bytes(range(256)) * 1024 * 36 + b"the end"  # nine megabytes and a bit: three chunks
FILM = Media.of(b"a short film", "video/mp4")
PART = Part("Watch this #indie", media=(Media.of(CONTENT, "video/mp4"),), title="A film")


class YouTubeHarness:
    connector = YOUTUBE

    def __init__(self, server) -> None:
        self.server = server

    async def fault(self, kind, *, seconds=None, style="seconds") -> None:
        one = (kind, 1.0 if seconds is None else seconds, style)
        # aiohttp repeats a PUT once after a dropped connection, and the repeat is lost as well.
        self.server.faults += [one] * (2 if "drop" in kind else 1)

    async def received(self) -> list[str]:
        public = [video for video in self.server.videos.values() if video["status"]["privacyStatus"] == "public"]
        return [video["snippet"]["description"] for video in public]

    async def expire_access(self) -> None:
        self.server.end("access")

    async def revoke(self) -> None:
        self.server.end("access", "refresh")

    async def narrow_credentials(self):
        return replace(self.credentials, access_token=self.server.issue("access", "openid"))


def consent(server) -> Consent:
    return Consent(server.url, REDIRECT, "state-1", "verifier-" + "v" * 40, App(CLIENT, SECRET))


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=0.5) as session:
        yield session


@pytest.fixture
async def harness(http):
    async with YouTubeServer() as server:
        made, asked = YouTubeHarness(server), consent(server)
        code, state = server.agree(YOUTUBE.authorization_url(asked))
        assert state == "state-1"
        (grant,) = await YOUTUBE.exchange(http, asked, code=code)
        made.credentials = grant.credentials
        yield made


class TestYouTube(Conformance):
    has = frozenset({"scopes", "followers", "date in Retry-After"})
    rotates = False
    is_asked_by_handle = True

    def part(self, text, **more):
        return Part(text, media=(FILM,), title="A film", **more)


def arm(prepared=None) -> Armed:
    return Armed("key", clock.now(), prepared=prepared)


async def ready(http, harness, part=PART, prepared=None) -> str:
    answer = await YOUTUBE.prepare(http, harness.credentials, part, prepared)
    for _ in range(9):
        if answer.ask_after is None:
            return answer.handle
        answer = await YOUTUBE.prepare(http, harness.credentials, part, answer.handle)
    pytest.fail("it was never ready")


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


async def test_both_quotas_say_when_they_end(http, harness, dial):
    dial.jump(datetime(2026, 5, 4, 20, 0, tzinfo=UTC))
    harness.server.upload_faults = ["quotaExceeded"]
    with pytest.raises(AccountLimit) as caught:
        await ready(http, harness)
    assert caught.value.retry_at == datetime(2026, 5, 5, 7, 0, tzinfo=UTC)  # midnight in California
    harness.server.upload_faults = ["uploadLimitExceeded"]
    with pytest.raises(AccountLimit) as caught:
        await ready(http, harness)
    assert timedelta(hours=23) < caught.value.retry_at - clock.now() <= timedelta(hours=24)


async def test_a_client_that_was_not_audited_is_told_that_the_video_stays_private(http, harness):
    harness.server.is_audited = False
    handle = await ready(http, harness)
    with pytest.raises(PolicyBlocked, match="audited"):
        await YOUTUBE.publish(http, harness.credentials, PART, arm(handle))
    long_ago = replace(arm(handle), armed_at=clock.now() - timedelta(minutes=2))
    assert await YOUTUBE.look_up(http, harness.credentials, PART, long_ago) == Absent()


async def test_what_youtube_would_refuse_is_told_before(http, harness):
    def wrong(part):
        return YOUTUBE.problems(Platform.YOUTUBE_SHORTS, part)

    assert wrong(PART) == []
    assert wrong(replace(PART, title=None))
    assert wrong(replace(PART, title="x" * 101))
    assert wrong(replace(PART, text="é" * 2501))
    assert wrong(replace(PART, text="1 < 2"))
    assert wrong(replace(PART, media=()))
    assert wrong(Part("Thanks", position=1, reply_to="abc")) == []
    assert len(wrong(Part("x" * 10_001, position=1, reply_to="abc", media=(FILM,)))) == 2
    with pytest.raises(Rejected, match="invalid video title"):
        await ready(http, harness, replace(PART, title=" "))


async def test_a_comment_goes_under_the_video_and_is_found_by_its_text(http, harness):
    video = (await YOUTUBE.publish(http, harness.credentials, PART, arm(await ready(http, harness)))).platform_post_id
    part = Part("The link: https://example.com", position=1, reply_to=video, root=video)
    assert not YOUTUBE.prepares(part)
    assert (await YOUTUBE.prepare(http, harness.credentials, part, None)).handle is None
    armed = arm()
    post = await YOUTUBE.publish(http, harness.credentials, part, armed)
    assert await YOUTUBE.look_up(http, harness.credentials, part, armed) == post
    await YOUTUBE.delete(http, harness.credentials, post.platform_post_id)
    assert harness.server.comments == {}
    for minutes, final in ((0, False), (13, True)):
        earlier = replace(armed, armed_at=clock.now() - timedelta(minutes=minutes))
        found = await YOUTUBE.look_up(http, harness.credentials, part, earlier)
        assert isinstance(found, Undecided)
        assert found.final is final
    harness.server.videos[video]["no_comments"] = True
    with pytest.raises(PolicyBlocked, match="disabled"):
        await YOUTUBE.publish(http, harness.credentials, part, arm())
    with pytest.raises(TargetGone):
        await YOUTUBE.publish(http, harness.credentials, replace(part, reply_to="gone"), arm())
    await harness.fault("malformed")
    harness.server.videos[video]["no_comments"] = False
    with pytest.raises(UnknownOutcome):
        await YOUTUBE.publish(http, harness.credentials, part, arm())


async def test_counters_come_as_strings_and_what_is_not_told_stays_none(http, harness):
    post = await YOUTUBE.publish(http, harness.credentials, PART, arm(await ready(http, harness)))
    told = await YOUTUBE.metrics(http, harness.credentials, post.platform_post_id)
    assert told == Metrics(impressions=120, likes=7, comments=3)
    assert await YOUTUBE.metrics(http, harness.credentials, "gone") == Metrics()
    assert [answers.count(value) for value in (True, None, "1e9", "-1", "9" * 30, 4)] == [None] * 5 + [4]


async def test_the_grant_names_the_channel_and_can_be_ended(http, harness):
    assert harness.credentials.account_id == CHANNEL
    assert harness.credentials.expires_at is not None
    profile = await YOUTUBE.profile(http, harness.credentials)
    assert (profile.handle, profile.followers, profile.posts) == ("ada", 1200, 3)
    await YOUTUBE.revoke(http, harness.credentials)
    assert harness.server.tokens == {}
    await YOUTUBE.revoke(http, harness.credentials)


async def test_a_consent_that_does_not_work_is_told_in_plain_words(http, harness):
    asked = consent(harness.server)
    code, _ = harness.server.agree(YOUTUBE.authorization_url(asked))
    with pytest.raises(Revoked):
        await YOUTUBE.exchange(http, replace(asked, code_verifier="another"), code=code)
    with pytest.raises(Unreachable, match="client"):
        await YOUTUBE.exchange(http, replace(asked, app=App(CLIENT, "wrong")), code=code)
    with pytest.raises(Rejected, match="no Google client"):
        YOUTUBE.authorization_url(replace(asked, app=None))
    code, _ = harness.server.agree(YOUTUBE.authorization_url(asked), scope="openid")
    with pytest.raises(PermissionMissing):
        await YOUTUBE.exchange(http, asked, code=code)
    harness.server.has_channel = False
    code, _ = harness.server.agree(YOUTUBE.authorization_url(asked))
    with pytest.raises(Rejected, match="no YouTube channel"):
        await YOUTUBE.exchange(http, asked, code=code)


def test_the_consent_page_is_googles_and_tokens_come_from_its_own_host():
    page = YOUTUBE.authorization_url(replace(consent(type("S", (), {"url": YOUTUBE.server})), state="s"))
    assert page.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
