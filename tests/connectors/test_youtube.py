"""The YouTube connector against a small YouTube."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aipromote import clock
from aipromote.connectors.contract import (
    Absent,
    App,
    Metrics,
    Part,
    Undecided,
)
from aipromote.connectors.errors import (
    AccountLimit,
    PermissionMissing,
    PolicyBlocked,
    Rejected,
    Revoked,
    TargetGone,
    UnknownOutcome,
    Unreachable,
)
from aipromote.connectors.youtube import answers
from aipromote.documents.vocabulary import Platform
from connectors.conformance import Conformance
from connectors.youtube_harness import FILM, PART, YOUTUBE, arm, consent, harness, http, ready
from connectors.youtube_server import CHANNEL, CLIENT

__all__ = ["harness", "http"]


class TestYouTube(Conformance):
    has = frozenset({"scopes", "followers", "date in Retry-After"})
    rotates = False
    is_asked_by_handle = True

    def part(self, text, **more):
        return Part(text, media=(FILM,), title="A film", **more)


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
