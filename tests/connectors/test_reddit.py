"""The Reddit connector against a small Reddit."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors.contract import (
    Absent,
    App,
    Media,
    Metrics,
    Part,
    Processing,
    Published,
    Undecided,
)
from aipromote.connectors.errors import (
    Duplicate,
    MediaRejected,
    PolicyBlocked,
    RateLimited,
    Rejected,
    Revoked,
    Stale,
    TargetGone,
    Unreachable,
)
from aipromote.connectors.reddit import answers, files, places
from aipromote.documents.vocabulary import Platform
from connectors.conformance import Conformance, asked
from connectors.reddit_harness import JPEG, PART, PNG, REDDIT, arm, connect, consent, harness, http, send
from connectors.reddit_server import CLIENT, FLAIR_ID

__all__ = ["harness", "http"]


class TestReddit(Conformance):
    is_known_by_title = True
    has = frozenset({"scopes", "followers"})
    rotates = False

    def part(self, text, **more):
        return Part(text, title="A title", **more)


async def test_one_consent_opens_the_subreddit_and_the_profile(http, harness):
    there, person = await connect(http, harness.server)
    assert (there.credentials.account_id, there.profile.handle) == ("u/ada/r/startups", "r/startups")
    assert (person.credentials.account_id, person.profile.handle) == ("u/ada", "u/ada")
    assert there.profile.followers == 1_900_000
    (alone,) = await connect(http, harness.server, "")
    assert alone.profile.followers == 12
    assert (await REDDIT.profile(http, alone.credentials)).account_id == "u/ada"
    harness.credentials = person.credentials
    post = await send(http, harness, PART)
    assert harness.server.posts[post.platform_post_id]["sr"] == "u_ada"
    assert answers.user_agent(there.credentials) == "web:client-1:v1 (by /u/ada)"


@pytest.mark.parametrize("typed", ["r/startups", "/r/startups/", "startups", "https://www.reddit.com/r/startups/"])
def test_a_subreddit_may_be_typed_in_many_forms(typed):
    assert places.typed(f" {typed} ") == "startups"


@pytest.mark.parametrize("typed", ["r/", "two words", "https://example.com/r/x", "r/a/b"])
async def test_what_is_no_subreddit_is_refused_before_the_person_leaves(harness, typed):
    with pytest.raises(Rejected, match="looks like"):
        REDDIT.authorization_url(consent(harness.server, typed))


@pytest.mark.parametrize("subreddit", ["r/nowhere", "r/secret", "r/startups"])
async def test_a_subreddit_that_lets_nobody_in_is_told(http, harness, subreddit):
    harness.server.bans = True
    with pytest.raises(Rejected, match="does not let u/ada"):
        await connect(http, harness.server, subreddit)


async def test_a_flair_that_is_required_goes_along_when_it_was_named(http, harness):
    harness.server.needs_flair = True
    with pytest.raises(Rejected, match="flair"):
        await send(http, harness, PART)
    with pytest.raises(Rejected, match="I will not promote, Feedback"):
        await connect(http, harness.server, flair="Nonsense")
    there, person = await connect(http, harness.server, flair="i WILL not promote")
    harness.credentials = await REDDIT.refresh(http, there.credentials)
    post = await send(http, harness, PART)
    assert harness.server.posts[post.platform_post_id]["flair_id"] == FLAIR_ID
    assert "flair:" not in person.credentials.scope


async def test_a_text_is_a_self_post_and_an_address_alone_is_a_link_post(http, harness):
    post = await send(http, harness, replace(PART, text="Read this: https://example.com"))
    assert harness.server.posts[post.platform_post_id]["kind"] == "self"
    link = replace(PART, text=" example.com/a ")
    post = await send(http, harness, link)
    stored = harness.server.posts[post.platform_post_id]
    assert (stored["kind"], stored["url"]) == ("link", "https://example.com/a")
    armed = arm()
    with pytest.raises(Duplicate):
        await send(http, harness, link, armed)


async def test_a_picture_goes_to_the_storage_and_its_post_is_found_in_the_list(http, harness):
    armed, part = arm(), replace(PART, media=(PNG,))
    taken = await send(http, harness, part, armed)
    assert isinstance(taken, Processing)
    (content,) = harness.server.assets.values()
    assert content == b"\x89PNG-1"
    found = await REDDIT.look_up(http, harness.credentials, part, replace(armed, handle=taken.handle))
    assert isinstance(found, Published)
    assert found.platform_post_id in harness.server.posts
    harness.server.hides = True
    for minutes, expected in ((6, Undecided), (31, Absent)):
        earlier = replace(armed, armed_at=clock.now() - timedelta(minutes=minutes), handle=taken.handle)
        assert isinstance(await REDDIT.look_up(http, harness.credentials, PART, earlier), expected)
        assert isinstance(await REDDIT.look_up(http, harness.credentials, asked(part), earlier), Undecided)


async def test_several_pictures_are_a_gallery_with_captions(http, harness):
    part = replace(PART, media=(PNG, JPEG))
    post = await send(http, harness, part)
    stored = harness.server.posts[post.platform_post_id]
    assert [item["caption"] for item in stored["items"]] == ["A chart", "A photograph"]
    assert isinstance(await REDDIT.look_up(http, harness.credentials, part, arm()), Published)


async def test_pictures_that_were_not_brought_are_stale_and_a_wrong_one_is_refused(http, harness):
    part = replace(PART, media=(PNG,))
    for nothing in (None, "{", '{"ids": [], "url": ""}', '{"ids": ["a"], "url": ""}'):
        with pytest.raises(Stale):
            await REDDIT.publish(http, harness.credentials, part, arm(nothing))
    handle = (await REDDIT.prepare(http, harness.credentials, part, None)).handle
    assert (await REDDIT.prepare(http, harness.credentials, part, handle)).handle == handle
    harness.server.assets.clear()
    with pytest.raises(MediaRejected):
        await REDDIT.publish(http, harness.credentials, part, arm(handle))
    for status, kind in ((403, Unreachable), (413, MediaRejected)):
        harness.server.storage_status = status
        with pytest.raises(kind):
            await REDDIT.prepare(http, harness.credentials, part, None)
    with pytest.raises(MediaRejected, match="webp"):
        await REDDIT.prepare(http, harness.credentials, replace(PART, media=(Media.of(b"x", "image/webp"),)), None)


def test_no_file_goes_to_a_storage_that_is_not_reddits():
    assert files._is_storage("https://reddit-uploaded-media.s3-accelerate.amazonaws.com", REDDIT.server)
    for address in ("https://evil.example", "http://x.amazonaws.com", "http://[", ""):
        assert not files._is_storage(address, REDDIT.server)


async def test_a_comment_goes_under_the_post_and_is_found_by_its_text(http, harness):
    post = await send(http, harness, PART)
    part = Part("The link: https://example.com?a=1&b=2", 1, post.platform_post_id, post.platform_post_id)
    assert not REDDIT.prepares(part)
    armed = arm()
    comment = await send(http, harness, part, armed)
    assert comment.url == f"{post.url}_/{comment.platform_post_id[3:]}/"
    assert await REDDIT.look_up(http, harness.credentials, part, armed) == comment
    assert await REDDIT.metrics(http, harness.credentials, comment.platform_post_id) == Metrics(likes=0)
    await REDDIT.delete(http, harness.credentials, comment.platform_post_id)
    assert harness.server.comments == {}
    with pytest.raises(TargetGone):
        await send(http, harness, replace(part, reply_to="t3_gone"))
    with pytest.raises(MediaRejected):
        await send(http, harness, replace(part, media=(PNG,)))


async def test_two_posts_with_one_title_cannot_be_told_apart_but_another_subreddit_can(http, harness):
    armed = arm()
    await send(http, harness, PART, armed)
    profile = replace(harness.credentials, account_id="u/ada")
    assert isinstance(await REDDIT.look_up(http, profile, PART, armed), Undecided)
    await send(http, harness, PART)
    found = await REDDIT.look_up(http, harness.credentials, PART, armed)
    assert isinstance(found, Undecided)
    assert found.final


async def test_a_list_that_does_not_go_back_far_enough_proves_nothing(http, harness):
    harness.server.fillers = 120
    long_ago = replace(arm(), armed_at=clock.now() - timedelta(hours=1))
    assert isinstance(await REDDIT.look_up(http, harness.credentials, PART, long_ago), Undecided)
    harness.server.fillers = 3
    assert await REDDIT.look_up(http, harness.credentials, PART, long_ago) == Absent()


@pytest.mark.parametrize(
    ("words", "low", "high"),
    [
        ("you are doing that too much. try again in 9 minutes.", 540, 601),
        ("Looks like you've been doing that a lot. Take a break for 5 seconds before trying again.", 5, 7),
        ("Take a break for 800 milliseconds before trying again.", 0, 2),
        ("try again in 1 hour", 3600, 7201),
    ],
)
async def test_when_to_come_back_is_read_from_the_words(http, harness, words, low, high):
    harness.server.refuses.append(("RATELIMIT", words, "ratelimit"))
    with pytest.raises(RateLimited) as caught:
        await send(http, harness, PART)
    assert timedelta(seconds=low) - timedelta(seconds=1) < caught.value.retry_at - clock.now() < timedelta(seconds=high)


async def test_a_limit_without_a_time_says_none_but_a_full_quota_takes_an_hour(http, harness):
    for code, is_told in (("SUBREDDIT_RATELIMIT", False), ("QUOTA_FILLED", True)):
        harness.server.refuses.append((code, "not now", "ratelimit"))
        with pytest.raises(RateLimited) as caught:
            await send(http, harness, PART)
        assert (caught.value.retry_at is not None) is is_told


async def test_who_does_not_say_who_they_are_is_slowed_down(http, harness):
    with pytest.raises(RateLimited):
        await REDDIT.profile(http, replace(harness.credentials, app=App("another")))


async def test_what_reddit_would_refuse_is_told_before(http, harness):
    def wrong(part):
        return REDDIT.problems(Platform.REDDIT, part)

    assert wrong(PART) == wrong(replace(PART, media=(PNG,) * 20)) == []
    assert wrong(replace(PART, title=None))
    assert wrong(replace(PART, title="x" * 301))
    assert wrong(replace(PART, text="x" * 40_001))
    assert wrong(replace(PART, media=(PNG,) * 21))
    assert wrong(replace(PART, media=(Media.of(b"", "video/mp4"),)))
    assert wrong(Part("Thanks", 1, "t3_1")) == []
    assert len(wrong(Part("x" * 10_001, 1, "t3_1", media=(PNG,)))) == 2
    with pytest.raises(Rejected, match="too long"):
        await send(http, harness, replace(PART, text="x" * 40_001))
    harness.credentials = replace(harness.credentials, account_id="u/ada/r/closed")
    with pytest.raises(TargetGone):
        await send(http, harness, PART)
    harness.server.bans = True
    with pytest.raises(PolicyBlocked, match="banned"):
        await REDDIT.profile(http, replace(harness.credentials, account_id="u/ada/r/startups"))


async def test_counters_and_what_is_not_told(http, harness):
    post = await send(http, harness, PART)
    assert await REDDIT.metrics(http, harness.credentials, post.platform_post_id) == Metrics(
        likes=42, comments=3, shares=1
    )
    assert await REDDIT.metrics(http, harness.credentials, "t3_gone") == Metrics()


async def test_ending_one_of_two_places_leaves_the_other_its_consent(http, harness):
    there, person = await connect(http, harness.server)
    await REDDIT.revoke(http, there.credentials)
    fresh = await REDDIT.refresh(http, person.credentials)
    assert fresh.access_token != person.credentials.access_token
    (alone,) = await connect(http, harness.server, "")
    await REDDIT.revoke(http, alone.credentials)
    assert harness.server.tokens == {}
    await REDDIT.revoke(http, alone.credentials)


async def test_a_consent_that_does_not_work_is_told_in_plain_words(http, harness):
    asked = consent(harness.server)
    with pytest.raises(Revoked):
        await REDDIT.exchange(http, asked, code="used")
    with pytest.raises(Unreachable, match="client id"):
        await REDDIT.exchange(http, replace(asked, app=App(CLIENT, "wrong")), code="any")
    with pytest.raises(Rejected, match="no Reddit app"):
        REDDIT.authorization_url(replace(asked, app=None))
