"""The connector to Instagram against a small Instagram on loopback."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import Certainty, Media, Metrics, Part, Published, Undecided
from aipromote.connectors.errors import (
    AccountLimit,
    MediaRejected,
    Rejected,
    Revoked,
    Stale,
    TargetGone,
    Unauthorized,
    UnknownOutcome,
    Unreachable,
)
from aipromote.connectors.instagram import SCOPES, SERVER, InstagramConnector
from aipromote.documents.vocabulary import Platform
from connectors.conformance import Conformance
from connectors.instagram_server import InstagramServer
from connectors.meta_graph import DAY, HOUR
from connectors.meta_harness import arm, connect, consent, file, ready, running, send

INSTAGRAM = InstagramConnector()


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=5) as session:
        yield session


@pytest.fixture
async def harness(http):
    async with running(http, InstagramServer(), INSTAGRAM) as made:
        yield made


def picture(text, **more) -> Part:
    return Part(text, media=(file(alt_text="A chart"),), **more)


class TestInstagram(Conformance):
    has = frozenset({"delayed_visibility", "scopes", "followers"})

    def part(self, text, **more):
        return picture(text, **more)

    async def test_an_expired_token_is_refreshed_once_and_works(self, http, harness):
        """Instagram renews a token while it lives, and never after: then a person connects again."""
        await harness.expire_access()
        with pytest.raises(Unauthorized):
            await self.send(http, harness, self.part("Hello"), self.arm(harness))
        with pytest.raises(Revoked):
            await harness.connector.refresh(http, harness.credentials)


def given(harness, number=-1):
    return list(harness.server.posts.values())[number]["given"]


@pytest.mark.parametrize("wraps", [True, False])
async def test_connecting_keeps_the_long_token_and_the_number_that_calls_go_by(http, harness, wraps):
    harness.server.wraps_tokens = wraps
    (grant,) = await connect(http, harness.server, INSTAGRAM)
    assert harness.server.tokens[grant.credentials.access_token]["kind"] == "long"
    assert grant.credentials.scope.split() == list(SCOPES)
    assert grant.credentials.account_id == grant.profile.account_id == "17841400000000001"
    assert timedelta(days=59) < grant.credentials.expires_at - clock.now() <= timedelta(days=60)
    assert (grant.profile.followers, grant.profile.following, grant.profile.posts) == (12, 5, 3)
    page = INSTAGRAM.authorization_url(replace(consent(harness.server), server=SERVER))
    assert page.startswith("https://www.instagram.com/oauth/authorize?enable_fb_login=0&")


async def test_a_code_that_was_used_sends_the_person_back(http, harness):
    asked = consent(harness.server)
    code, _ = harness.server.agree(INSTAGRAM.authorization_url(asked))
    await INSTAGRAM.exchange(http, asked, code=code)
    with pytest.raises(Revoked, match="was not found"):
        await INSTAGRAM.exchange(http, asked, code=code)


async def test_a_token_is_renewed_after_a_day_and_works(http, harness):
    with pytest.raises(Rejected, match="too young"):
        await INSTAGRAM.refresh(http, harness.credentials)
    harness.server.age(25 * HOUR)
    harness.credentials = await INSTAGRAM.refresh(http, harness.credentials)
    assert harness.credentials.scope.split() == list(SCOPES)
    await send(http, harness, picture("Hello"))
    assert await harness.received() == ["Hello"]


async def test_a_picture_has_its_words_and_a_film_is_a_reel(http, harness):
    await send(http, harness, picture("One #indie"))
    assert given(harness) == {
        "image_url": "https://files.example/1.jpg",
        "alt_text": "A chart",
        "caption": "One #indie",
    }
    film = Part("Two", media=(file("1.mp4", "video/mp4", "Never sent"),))
    handle, waits = await ready(http, harness, film)
    assert waits == [timedelta(minutes=1)]
    await INSTAGRAM.publish(http, harness.credentials, film, arm(handle))
    assert given(harness) == {
        "media_type": "REELS",
        "video_url": "https://files.example/1.mp4",
        "share_to_feed": "true",
        "caption": "Two",
    }


async def test_a_carousel_mixes_pictures_and_films(http, harness):
    media = (*(file(f"{number}.jpg", alt_text=f"Chart {number}") for number in range(9)), file("1.mp4", "video/mp4"))
    await send(http, harness, Part("Ten", media=media))
    names = given(harness)["children"].split(",")
    shown = [harness.server.containers[name]["given"] for name in names]
    assert [one.get("alt_text") for one in shown] == [f"Chart {number}" for number in range(9)] + [None]
    assert shown[-1]["media_type"] == "VIDEO"
    assert len(harness.server.containers) == 11
    assert INSTAGRAM.problems(Platform.INSTAGRAM, Part("Ten", media=media)) == []
    assert any("11" in words for words in INSTAGRAM.problems(Platform.INSTAGRAM, Part("x", media=(*media, file()))))


async def test_a_post_needs_a_file_that_instagram_can_fetch(http, harness):
    assert any("without" in words for words in INSTAGRAM.problems(Platform.INSTAGRAM, Part("Hello")))
    for media, words in (((), "without"), ((Media.of(b"x", "image/jpeg"),), "AIPROMOTE_PUBLIC_URL")):
        with pytest.raises(MediaRejected, match=words):
            await INSTAGRAM.prepare(http, harness.credentials, Part("Hello", media=media), None)
    assert harness.server.containers == {}


FAILURES = [
    ("Error: Media upload has failed with error code 2207026", MediaRejected),
    ("Error: Media upload has failed with error code 2207053", Stale),
    ("Error: Media upload has failed with error code 2207052", Stale),
    ("Error: unknown", MediaRejected),
]


@pytest.mark.parametrize(("reason", "meaning"), FAILURES)
async def test_a_file_that_failed_over_there_is_told_from_a_way_to_it_that_failed(http, harness, reason, meaning):
    harness.server.fails_with = [reason]
    with pytest.raises((MediaRejected, Stale)) as caught:
        await ready(http, harness, picture("Hello"))
    assert type(caught.value) is meaning
    assert caught.value.code == "".join(filter(str.isdigit, reason))
    await send(http, harness, picture("Hello"))
    assert await harness.received() == ["Hello"]


BUILDING = [
    ((36003, 2207009), MediaRejected),
    ((36000, 2207004), MediaRejected),
    ((9004, 2207052), Stale),
    ((-2, 2207003), Stale),
    ((36004, 2207010), Rejected),
    ((1, None), Unreachable),
]


@pytest.mark.parametrize(("told", "meaning"), BUILDING)
async def test_what_is_refused_while_it_is_built_was_never_public(http, harness, told, meaning):
    harness.server.answer_next = [told]
    with pytest.raises((Rejected, Unreachable)) as caught:
        await ready(http, harness, picture("Hello"))
    assert type(caught.value) is meaning
    assert harness.server.fires == 0


async def test_a_container_that_is_not_ready_is_not_published(http, harness):
    part = picture("Hello")
    answer = await INSTAGRAM.prepare(http, harness.credentials, part, None)
    assert answer.ask_after is not None
    with pytest.raises(Unreachable) as caught:
        await INSTAGRAM.publish(http, harness.credentials, part, arm(answer.handle))
    assert (type(caught.value), caught.value.code) == (Unreachable, "9007")
    assert harness.server.posts == {}


async def test_a_lost_answer_to_a_published_container_is_found_and_the_container_never_fired_twice(http, harness):
    part = picture("Hello")
    armed = arm((await ready(http, harness, part))[0])
    await harness.fault("store_then_transient")
    with pytest.raises(UnknownOutcome):
        await INSTAGRAM.publish(http, harness.credentials, part, armed)
    assert isinstance(await INSTAGRAM.look_up(http, harness.credentials, part, armed), Published)
    with pytest.raises(UnknownOutcome):
        await INSTAGRAM.publish(http, harness.credentials, part, armed)
    assert await harness.received() == ["Hello"]


@pytest.mark.parametrize("total", [50, 100])
async def test_a_full_day_says_how_many_posts_this_account_may_publish(http, harness, total):
    harness.server.quota["config"]["quota_total"] = harness.server.quota["quota_usage"] = total
    await harness.fault("9/2207042")
    with pytest.raises(AccountLimit, match=f"{total} posts in 24 hours; {total} are used") as caught:
        await send(http, harness, picture("Hello"))
    assert timedelta(minutes=59) < caught.value.retry_at - clock.now() <= timedelta(hours=1)
    harness.server.quota = None
    await harness.fault("9/2207042")
    with pytest.raises(AccountLimit, match="Words"):
        await send(http, harness, picture("Hello"))


async def test_further_parts_are_comments_under_the_post(http, harness):
    post = await send(http, harness, picture("Hello"))
    first = Part("More at example.com", 1, reply_to=post.platform_post_id, root=post.platform_post_id)
    assert not INSTAGRAM.prepares(first)
    assert (await INSTAGRAM.prepare(http, harness.credentials, first, None)).handle is None
    comment = await send(http, harness, first)
    assert comment.platform_post_id.startswith("comment:")
    assert comment.url == post.url
    await send(http, harness, Part("And more", 2, reply_to=comment.platform_post_id, root=post.platform_post_id))
    await send(http, harness, Part("A reply", 3, reply_to=comment.platform_post_id))
    under = [one["under"] for one in harness.server.comments.values()]
    assert under == [post.platform_post_id] * 2 + [comment.platform_post_id.removeprefix("comment:")]
    assert await INSTAGRAM.metrics(http, harness.credentials, comment.platform_post_id) == Metrics(likes=2)
    await INSTAGRAM.delete(http, harness.credentials, comment.platform_post_id)
    await INSTAGRAM.delete(http, harness.credentials, comment.platform_post_id)
    assert len(harness.server.comments) == 2


async def test_a_comment_has_no_files_and_needs_its_post(http, harness):
    post = await send(http, harness, picture("Hello"))
    with_file = picture("More", position=1, reply_to=post.platform_post_id)
    assert INSTAGRAM.problems(Platform.INSTAGRAM, with_file)
    with pytest.raises(MediaRejected):
        await INSTAGRAM.publish(http, harness.credentials, with_file, arm())
    harness.server.posts.clear()
    part = Part("More", 1, reply_to=post.platform_post_id)
    with pytest.raises(TargetGone):
        await INSTAGRAM.publish(http, harness.credentials, part, arm())
    with pytest.raises(TargetGone):
        await INSTAGRAM.look_up(http, harness.credentials, part, arm())


async def test_a_grant_without_comments_still_publishes_posts(http, harness):
    token = harness.server.issue(60 * DAY, *SCOPES[:2])
    harness.credentials = replace(harness.credentials, access_token=token)
    post = await send(http, harness, picture("Hello"))
    with pytest.raises(Rejected, match="without comments"):
        await send(http, harness, Part("More", 1, reply_to=post.platform_post_id))


async def test_a_lost_comment_is_found_by_its_words_and_never_called_absent(http, harness):
    post = await send(http, harness, picture("Hello"))
    part, armed = Part("More", 1, reply_to=post.platform_post_id, root=post.platform_post_id), arm()
    await harness.fault("drop_unstored")
    with pytest.raises(UnknownOutcome):
        await INSTAGRAM.publish(http, harness.credentials, part, armed)
    for minutes, final in ((0, False), (11, True)):
        then = replace(armed, armed_at=armed.armed_at - timedelta(minutes=minutes))
        found = await INSTAGRAM.look_up(http, harness.credentials, part, then)
        assert isinstance(found, Undecided)
        assert found.final is final
    await harness.fault("store_then_drop")
    with pytest.raises(UnknownOutcome):
        await INSTAGRAM.publish(http, harness.credentials, part, armed)
    found = await INSTAGRAM.look_up(http, harness.credentials, part, armed)
    assert isinstance(found, Published)
    assert found.url == post.url


async def test_one_counter_that_instagram_removed_costs_no_other(http, harness):
    post = await send(http, harness, picture("Hello"))
    read = (http, harness.credentials, post.platform_post_id)
    assert await INSTAGRAM.metrics(*read) == Metrics(500, 300, 7, 3, 2, 4)
    harness.server.unknown_metrics = {"views"}
    assert await INSTAGRAM.metrics(*read) == Metrics(None, 300, 7, 3, 2, 4)
    harness.server.posts.clear()
    with pytest.raises(TargetGone):
        await INSTAGRAM.metrics(*read)


async def test_a_post_that_instagram_does_not_delete_is_not_called_deleted(http, harness):
    post = await send(http, harness, picture("Hello"))
    harness.server.deletes_posts = False
    with pytest.raises(Rejected, match="delete it over there"):
        await INSTAGRAM.delete(http, harness.credentials, post.platform_post_id)


def test_what_was_built_makes_the_outcome_certain():
    assert INSTAGRAM.certainty is Certainty.HANDLE
    assert INSTAGRAM.prepares(picture("Hello"))
