"""The connector to LinkedIn against a small LinkedIn on loopback."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipromote import clock
from aipromote.connectors.contract import Absent, Certainty, Media, Metrics, Part, Published, Undecided
from aipromote.connectors.errors import (
    AccountLimit,
    Duplicate,
    MediaRejected,
    Rejected,
    TargetGone,
    UnknownOutcome,
    Unreachable,
)
from aipromote.connectors.linkedin import rest, text
from aipromote.documents.vocabulary import Platform
from connectors.conformance import Conformance
from connectors.linkedin_accounts import PAGE
from connectors.linkedin_harness import LINKEDIN, arm, connect, harness, http, person, send
from connectors.scripted import Scripted

__all__ = ["harness", "http", "person"]


class AsLinkedIn(Conformance):
    """What is said of both kinds of account."""

    async def test_a_rate_limit_says_when_to_come_back(self, http, harness):
        """LinkedIn counts by the day and tells no time: its day ends at midnight in Greenwich."""
        await harness.fault("rate_limit")
        with pytest.raises(AccountLimit) as caught:
            await self.send(http, harness, self.part("Hello"), self.arm(harness))
        at = caught.value.retry_at.astimezone(UTC)
        assert (at.hour, at.minute, at.second) == (0, 0, 0)
        assert timedelta(0) < at - clock.now() <= timedelta(days=1)
        assert await harness.received() == []


class TestPage(AsLinkedIn):
    has = frozenset({"own clock", "delayed_visibility", "scopes", "followers"})
    untold = frozenset({"saves"})


class TestPerson(AsLinkedIn):
    has = frozenset({"scopes"})
    untold = frozenset({"clicks"})
    is_blind = True

    @pytest.fixture
    def harness(self, person):
        return person


async def test_hashtags_stay_hashtags_and_everything_else_stays_text(http, harness):
    words = "A (small) *step* for #startups & #büro_1 at C#: {x|y} [a] <b> \\o/ a_b~ @ada #1 x#y"
    armed = arm()
    await LINKEDIN.publish(http, harness.credentials, Part(words), armed)
    (post,) = harness.server.posts.values()
    commentary = post["given"]["commentary"]
    assert "for #startups & #büro\\_1 at C\\#: \\{x\\|y\\}" in commentary
    assert isinstance(await LINKEDIN.look_up(http, harness.credentials, Part(words), armed), Published)


@given(
    st.text(max_size=80)
    | st.text("\\|{}@[]()<>#*_~a1 ", max_size=40)
    | st.sampled_from(["{hashtag|#|x}", "@[a](urn:li:x)"])
)
def test_escaping_loses_nothing(words):
    assert text.plain(text.little(words)) == words


def test_mentions_and_templates_read_as_people_see_them():
    told = r"Hi @[Ada \(Tests\)](urn:li:person:1), {hashtag|\#|indie} {hashtag\|\#\|two} \@[x]"
    assert text.plain(told) == "Hi Ada (Tests), #indie #two @[x]"


CARDS = [
    (Part("See https://example.com/a?b=1.", title="Our launch"), "https://example.com/a?b=1", "Our launch"),
    (Part("See example.com/x and https://b.example"), "https://example.com/x", "example.com"),
]


@pytest.mark.parametrize(("part", "source", "title"), CARDS, ids=str)
async def test_the_first_address_becomes_a_card(http, person, part, source, title):
    await send(http, person, part)
    (post,) = person.server.posts.values()
    assert post["given"]["content"] == {"article": {"source": source, "title": title}}


async def test_a_text_that_is_too_long_is_known_here_and_refused_there(http, harness):
    assert LINKEDIN.problems(Platform.LINKEDIN, Part("a" * 3001))
    with pytest.raises(Rejected, match="too long"):
        await LINKEDIN.publish(http, harness.credentials, Part("a" * 3001), arm())
    assert LINKEDIN.problems(Platform.LINKEDIN, Part("(" * 3000)) == []
    await LINKEDIN.publish(http, harness.credentials, Part("(" * 3000), arm())


async def test_a_repeat_names_what_it_repeats_and_a_page_finds_it(http, harness):
    armed = arm()
    await harness.fault("store_then_drop")
    with pytest.raises(UnknownOutcome):
        await LINKEDIN.publish(http, harness.credentials, Part("Hello"), armed)
    (urn,) = harness.server.posts
    with pytest.raises(Duplicate, match=urn) as caught:
        await LINKEDIN.publish(http, harness.credentials, Part("Hello"), armed)
    assert (caught.value.code, caught.value.detail) == ("DUPLICATE_POST", {"urn": urn})
    found = await LINKEDIN.look_up(http, harness.credentials, Part("Hello"), armed)
    assert isinstance(found, Published)
    assert found.platform_post_id == urn


async def test_a_post_that_is_not_there_any_more_is_not_adopted_because_it_was_named(http, harness):
    armed = arm()
    first = await LINKEDIN.publish(http, harness.credentials, Part("Hello"), armed)
    harness.server.names_ghosts = True
    with pytest.raises(Duplicate) as caught:
        await LINKEDIN.publish(http, harness.credentials, Part("Hello"), armed)
    assert caught.value.detail["urn"] != first.platform_post_id
    assert await LINKEDIN.look_up(http, harness.credentials, Part("Hello"), armed) == first


async def test_what_may_not_be_commented_or_listed_closes_no_account(http, harness):
    root = (await send(http, harness, Part("Hello"))).platform_post_id
    harness.server.comments_need = ("w_organization_social_feed",)
    with pytest.raises(Rejected, match="may not write comments"):
        await LINKEDIN.publish(http, harness.credentials, Part("More", 1, reply_to=root, root=root), arm())
    narrow = await harness.narrow_credentials()
    found = await LINKEDIN.look_up(http, narrow, Part("Hello"), arm())
    assert isinstance(found, Undecided)
    assert found.final
    unlisted = replace(harness.credentials, scope="w_organization_social")
    assert LINKEDIN.certainty_of(unlisted) is Certainty.MATCH


async def test_what_a_person_posted_is_never_repeated_to_find_out(http, person):
    """The repeat might publish, and LinkedIn may name a post that is not there any more."""
    for kind in ("store_then_drop", "drop_unstored"):
        person.server.posts.clear()
        await person.fault(kind)
        with pytest.raises(UnknownOutcome):
            await LINKEDIN.publish(http, person.credentials, Part("Hello"), arm())
        creates = person.server.creates
        found = await LINKEDIN.look_up(http, person.credentials, Part("Hello"), arm())
        assert isinstance(found, Undecided)
        assert found.final
        assert person.server.creates == creates


async def test_a_person_with_the_closed_scope_is_looked_up_like_a_page(http, harness):
    (grant,) = await connect(http, harness.server, "r_member_social")
    armed = arm()
    post = await LINKEDIN.publish(http, grant.credentials, Part("Hello"), armed)
    assert await LINKEDIN.look_up(http, grant.credentials, Part("Hello"), armed) == post


async def test_a_long_list_is_read_on_but_not_for_ever(http, harness):
    armed = arm()
    post = await LINKEDIN.publish(http, harness.credentials, Part("Hello"), armed)
    stored = harness.server.posts[post.platform_post_id]
    for number in range(60):
        noise = stored | {"given": stored["given"] | {"commentary": f"Noise {number}"}}
        harness.server.posts[f"urn:li:share:{number}"] = noise
    assert await LINKEDIN.look_up(http, harness.credentials, Part("Hello"), armed) == post
    for number in range(60, 300):
        noise = stored | {"given": stored["given"] | {"commentary": f"Noise {number}"}}
        harness.server.posts[f"urn:li:share:{number}"] = noise
    found = await LINKEDIN.look_up(http, harness.credentials, Part("Hello"), armed)
    assert isinstance(found, Undecided)


async def test_the_list_is_not_read_beyond_the_time_of_the_call(http, harness):
    post = await LINKEDIN.publish(http, harness.credentials, Part("Old"), arm())
    stored = harness.server.posts.pop(post.platform_post_id)
    for number in range(300):
        harness.server.posts[f"urn:li:share:{number}"] = stored | {"at": clock.now() - timedelta(hours=2)}
    long_ago = replace(arm(), armed_at=clock.now() - timedelta(minutes=11))
    assert isinstance(await LINKEDIN.look_up(http, harness.credentials, Part("Hello"), long_ago), Absent)


async def test_a_comment_stands_under_the_post_and_is_found_again(http, harness):
    root = (await send(http, harness, Part("Hello"))).platform_post_id
    part = Part("More: https://example.com (really)", 1, reply_to=root, root=root)
    armed = arm()
    await harness.fault("store_then_drop")
    with pytest.raises(UnknownOutcome):
        await LINKEDIN.publish(http, harness.credentials, part, armed)
    first = await LINKEDIN.look_up(http, harness.credentials, part, armed)
    assert isinstance(first, Published)
    assert first.platform_post_id.startswith(f"urn:li:comment:({root},")
    assert first.url.startswith(f"https://www.linkedin.com/feed/update/{root}/?commentUrn=urn%3Ali%3Acomment")
    third = Part("And this", 2, reply_to=first.platform_post_id, root=root)
    armed = arm()
    second = await LINKEDIN.publish(http, harness.credentials, third, armed)
    assert await LINKEDIN.look_up(http, harness.credentials, third, armed) == second
    assert {one["target"] for one in harness.server.comments.values()} == {root}
    assert await LINKEDIN.metrics(http, harness.credentials, second.platform_post_id) == Metrics()
    for _ in range(2):
        await LINKEDIN.delete(http, harness.credentials, second.platform_post_id)
    assert len(harness.server.comments) == 1


async def test_a_comment_is_short_has_no_files_and_needs_its_post(http, harness):
    part = Part("x" * 1251, 1, reply_to="urn:li:share:1", media=(Media.of(b"x", "image/png"),))
    assert len(LINKEDIN.problems(Platform.LINKEDIN, part)) == 2
    assert not LINKEDIN.prepares(part)
    with pytest.raises(MediaRejected):
        await LINKEDIN.publish(http, harness.credentials, part, arm())
    with pytest.raises(TargetGone):
        await LINKEDIN.publish(http, harness.credentials, replace(part, media=()), arm())


async def test_an_interface_that_linkedin_ended_is_the_operators_to_update(http, harness, monkeypatch):
    monkeypatch.setattr(rest, "VERSION", "202401")
    with pytest.raises(Rejected, match="update it") as caught:
        await LINKEDIN.publish(http, harness.credentials, Part("Hello"), arm())
    assert caught.value.code == "NONEXISTENT_VERSION"


async def test_counters_of_a_page_come_in_one_call(http, harness):
    post = await send(http, harness, Part("Hello"))
    counted = Metrics(impressions=500, reach=300, likes=7, comments=3, shares=2, clicks=6)
    assert await LINKEDIN.metrics(http, harness.credentials, post.platform_post_id) == counted
    await LINKEDIN.delete(http, harness.credentials, post.platform_post_id)
    assert await LINKEDIN.metrics(http, harness.credentials, post.platform_post_id) == Metrics()


async def test_counters_of_a_person_need_a_scope(http, person):
    mine = await send(http, person, Part("Hello"))
    counted = Metrics(impressions=500, reach=300, likes=7, comments=3, shares=2, saves=4)
    assert await LINKEDIN.metrics(http, person.credentials, mine.platform_post_id) == counted
    without = replace(person.credentials, scope="w_member_social")
    assert await LINKEDIN.metrics(http, without, mine.platform_post_id) == Metrics()
    narrow = replace(person.credentials, access_token=(await person.narrow_credentials()).access_token)
    assert await LINKEDIN.metrics(http, narrow, mine.platform_post_id) == Metrics()


STRANGE_LISTS = [
    {"elements": ["x"]},
    {"elements": {}},
    {"paging": {}},
]


@pytest.mark.parametrize("body", STRANGE_LISTS, ids=str)
async def test_a_list_that_cannot_be_read_tells_nothing(http, harness, body):
    async with Scripted() as server:
        server.says(200, body)
        opened = replace(harness.credentials, server=server.url)
        for part in (Part("Hello"), Part("Hello", 1, reply_to="urn:li:share:1")):
            with pytest.raises(Unreachable):
                await LINKEDIN.look_up(http, opened, part, arm())


async def test_drafts_failures_and_what_is_strange_are_passed_over(http, harness):
    now = int(clock.now().timestamp() * 1000)
    post = {"id": "urn:li:share:7", "commentary": "Hello", "publishedAt": now, "lastModifiedAt": now}
    strange = [{"lifecycleState": "DRAFT"}, {"lifecycleState": "PUBLISH_FAILED"}, {"id": 7}, {"publishedAt": "now"}]
    opened = replace(harness.credentials, server="")
    async with Scripted() as server:
        opened = replace(opened, server=server.url)
        server.says(200, {"elements": [post | one for one in strange]})
        assert isinstance(await LINKEDIN.look_up(http, opened, Part("Hello"), arm()), Undecided)
        server.says(200, {"elements": [post | {"publishedAt": 10**30, "createdAt": now}]})
        found = await LINKEDIN.look_up(http, opened, Part("Hello"), arm())
        assert isinstance(found, Published)
        comment = {"actor": PAGE, "message": {"text": "Hello"}, "created": {"time": now}, "id": "x"}
        part = Part("Hello", 1, reply_to="urn:li:share:1")
        server.says(200, {"elements": [comment, comment | {"id": "8", "message": None}, comment | {"created": 7}]})
        assert isinstance(await LINKEDIN.look_up(http, opened, part, arm()), Undecided)
        server.says(200, {"elements": [comment | {"id": "8"}]})
        found = await LINKEDIN.look_up(http, opened, part, arm())
        assert isinstance(found, Published)
        assert found.platform_post_id == "urn:li:comment:(urn:li:share:1,8)"
        server.says(200, {"elements": [comment] * 50})
        assert isinstance(await LINKEDIN.look_up(http, opened, part, arm()), Undecided)
