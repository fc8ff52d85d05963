"""The connector to Facebook Pages against a small Facebook on loopback."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import Absent, Armed, Media, Metrics, Part, Published, Undecided
from aipromote.connectors.errors import (
    Duplicate,
    MediaRejected,
    PermissionMissing,
    PolicyBlocked,
    Rejected,
    Revoked,
    Stale,
    TargetGone,
    Unauthorized,
    UnknownOutcome,
)
from aipromote.connectors.facebook import SERVER, FacebookConnector, consents
from aipromote.documents.vocabulary import Platform
from connectors.conformance import Conformance
from connectors.facebook_server import OTHER, PAGE, FacebookServer
from connectors.meta_graph import DAY
from connectors.meta_harness import MetaHarness, arm, connect, consent, ready, running, send

FACEBOOK = FacebookConnector()


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=5) as session:
        yield session


@pytest.fixture
async def harness(http):
    async with running(http, FacebookServer(), FACEBOOK, FacebookHarness) as made:
        yield made


class FacebookHarness(MetaHarness):
    async def received(self) -> list[str]:
        return [post["given"].get("message", "") for post in self.server.posts.values()]

    async def narrow_credentials(self):
        token = self.server.issue(60 * DAY, "pages_show_list", kind="page", user=PAGE)
        return replace(self.credentials, access_token=token)


class TestFacebook(Conformance):
    has = frozenset({"delayed_visibility", "scopes", "followers"})


def last(harness):
    return list(harness.server.posts.values())[-1]


async def test_a_consent_opens_each_page_that_the_person_may_post_to(http, harness):
    grants = await connect(http, harness.server, FACEBOOK)
    assert [grant.credentials.account_id for grant in grants] == [PAGE, OTHER]  # not the one they may only read
    assert [grant.profile.handle for grant in grants] == ["acme", "Page 102"]
    for grant in grants:
        token = harness.server.tokens[grant.credentials.access_token]
        assert (token["kind"], token["user"]) == ("page", grant.credentials.account_id)
        assert token["end"] > clock.now().timestamp() + 61 * DAY  # it came of the long-lived one
        assert grant.credentials.expires_at is grant.credentials.refresh_token is None
        assert set(grant.credentials.scope.split()) == set(consents.SCOPES)
        harness.credentials = grant.credentials
        await send(http, harness, Part(f"From {grant.credentials.account_id}"))
    assert [name.partition("_")[0] for name in harness.server.posts] == [PAGE, OTHER]
    page = FACEBOOK.authorization_url(replace(consent(harness.server), server=SERVER))
    assert page.startswith("https://www.facebook.com/v26.0/dialog/oauth?")


async def test_a_person_without_pages_is_told_so_and_a_used_code_begins_anew(http, harness):
    harness.server.tells_permissions = False
    assert (await connect(http, harness.server, FACEBOOK))[0].credentials.scope == ""
    harness.server.pages = {"103": ["ANALYZE"]}
    with pytest.raises(PermissionMissing, match="no Page"):
        await connect(http, harness.server, FACEBOOK)
    asked = consent(harness.server)
    code, _ = harness.server.agree(FACEBOOK.authorization_url(asked))
    with pytest.raises(PermissionMissing):
        await FACEBOOK.exchange(http, asked, code=code)
    with pytest.raises(Revoked, match="has been used"):
        await FACEBOOK.exchange(http, asked, code=code)


async def test_a_token_that_ended_asks_for_a_person(http, harness):
    await harness.expire_access()
    with pytest.raises(Unauthorized):
        await send(http, harness, Part("Hello"))
    with pytest.raises(Revoked):
        await FACEBOOK.refresh(http, harness.credentials)
    await FACEBOOK.revoke(http, harness.credentials)


@pytest.mark.parametrize(
    ("text", "link"),
    [("See aipromote.com now", "https://aipromote.com"), ("https://b.com/x?y=1!", "https://b.com/x?y=1")],
)
async def test_the_first_link_of_a_text_goes_along(http, harness, text, link):
    post = await send(http, harness, Part(text))
    assert (last(harness)["given"]["message"], last(harness)["given"]["link"]) == (text, link)
    assert post.url == f"https://www.facebook.com/p/{post.platform_post_id}"


async def test_pictures_are_brought_unpublished_and_then_attached_with_their_words(http, harness):
    media = tuple(Media.of(b"picture %d" % number, "image/png", f"Chart {number}") for number in range(9))
    part = Part("Look https://b.com", media=(*media, Media.of(b"x", "image/jpeg")))
    assert FACEBOOK.problems(Platform.FACEBOOK, part) == []
    handle, waits = await ready(http, harness, part)
    assert waits == []
    assert harness.server.posts == {}
    again = await FACEBOOK.prepare(http, harness.credentials, part, handle)
    assert again.handle == handle
    assert len(harness.server.photos) == 10  # nothing was brought twice
    await FACEBOOK.publish(http, harness.credentials, part, arm(handle))
    shown = [harness.server.photos[name] for name in last(harness)["photos"]]
    assert [one["alt"] for one in shown] == [f"Chart {number}" for number in range(9)] + [None]
    assert shown[3]["content"] == b"picture 3"
    assert "link" not in last(harness)["given"]


async def test_files_that_were_not_brought_are_not_left_out(http, harness):
    part = Part("Look", media=(Media.of(b"x", "image/png"),))
    for handle in (None, "nonsense", "[]", '{"photos":[]}'):
        with pytest.raises(Stale):
            await FACEBOOK.publish(http, harness.credentials, part, arm(handle))
    with pytest.raises(MediaRejected):
        await ready(http, harness, Part("Look", media=(Media.of(b"broken", "image/png"),)))
    assert harness.server.fires == 0


FILM = bytes(range(256)) * 10_000  # 2.56 MB: three pieces


def film(text="Look", **more) -> Part:
    return Part(text, media=(Media.of(FILM, "video/mp4"),), **more)


async def test_a_film_goes_in_pieces_and_is_out_when_facebook_is_done(http, harness):
    part = film(title="Our launch")
    handle, _ = await ready(http, harness, part)
    ((name, stored),) = harness.server.films.items()
    assert stored["content"] == FILM
    assert "at" not in stored  # nothing is public yet
    assert (await FACEBOOK.prepare(http, harness.credentials, part, handle)).handle == handle
    armed = arm(handle)
    working = await FACEBOOK.publish(http, harness.credentials, part, armed)
    assert (working.handle, working.ask_after) == (name, timedelta(seconds=30))
    assert (stored["given"]["title"], stored["given"]["description"]) == ("Our launch", "Look")
    asked = replace(armed, handle=working.handle)
    assert type(await FACEBOOK.look_up(http, harness.credentials, part, asked)) is type(working)
    for post_id, known_as in ((None, name), ("77", f"{PAGE}_77"), (f"{PAGE}_78", f"{PAGE}_78")):
        stored |= {"state": "ready"} | ({"post_id": post_id} if post_id else {})
        found = await FACEBOOK.look_up(http, harness.credentials, part, asked)
        assert (found.platform_post_id, found.url) == (known_as, f"https://www.facebook.com/{PAGE}/videos/{name}/")


async def test_a_large_film_goes_on_where_it_was_and_is_not_published_before_its_end(http, harness):
    harness.server.piece = 100_000
    first = await FACEBOOK.prepare(http, harness.credentials, film(), None)
    ((_, stored),) = harness.server.films.items()
    assert first.ask_after == timedelta()
    assert 0 < len(stored["content"]) < len(FILM)
    with pytest.raises(Stale):
        await FACEBOOK.publish(http, harness.credentials, film(), arm(first.handle))
    handle, _ = await ready(http, harness, film(), first.handle)
    assert stored["content"] == FILM
    await FACEBOOK.publish(http, harness.credentials, film(), arm(handle))
    stored["content"] = stored["content"][:-5]
    with pytest.raises(Stale):  # pieces that do not fit any more begin anew
        await FACEBOOK.prepare(http, harness.credentials, film(), first.handle)
    assert len(harness.server.films) == 1


async def test_a_film_that_facebook_cannot_use_says_why(http, harness):
    handle, _ = await ready(http, harness, film())
    armed = arm(handle)
    await FACEBOOK.publish(http, harness.credentials, film(), armed)
    (stored,) = harness.server.films.values()
    stored["state"] = "error"
    with pytest.raises(MediaRejected, match="Bad codec"):
        await FACEBOOK.look_up(http, harness.credentials, film(), armed)


@pytest.mark.parametrize("kind", ["store_then_drop", "store_then_500", "malformed", "drop_unstored"])
async def test_a_lost_answer_about_a_film_is_settled_by_the_film(http, harness, kind):
    handle, _ = await ready(http, harness, film())
    await harness.fault(kind)
    with pytest.raises(UnknownOutcome):
        await FACEBOOK.publish(http, harness.credentials, film(), arm(handle))
    (stored,) = harness.server.films.values()
    later = replace(arm(handle), armed_at=clock.now() - timedelta(hours=1))
    if kind == "drop_unstored":
        assert isinstance(await FACEBOOK.look_up(http, harness.credentials, film(), arm(handle)), Undecided)
        assert isinstance(await FACEBOOK.look_up(http, harness.credentials, film(), later), Absent)
        await FACEBOOK.publish(http, harness.credentials, film(), arm(handle))
    stored["state"] = "ready"
    assert isinstance(await FACEBOOK.look_up(http, harness.credentials, film(), later), Published)
    assert len(harness.server.films) == 1


async def test_a_film_that_never_ends_or_is_gone_is_left_to_a_person(http, harness):
    handle, _ = await ready(http, harness, film())
    await FACEBOOK.publish(http, harness.credentials, film(), arm(handle))
    hours_ago = replace(arm(handle), armed_at=clock.now() - timedelta(hours=7))
    for _ in range(2):
        found = await FACEBOOK.look_up(http, harness.credentials, film(), hours_ago)
        assert isinstance(found, Undecided)
        assert found.final
        harness.server.films.clear()
    assert not (await FACEBOOK.look_up(http, harness.credentials, film(), arm(handle))).final


async def test_the_same_words_twice_are_refused_and_found(http, harness):
    armed = arm()
    await harness.fault("store_then_drop")
    with pytest.raises(UnknownOutcome):
        await FACEBOOK.publish(http, harness.credentials, Part("Hello"), armed)
    with pytest.raises(Duplicate):
        await FACEBOOK.publish(http, harness.credentials, Part("Hello"), armed)
    found = await FACEBOOK.look_up(http, harness.credentials, Part("Hello"), armed)
    assert isinstance(found, Published)
    assert list(harness.server.posts) == [found.platform_post_id]


async def test_a_list_that_does_not_go_back_far_enough_proves_nothing(http, harness):
    armed = Armed("key", clock.now() - timedelta(minutes=30))
    assert isinstance(await FACEBOOK.look_up(http, harness.credentials, Part("Hello"), armed), Absent)
    for number in range(100):
        post = {"given": {"message": str(number)}, "photos": [], "at": clock.now()}
        harness.server.posts[f"{PAGE}_{number}"] = post
    found = await FACEBOOK.look_up(http, harness.credentials, Part("Hello"), armed)
    assert isinstance(found, Undecided)
    assert found.final
    harness.server.posts[f"{PAGE}_1"]["at"] = armed.armed_at - timedelta(hours=1)
    assert isinstance(await FACEBOOK.look_up(http, harness.credentials, Part("Hello"), armed), Absent)


async def test_what_facebook_blocks_is_never_sent_again_by_itself(http, harness):
    await harness.fault("368")
    with pytest.raises(PolicyBlocked):
        await send(http, harness, Part("Hello"))
    assert await harness.received() == []


async def test_further_parts_are_comments_under_the_post(http, harness):
    post = await send(http, harness, Part("Hello"))
    part = Part("More", 1, reply_to=post.platform_post_id, root=post.platform_post_id)
    armed = arm()
    comment = await FACEBOOK.publish(http, harness.credentials, part, armed)
    assert await FACEBOOK.look_up(http, harness.credentials, part, armed) == comment
    second = Part("And more", 2, reply_to=comment.platform_post_id, root=post.platform_post_id)
    await send(http, harness, second)
    assert [one["under"] for one in harness.server.comments.values()] == [post.platform_post_id] * 2
    told = await FACEBOOK.metrics(http, harness.credentials, comment.platform_post_id)
    assert told == Metrics(likes=7, comments=1)
    await FACEBOOK.delete(http, harness.credentials, comment.platform_post_id)
    assert len(harness.server.comments) == 1


async def test_a_comment_needs_its_post_and_its_scope_and_has_no_files(http, harness):
    post = await send(http, harness, Part("Hello"))
    part = Part("More", 1, reply_to=post.platform_post_id)
    picture = replace(part, media=(Media.of(b"x", "image/png"),))
    assert FACEBOOK.problems(Platform.FACEBOOK, picture)
    assert (await FACEBOOK.prepare(http, harness.credentials, picture, None)).handle is None
    with pytest.raises(MediaRejected):
        await FACEBOOK.publish(http, harness.credentials, picture, arm())
    lost = replace(arm(), armed_at=clock.now() - timedelta(minutes=11))
    assert (await FACEBOOK.look_up(http, harness.credentials, part, lost)).final
    without = replace(harness.credentials, access_token=harness.server.issue(DAY, kind="page", user=PAGE))
    with pytest.raises(Rejected, match="without comments"):
        await FACEBOOK.publish(http, without, part, arm())
    harness.server.posts.clear()
    with pytest.raises(TargetGone):
        await FACEBOOK.publish(http, harness.credentials, part, arm())


async def test_counters_that_facebook_renamed_or_the_grant_lacks_stay_empty(http, harness):
    post = await send(http, harness, Part("Hello"))
    read = (http, harness.credentials, post.platform_post_id)
    assert await FACEBOOK.metrics(*read) == Metrics(500, 300, 7, 3, 2, clicks=9)
    harness.server.unknown_metrics = {"post_media_view"}
    assert await FACEBOOK.metrics(*read) == Metrics(None, 300, 7, 3, 2, clicks=9)
    token = harness.server.issue(DAY, "pages_read_engagement", kind="page", user=PAGE)
    without = replace(harness.credentials, access_token=token)
    assert await FACEBOOK.metrics(http, without, post.platform_post_id) == Metrics(None, None, 7, 3, 2)
    harness.server.films["900"] = {}
    assert await FACEBOOK.metrics(http, harness.credentials, "900") == Metrics(likes=7, comments=3)


async def test_a_post_is_out_even_where_its_address_is_not_told(http, harness):
    harness.server.shown = lambda _: {}
    post = await send(http, harness, Part("Hello"))
    assert post.url == f"https://www.facebook.com/{post.platform_post_id}"


@pytest.mark.parametrize(
    "wanted", [{"start_offset": "0", "end_offset": "9"}, {"start_offset": "x"}, {"end_offset": "-1"}]
)
async def test_an_upload_that_goes_nowhere_ends(http, harness, wanted):
    original = harness.server._wanted
    harness.server._wanted = lambda stored: original(stored) | (wanted if stored["content"] else {})
    with pytest.raises(Exception, match="unreadable"):
        await ready(http, harness, film())
    assert harness.server.fires == 0
