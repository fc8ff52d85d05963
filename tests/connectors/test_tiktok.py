"""The TikTok connector against a small TikTok."""

import json
from dataclasses import replace

import pytest

from aipromote.connectors.capabilities import MEGABYTE
from aipromote.connectors.contract import (
    App,
    Metrics,
    Part,
    Processing,
)
from aipromote.connectors.errors import (
    MediaRejected,
    RateLimited,
    Rejected,
    Revoked,
    Unreachable,
)
from aipromote.documents.vocabulary import Platform
from connectors.conformance import Conformance
from connectors.tiktok_harness import (
    FILM,
    LONG,
    PART,
    PHOTOS,
    TIKTOK,
    TikTokHarness,
    arm,
    connect,
    consent,
    harness,
    http,
    ready,
    settled,
)
from connectors.tiktok_server import CLIENT

__all__ = ["harness", "http"]


class TestTikTok(Conformance):
    has = frozenset({"scopes", "followers", "single-use refresh tokens"})
    is_asked_by_handle = True
    deletes = False

    def part(self, text, **more):
        return Part(text, media=(FILM,), **more)

    async def send(self, http, harness, part, armed, credentials=None):
        taken = await super().send(http, harness, part, armed, credentials)
        assert isinstance(taken, Processing)
        opened = TikTokHarness(harness.server)
        opened.credentials = credentials or harness.credentials
        return await settled(http, opened, part, replace(armed, handle=taken.handle))

    async def look_up(self, http, harness, part, armed):
        found = await super().look_up(http, harness, part, armed)
        is_on = isinstance(found, Processing)
        return await settled(http, harness, part, replace(armed, handle=found.handle)) if is_on else found


@pytest.mark.parametrize(
    "code", ["invalid_param", "invalid_params", "unaudited_client_can_only_post_to_private_accounts"]
)
@pytest.mark.parametrize("status", [200, 400, 403])
async def test_a_refusal_counts_by_its_code_whatever_the_status_says(http, harness, code, status):
    harness.server.refuses["video/init/"] = (code, status)
    with pytest.raises(Rejected) as caught:
        await ready(http, harness)
    assert caught.value.code == code
    assert ("audited" in caught.value.reason) is code.startswith("unaudited")
    harness.server.refuses["query/"] = ("rate_limit_exceeded", 429)
    with pytest.raises(RateLimited):
        await ready(http, harness)


async def test_who_sees_the_posts_is_chosen_and_must_be_possible(http, harness):
    for audience in ("", "nobody"):
        with pytest.raises(Rejected, match="Say who"):
            TIKTOK.authorization_url(consent(harness.server, audience))
    harness.credentials = (await connect(http, harness.server, "followers")).credentials
    with pytest.raises(Rejected, match="choose anew"):
        await ready(http, harness)
    harness.credentials = replace(harness.credentials, scope="video.publish")
    with pytest.raises(Rejected, match="not chosen"):
        await ready(http, harness)
    harness.credentials = await TIKTOK.refresh(http, (await connect(http, harness.server, "me")).credentials)
    armed = arm(await ready(http, harness))
    taken = await TIKTOK.publish(http, harness.credentials, PART, armed)
    found = await settled(http, harness, PART, replace(armed, handle=taken.handle))
    assert found.platform_post_id == json.loads(armed.prepared)["publish_id"]  # such a post never gets a number
    assert await TIKTOK.metrics(http, harness.credentials, found.platform_post_id) == Metrics()


async def test_what_tiktok_would_refuse_is_told_before(http, harness):
    def wrong(part):
        return TIKTOK.problems(Platform.TIKTOK, part)

    assert wrong(PART) == wrong(PHOTOS) == wrong(replace(PART, title="x" * 200)) == []
    assert wrong(replace(PHOTOS, title="x" * 91))
    assert wrong(Part("Hello"))
    assert wrong(replace(PART, text="👩" * 1101))
    assert wrong(replace(PART, media=(replace(LONG, seconds=601),)))
    assert wrong(replace(PART, media=(replace(LONG, size=4097 * MEGABYTE),)))
    with pytest.raises(MediaRejected, match="300 s"):
        await ready(http, harness, replace(PART, media=(replace(LONG, seconds=301),)))
    del harness.server.creator["privacy_level_options"]
    with pytest.raises(Unreachable):
        await ready(http, harness)


async def test_counters_and_what_is_not_told(http, harness):
    armed = arm(await ready(http, harness))
    taken = await TIKTOK.publish(http, harness.credentials, PART, armed)
    post = await settled(http, harness, PART, replace(armed, handle=taken.handle))
    told = await TIKTOK.metrics(http, harness.credentials, post.platform_post_id)
    assert told == Metrics(impressions=120, likes=7, comments=3, shares=2)
    assert await TIKTOK.metrics(http, harness.credentials, "1") == Metrics()


async def test_a_consent_that_does_not_work_is_told_in_plain_words(http, harness):
    asked = consent(harness.server)
    code, _ = harness.server.agree(TIKTOK.authorization_url(asked))
    with pytest.raises(Revoked):
        await TIKTOK.exchange(http, replace(asked, code_verifier="another"), code=code)
    with pytest.raises(Unreachable, match="client key"):
        await TIKTOK.exchange(http, replace(asked, app=App(CLIENT, "wrong")), code=code)
    with pytest.raises(Rejected, match="no TikTok app"):
        TIKTOK.authorization_url(replace(asked, app=None))
