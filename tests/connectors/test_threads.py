"""The connector to Threads against a small Threads on loopback."""

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import Absent, Media, Metrics, Part, Published, Undecided
from aipromote.connectors.errors import (
    AccountLimit,
    MediaRejected,
    PermissionMissing,
    Rejected,
    Revoked,
    Stale,
    Unauthorized,
    UnknownOutcome,
    Unreachable,
)
from aipromote.connectors.threads import SERVER, ThreadsConnector
from aipromote.documents.vocabulary import Platform
from connectors.conformance import Conformance
from connectors.meta_graph import DAY, HOUR
from connectors.meta_harness import arm, consent, file, ready, running, send
from connectors.threads_server import ThreadsServer

THREADS = ThreadsConnector()


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=5) as session:
        yield session


@pytest.fixture
async def harness(http):
    async with running(http, ThreadsServer(), THREADS) as made:
        yield made


class TestThreads(Conformance):
    has = frozenset({"delayed_visibility", "scopes", "followers"})

    async def test_an_expired_token_is_refreshed_once_and_works(self, http, harness):
        """Threads renews a token while it lives, and never after: then a person connects again."""
        await harness.expire_access()
        with pytest.raises(Unauthorized):
            await self.send(http, harness, self.part("Hello"), self.arm(harness))
        with pytest.raises(Revoked):
            await harness.connector.refresh(http, harness.credentials)


def given(harness, number=-1):
    return list(harness.server.posts.values())[number]["given"]


async def test_connecting_asks_the_consent_page_and_keeps_the_long_token(http, harness):
    page = THREADS.authorization_url(replace(consent(harness.server), server=SERVER))
    assert page.startswith("https://threads.net/oauth/authorize?")
    token = harness.server.tokens[harness.credentials.access_token]
    assert token["kind"] == "long"
    assert timedelta(days=59) < harness.credentials.expires_at - clock.now() <= timedelta(days=60)
    assert harness.credentials.account_id == harness.profile.account_id
    assert (harness.profile.handle, harness.profile.followers) == ("ada.tests", 12)
    assert harness.credentials.access_token not in repr(harness.credentials)


async def test_a_code_that_was_used_sends_the_person_back(http, harness):
    asked = consent(harness.server)
    code, _ = harness.server.agree(THREADS.authorization_url(asked))
    await THREADS.exchange(http, asked, code=code)
    with pytest.raises(Revoked, match="has been used"):
        await THREADS.exchange(http, asked, code=code)


async def test_a_token_is_renewed_after_a_day_and_works(http, harness):
    with pytest.raises(Rejected, match="too young"):
        await THREADS.refresh(http, harness.credentials)
    harness.server.age(25 * HOUR)
    fresh = await THREADS.refresh(http, harness.credentials)
    assert fresh.access_token == fresh.refresh_token != harness.credentials.access_token
    assert (fresh.account_id, fresh.app) == (harness.credentials.account_id, harness.credentials.app)
    harness.credentials = fresh
    await send(http, harness, Part("Hello"))
    assert await harness.received() == ["Hello"]


async def test_the_first_link_of_a_text_becomes_its_card(http, harness):
    await send(http, harness, Part("See aipromote.com and https://b.example/x"))
    assert given(harness)["link_attachment"] == "https://aipromote.com"
    assert given(harness)["text"] == "See aipromote.com and https://b.example/x"


async def test_a_picture_is_fetched_and_has_its_alt_text(http, harness):
    part = Part("Look at https://a.example", media=(file(alt_text="A chart"),))
    handle, waits = await ready(http, harness, part)
    assert waits == [timedelta(seconds=10)]
    await THREADS.publish(http, harness.credentials, part, arm(handle))
    assert given(harness) == {
        "media_type": "IMAGE",
        "image_url": "https://files.example/1.jpg",
        "alt_text": "A chart",
        "text": "Look at https://a.example",
    }


async def test_a_film_is_asked_about_once_a_minute(http, harness):
    handle, waits = await ready(http, harness, Part("Look", media=(file("1.mp4", "video/mp4"),)))
    assert set(waits) == {timedelta(minutes=1)}
    assert harness.server.posts == {}
    assert json.loads(handle)["whole"] in harness.server.containers


async def test_a_carousel_waits_for_its_files_and_fits_its_handle(http, harness):
    files = tuple(file(f"{number}.jpg", alt_text=f"Chart {number}") for number in range(19))
    part = Part("Twenty", media=(*files, file("film.mp4", "video/mp4")))
    assert THREADS.problems(Platform.THREADS, part) == []
    await send(http, harness, part)
    children = given(harness)["children"].split(",")
    shown = [harness.server.containers[child]["given"] for child in children]
    assert [one.get("alt_text") for one in shown] == [f"Chart {number}" for number in range(19)] + [None]
    assert all(one["is_carousel_item"] == "true" for one in shown)
    assert len(harness.server.containers) == 21  # nothing was built twice


async def test_files_without_a_public_address_are_refused_in_plain_words(http, harness):
    part = Part("Look", media=(Media.of(b"x", "image/jpeg"),))
    with pytest.raises(MediaRejected, match="AIPROMOTE_PUBLIC_URL"):
        await THREADS.prepare(http, harness.credentials, part, None)
    assert harness.server.containers == {}


@pytest.mark.parametrize(
    ("reason", "meaning"),
    [("INVALID_ASPEC_RATIO", MediaRejected), ("UNKNOWN", MediaRejected), ("FAILED_DOWNLOADING_VIDEO", Stale)],
)
async def test_a_file_that_threads_cannot_use_ends_before_anything_is_public(http, harness, reason, meaning):
    harness.server.fails_with = [reason]
    with pytest.raises(Rejected if meaning is MediaRejected else Stale, match=reason) as caught:
        await ready(http, harness, Part("Look", media=(file("1.mp4", "video/mp4"),)))
    assert type(caught.value) is meaning
    assert harness.server.fires == 0


async def test_a_text_that_threads_cannot_use_is_not_called_a_file(http, harness):
    harness.server.fails_with = ["UNKNOWN"]
    with pytest.raises(Rejected) as caught:
        await ready(http, harness, Part("Hello"))
    assert type(caught.value) is Rejected


async def test_emoji_count_as_their_bytes_here_and_there(http, harness):
    fits, too_long = "🚀" * 125, "🚀" * 125 + "a"
    assert THREADS.problems(Platform.THREADS, Part(fits)) == []
    await send(http, harness, Part(fits))
    assert THREADS.problems(Platform.THREADS, Part(too_long))
    with pytest.raises(Rejected, match="500"):
        await THREADS.prepare(http, harness.credentials, Part(too_long), None)


def test_more_than_five_links_or_twenty_files_are_known_here():
    words = " ".join(f"https://a{number}.com" for number in range(6))
    assert any("links" in one for one in THREADS.problems(Platform.THREADS, Part(words)))
    assert THREADS.problems(Platform.THREADS, Part(words.replace("a5", "a4"))) == []
    mixed = (file(),) * 11 + (file("1.mp4", "video/mp4"),) * 10
    assert any("21" in one for one in THREADS.problems(Platform.THREADS, Part("x", media=mixed)))


async def test_an_answer_is_built_with_what_it_answers(http, harness):
    first = await send(http, harness, Part("1"))
    with pytest.raises(Stale):  # never a post of its own
        await THREADS.prepare(http, harness.credentials, Part("2", position=1), None)
    await send(http, harness, Part("2", 1, reply_to=first.platform_post_id, root=first.platform_post_id))
    assert given(harness)["reply_to_id"] == first.platform_post_id
    assert THREADS.prepares(Part("2", 1, reply_to="1"))


async def test_an_answer_that_was_lost_is_found_among_the_answers(http, harness):
    first = await send(http, harness, Part("1"))
    part = Part("2", 1, reply_to=first.platform_post_id, root=first.platform_post_id)
    armed = arm((await ready(http, harness, part))[0])
    await harness.fault("store_then_drop")
    with pytest.raises(UnknownOutcome):
        await THREADS.publish(http, harness.credentials, part, armed)
    found = await THREADS.look_up(http, harness.credentials, part, armed)
    assert isinstance(found, Published)
    assert found.platform_post_id == list(harness.server.posts)[1]


async def test_a_container_that_is_not_ready_is_not_published_and_may_be_tried_again(http, harness):
    armed = arm((await ready(http, harness, Part("Hello")))[0])
    (container,) = harness.server.containers.values()
    container["status"] = "IN_PROGRESS"
    with pytest.raises(Unreachable) as caught:
        await THREADS.publish(http, harness.credentials, Part("Hello"), armed)
    assert caught.value.code == "9007"
    assert isinstance(await THREADS.look_up(http, harness.credentials, Part("Hello"), armed), Undecided | Absent)
    container["status"] = "FINISHED"
    await THREADS.publish(http, harness.credentials, Part("Hello"), armed)
    assert await harness.received() == ["Hello"]


async def test_a_container_is_never_built_again_once_it_was_published(http, harness):
    handle, _ = await ready(http, harness, Part("Hello"))
    await THREADS.publish(http, harness.credentials, Part("Hello"), arm(handle))
    with pytest.raises(UnknownOutcome, match="already"):
        await THREADS.publish(http, harness.credentials, Part("Hello"), arm(handle))
    assert (await THREADS.prepare(http, harness.credentials, Part("Hello"), handle)).handle == handle
    assert (len(harness.server.containers), len(harness.server.posts)) == (1, 1)


@pytest.mark.parametrize("kind", ["-1/2207032", "-2/2207020", "9004/2207052"])
async def test_a_container_that_threads_cannot_use_after_all_is_built_anew(http, harness, kind):
    handle, _ = await ready(http, harness, Part("Hello"))
    await harness.fault(kind)
    with pytest.raises(Stale):
        await THREADS.publish(http, harness.credentials, Part("Hello"), arm(handle))
    await send(http, harness, Part("Hello"))
    assert await harness.received() == ["Hello"]


@pytest.mark.parametrize("status", ["EXPIRED", None])
async def test_a_container_that_is_gone_is_built_again_and_a_post_of_it_is_absent(http, harness, status):
    handle, _ = await ready(http, harness, Part("Hello"))
    (name,) = harness.server.containers
    if status is None:
        del harness.server.containers[name]
    else:
        harness.server.containers[name]["status"] = status
    with pytest.raises(Stale):
        await THREADS.publish(http, harness.credentials, Part("Hello"), arm(handle))
    hour_ago = replace(arm(handle), armed_at=clock.now() - timedelta(hours=1))
    found = await THREADS.look_up(http, harness.credentials, Part("Hello"), hour_ago)
    assert isinstance(found, Absent) if status else (isinstance(found, Undecided) and found.final)
    fresh, _ = await ready(http, harness, Part("Hello"), handle)
    assert fresh != handle
    await THREADS.publish(http, harness.credentials, Part("Hello"), arm(fresh))
    assert await harness.received() == ["Hello"]


async def test_a_file_that_is_gone_before_it_was_used_begins_anew(http, harness):
    part = Part("Two", media=(file("1.jpg"), file("2.jpg")))
    answer = await THREADS.prepare(http, harness.credentials, part, None)
    next(iter(harness.server.containers.values()))["status"] = "EXPIRED"
    next(reversed(harness.server.containers.values()))["status"] = "FINISHED"
    with pytest.raises(Stale):
        await THREADS.prepare(http, harness.credentials, part, answer.handle)
    await send(http, harness, part)
    assert await harness.received() == ["Two"]


async def test_nothing_is_published_that_was_not_prepared(http, harness):
    for handle in (None, "", "nonsense", "{}", '{"items":[],"whole":null}'):
        with pytest.raises(Stale):
            await THREADS.publish(http, harness.credentials, Part("Hello"), arm(handle))
    assert harness.server.fires == 0


async def test_a_container_that_failed_after_it_was_fired_says_why(http, harness):
    handle, _ = await ready(http, harness, Part("Hello"))
    (container,) = harness.server.containers.values()
    container |= {"status": "ERROR", "reason": "UNKNOWN"}
    with pytest.raises(Rejected, match="UNKNOWN"):
        await THREADS.look_up(http, harness.credentials, Part("Hello"), arm(handle))
    container["status"] = "IN_PROGRESS"
    container |= {"polls": 5, "reason": ""}
    found = await THREADS.look_up(http, harness.credentials, Part("Hello"), arm(handle))
    assert found == Undecided("Threads is still working on it.")


async def test_a_post_without_words_is_known_by_its_minutes(http, harness):
    part = Part("", media=(file(),))
    handle, _ = await ready(http, harness, part)
    armed = arm(handle)
    published = await THREADS.publish(http, harness.credentials, part, armed)
    assert await THREADS.look_up(http, harness.credentials, part, armed) == published
    await send(http, harness, part)
    found = await THREADS.look_up(http, harness.credentials, part, armed)
    assert isinstance(found, Undecided)
    assert found.final
    harness.server.posts.clear()
    assert isinstance(await THREADS.look_up(http, harness.credentials, part, armed), Undecided)


async def test_a_day_that_is_full_goes_on_an_hour_later(http, harness):
    await harness.fault("9/2207042")
    with pytest.raises(AccountLimit) as caught:
        await send(http, harness, Part("Hello"))
    assert timedelta(minutes=59) < caught.value.retry_at - clock.now() <= timedelta(hours=1)


async def test_a_post_is_out_even_where_its_address_is_not_told(http, harness):
    handle, _ = await ready(http, harness, Part("Hello"))
    harness.server.shown = lambda name: {"id": name}
    post = await THREADS.publish(http, harness.credentials, Part("Hello"), arm(handle))
    assert urlsplit(post.url).hostname == "www.threads.net"


async def test_counters_are_read_and_one_that_is_unknown_costs_no_other(http, harness):
    post = await send(http, harness, Part("Hello"))
    read = (http, harness.credentials, post.platform_post_id)
    assert await THREADS.metrics(*read) == Metrics(impressions=500, likes=7, comments=3, shares=7)
    harness.server.unknown_metrics = {"shares"}
    assert await THREADS.metrics(*read) == Metrics(impressions=500, likes=7, comments=3, shares=3)
    harness.server.unknown_metrics = {"views", "likes", "replies", "reposts", "quotes", "shares"}
    assert await THREADS.metrics(*read) == Metrics()


async def test_followers_stay_unknown_without_the_scope(http, harness):
    token = harness.server.issue(60 * DAY, "threads_basic")
    profile = await THREADS.profile(http, replace(harness.credentials, access_token=token))
    assert (profile.handle, profile.followers) == ("ada.tests", None)
    with pytest.raises(PermissionMissing):
        await THREADS.prepare(http, replace(harness.credentials, access_token=token), Part("Hello"), None)


async def test_what_cannot_be_deleted_is_not_called_deleted(http, harness):
    post = await send(http, harness, Part("Hello"))
    kept = harness.server.posts[post.platform_post_id]
    original = harness.server.posts
    harness.server.posts = _Undeletable(original)
    with pytest.raises(Rejected, match="delete it over there"):
        await THREADS.delete(http, harness.credentials, post.platform_post_id)
    assert harness.server.posts[post.platform_post_id] is kept


class _Undeletable(dict):
    def pop(self, *_):
        return None
