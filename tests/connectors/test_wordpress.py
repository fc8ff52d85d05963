"""The WordPress connector against a small site."""

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import Absent, Armed, Media, Metrics, Part, Processing, Undecided
from aipromote.connectors.errors import (
    Duplicate,
    MediaRejected,
    PermissionMissing,
    Rejected,
    Revoked,
    Stale,
    Unreachable,
)
from aipromote.connectors.wordpress import WordPressConnector, rest
from aipromote.documents.vocabulary import Platform
from connectors.conformance import Conformance
from connectors.wordpress_server import PASSWORD, USER, Site

SPACED = "abcd EFGH 1234 ijkl MNOP 5678"
GIVEN = {"username": f" {USER} ", "password": SPACED}


def written(content: str) -> str:
    """The Markdown that a site's HTML was made of, as far as these tests write any."""
    plain = re.sub(r"</?em>", "*", content.replace("<br />\n", "\n"))
    return html.unescape(re.sub(r"<[^>]+>", "", plain)).strip()


class WordPressHarness:
    def __init__(self, site: Site) -> None:
        self.site = site
        self.connector = WordPressConnector()

    async def fault(self, kind, *, seconds=None, style="seconds") -> None:
        self.site.faults.append((kind, 1.0 if seconds is None else seconds, style))

    async def received(self) -> list[str]:
        return [written(stored["content"]["raw"]) for stored in self.site.posts]

    async def expire_access(self) -> None:
        raise AssertionError("application passwords do not expire")

    async def revoke(self) -> None:
        self.site.is_known = False


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=0.5) as session:
        yield session


@pytest.fixture
async def harness(http):
    async with Site() as site:
        made = WordPressHarness(site)
        (grant,) = await made.connector.sign_in(http, server=site.url, given=GIVEN)
        made.credentials = grant.credentials
        yield made


class TestWordPress(Conformance):
    proves_untitled = False  # an article is asked for by a name that is made of the title
    has = frozenset({"date in Retry-After"})

    def part(self, text: str, **more) -> Part:
        return Part(text, title="A title", **more)


def arm(key="key") -> Armed:
    return Armed(key, clock.now())


async def publish(http, harness, part, armed=None):
    armed = armed or arm()
    if harness.connector.prepares(part):
        ready = await harness.connector.prepare(http, harness.credentials, part, None)
        armed = replace(armed, prepared=ready.handle)
    return await harness.connector.publish(http, harness.credentials, part, armed)


async def test_a_site_is_found_by_what_people_type_and_its_users_are_told_apart(http, harness):
    for typed in ("", "/", "/wp-json", "/wp-json/", "/wp-admin/profile.php", "/wp-login.php"):
        (grant,) = await harness.connector.sign_in(http, server=harness.site.url + typed, given=GIVEN)
        assert grant.credentials.server == f"{harness.site.url}/wp-json"
        host = harness.site.url.removeprefix("http://")
        assert (grant.profile.account_id, grant.profile.handle) == (f"{host}#3", f"ada@{host}")
        assert grant.credentials.account_id == grant.profile.account_id
        assert PASSWORD not in repr(grant)


async def test_a_site_without_pretty_addresses_is_found_by_the_headers_of_its_front_page(http):
    async with Site("plain") as site:
        harness = WordPressHarness(site)
        (grant,) = await harness.connector.sign_in(http, server=site.url, given=GIVEN)
        harness.credentials = grant.credentials
        assert grant.credentials.server == f"{site.url}/index.php?rest_route="
        assert grant.profile.account_id == f"{site.url.removeprefix('http://')}#3"
        armed, part = arm(), Part("Hello", title="T", media=(Media.of(b"x", "image/png", "A dot"),))
        post = await publish(http, harness, part, armed)
        assert await harness.connector.look_up(http, harness.credentials, part, armed) == post
        await harness.connector.delete(http, harness.credentials, post.platform_post_id)


@pytest.mark.parametrize(
    "link", ["https://evil.example/wp-json/", "http://10.0.0.1/", "http://localhost:1/", "//evil.example"]
)
async def test_the_password_is_sent_to_no_other_site_than_the_one_that_was_typed(http, link):
    async with Site("plain") as site:
        site.link = link
        with pytest.raises(Rejected, match="another site"):
            await WordPressConnector().sign_in(http, server=site.url, given=GIVEN)
        site.link, site.moved_to = None, link
        with pytest.raises(Rejected, match="leads to"):
            await WordPressConnector().sign_in(http, server=site.url, given=GIVEN)


async def test_a_site_that_leads_in_a_circle_or_has_no_api_is_told_in_plain_words(http):
    async with Site("plain") as site:
        site.moved_to = "/"
        with pytest.raises(Unreachable, match="No WordPress"):
            await WordPressConnector().sign_in(http, server=site.url, given=GIVEN)
    async with Site("off") as site:
        with pytest.raises(Unreachable, match="No WordPress"):
            await WordPressConnector().sign_in(http, server=site.url, given=GIVEN)
    async with Site("blocked") as site:
        site.link = f"{site.url}/wp-json/"
        with pytest.raises(Unreachable, match="security plugin"):
            await WordPressConnector().sign_in(http, server=site.url, given=GIVEN)


async def test_a_password_is_never_sent_over_an_open_line(http):
    with pytest.raises(Rejected, match="https"):
        await WordPressConnector().sign_in(http, server="http://example.com", given=GIVEN)


async def test_a_wrong_password_and_a_user_who_may_not_publish_are_told_when_connecting(http, harness):
    with pytest.raises(Revoked, match=r"^Error: The provided password is an invalid application password"):
        await harness.connector.sign_in(http, server=harness.site.url, given=GIVEN | {"password": "wrong"})
    harness.site.capabilities = {"edit_posts": True}
    with pytest.raises(PermissionMissing, match="may not publish"):
        await harness.connector.sign_in(http, server=harness.site.url, given=GIVEN)
    with pytest.raises(PermissionMissing, match="not allowed to publish"):
        await publish(http, harness, Part("Hello", title="T"))


async def test_files_go_into_the_library_and_the_first_picture_stands_above_the_article(http, harness):
    film = b"film" * 500_000
    media = (
        Media.of(film, "video/mp4"),
        replace(Media.of(b"\x89PNG", "image/png", "A chart"), name='Über "uns".png'),
        Media.of(b"\xff\xd8", "image/jpeg", 'A "second" [one]'),
    )
    await publish(http, harness, Part("Look", title="T", media=media))
    (stored,) = harness.site.posts
    assert stored["featured_media"] == 8
    assert [one["alt_text"] for one in harness.site.media.values()] == ["", "A chart", 'A "second" [one]']
    assert harness.site.media[7]["size"] == len(film)
    text, below, *_ = stored["content"]["raw"].split("\n", 1)
    assert text == "<p>Look</p>"
    assert '<video controls src="https://files.example.com/7.mp4">' in below
    assert 'src="https://files.example.com/9.jpg" alt="A &quot;second&quot; &#091;one&#093;"' in below
    assert "8.png" not in below


async def test_a_type_of_file_that_the_site_does_not_want_is_refused_for_good(http, harness):
    part = Part("Look", title="T", media=(Media.of(b"GIF89a", "image/gif"),))
    with pytest.raises(MediaRejected, match="not allowed to upload this file type"):
        await harness.connector.prepare(http, harness.credentials, part, None)


async def test_a_file_that_the_site_stored_before_it_broke_down_is_not_sent_again(http, harness):
    harness.site.breaks_down = True
    media = (Media.of(b"png", "image/png", "A chart"), Media.of(b"mp4", "video/mp4"))
    await publish(http, harness, Part("Look", title="Broken", media=media))
    assert [(one["size"], one["alt_text"]) for one in harness.site.media.values()] == [(3, "A chart"), (3, "")]
    assert harness.site.posts[0]["featured_media"] == min(harness.site.media)


async def test_files_that_are_gone_or_were_never_uploaded_are_uploaded_again(http, harness):
    part = Part("Look", title="T", media=(Media.of(b"\x89PNG", "image/png"),))
    for prepared in (None, "", "{", "{}", "[]", '["7"]', "[99]"):
        with pytest.raises(Stale):
            await harness.connector.publish(http, harness.credentials, part, replace(arm(), prepared=prepared))
    assert harness.site.posts == []


async def test_a_second_article_under_one_key_is_deleted_at_once_and_reported(http, harness):
    armed, part = arm(), Part("Hello", title="T")
    first = await publish(http, harness, part, armed)
    with pytest.raises(Duplicate, match="deleted at once"):
        await publish(http, harness, part, armed)
    assert await harness.received() == ["Hello"]
    assert await harness.connector.look_up(http, harness.credentials, part, armed) == first
    harness.site.refuses_deleting = True
    with pytest.raises(Duplicate, match="delete the second, http"):
        await publish(http, harness, part, armed)
    assert await harness.connector.look_up(http, harness.credentials, part, armed) == first


async def test_of_two_articles_that_got_one_name_at_one_moment_the_second_is_deleted(http, harness):
    harness.site.is_raced = True
    armed, part = arm(), Part("Hello", title="T")
    first = await publish(http, harness, part, armed)
    with pytest.raises(Duplicate, match="deleted at once"):
        await publish(http, harness, part, armed)
    assert await harness.received() == ["Hello"]
    harness.site.refuses_deleting = True
    with pytest.raises(Duplicate, match="delete the second, http"):
        await publish(http, harness, part, armed)
    assert await harness.connector.look_up(http, harness.credentials, part, armed) == first


async def test_another_article_of_the_same_title_is_no_duplicate(http, harness):
    one = await publish(http, harness, Part("Hello", title="T"), arm("key-1"))
    lost = await harness.connector.look_up(http, harness.credentials, Part("Hello", title="T"), arm("key-2"))
    assert isinstance(lost, Undecided)
    assert not lost.final
    two = await publish(http, harness, Part("Hello", title="T"), arm("key-2"))
    assert one.platform_post_id != two.platform_post_id
    assert len(harness.site.posts) == 2


async def test_an_article_that_a_plugin_holds_back_is_taken_but_not_out(http, harness):
    harness.site.status = "pending"
    armed, part = arm(), Part("Hello", title="T")
    held = await publish(http, harness, part, armed)
    assert isinstance(held, Processing)
    assert "pending" in held.reason
    assert await harness.connector.look_up(http, harness.credentials, part, armed) == held
    harness.site.posts[0]["status"] = "publish"
    found = await harness.connector.look_up(http, harness.credentials, part, armed)
    assert found.url == harness.site.posts[0]["link"]


async def test_an_article_that_a_plugin_renamed_is_found_by_title_and_text_or_left_to_a_person(http, harness):
    harness.site.renamed = "how-plugins-call-it"
    armed, part = arm(), Part("Hello & *welcome*", title="A & B", media=(Media.of(b"x", "video/mp4"),))
    post = await publish(http, harness, part, armed)
    assert await harness.connector.look_up(http, harness.credentials, part, armed) == post
    later = replace(armed, key="other", armed_at=armed.armed_at - timedelta(minutes=11))
    assert isinstance(await harness.connector.look_up(http, harness.credentials, part, later), Absent)
    another = replace(part, title="Another")
    assert isinstance(await harness.connector.look_up(http, harness.credentials, another, armed), Undecided)
    await publish(http, harness, part, replace(armed, key="key-2"))
    found = await harness.connector.look_up(http, harness.credentials, part, armed)
    assert isinstance(found, Undecided)
    assert found.final


async def test_an_article_in_the_trash_is_not_sent_again(http, harness):
    armed, part = arm(), Part("Hello", title="T")
    post = await publish(http, harness, part, armed)
    await harness.connector.delete(http, harness.credentials, post.platform_post_id)
    with pytest.raises(Rejected, match="trash"):
        await harness.connector.look_up(http, harness.credentials, part, armed)


async def test_a_site_without_a_trash_deletes_and_one_that_forbids_it_says_so(http, harness):
    harness.site.has_trash = False
    post = await publish(http, harness, Part("Hello", title="T"))
    harness.site.refuses_deleting = True
    with pytest.raises(PermissionMissing):
        await harness.connector.delete(http, harness.credentials, post.platform_post_id)
    harness.site.refuses_deleting = False
    await harness.connector.delete(http, harness.credentials, post.platform_post_id)
    assert harness.site.posts == []


async def test_a_user_who_may_not_list_drafts_is_not_told_that_an_article_is_absent(http, harness):
    harness.site.capabilities = {"publish_posts": True}
    with pytest.raises(PermissionMissing):
        await harness.connector.look_up(http, harness.credentials, Part("Hello", title="T"), arm())


async def test_a_call_may_arrive_for_five_minutes(http, harness, dial):
    armed, part = arm(), Part("Hello", title="T")
    dial.jump(armed.armed_at + timedelta(minutes=4))
    found = await harness.connector.look_up(http, harness.credentials, part, armed)
    assert isinstance(found, Undecided)
    assert not found.final


async def test_an_article_needs_a_title_before_anything_is_sent(http, harness):
    assert "WordPress needs a title." in harness.connector.problems(Platform.WORDPRESS, Part("Hello"))
    with pytest.raises(Rejected, match="title"):
        await publish(http, harness, Part("Hello", title=" "))


async def test_wordpress_tells_no_counters(http, harness):
    assert await harness.connector.metrics(http, harness.credentials, "41") == Metrics()


def test_routes_fit_both_kinds_of_addresses():
    assert rest.address("https://a.example/wp-json", "/x", {"a": "b,c"}) == "https://a.example/wp-json/x?a=b%2Cc"
    assert rest.address("https://a.example/?rest_route=", "/x", {"a": 1}) == "https://a.example/?rest_route=/x&a=1"
