"""The dev.to connector against a small Forem."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.contract import Absent, Armed, Media, Metrics, Part, Undecided
from aipromote.connectors.devto import DevtoConnector, article
from aipromote.connectors.errors import Duplicate, MediaRejected, Rejected, Revoked, Unreachable
from connectors.conformance import Conformance
from connectors.devto_server import KEY, Forem


class DevtoHarness:
    def __init__(self, forem: Forem) -> None:
        self.forem = forem
        self.connector = DevtoConnector()

    async def fault(self, kind, *, seconds=None, style="seconds") -> None:
        self.forem.faults.append((kind, 1.0 if seconds is None else seconds, style))

    async def received(self) -> list[str]:
        return [stored["body_markdown"] for stored in self.forem.articles]

    async def expire_access(self) -> None:
        raise AssertionError("API keys do not expire")

    async def revoke(self) -> None:
        self.forem.is_known = False


@pytest.fixture
async def http():
    async with wire.open_session(timeout_seconds=0.5) as session:
        yield session


@pytest.fixture
async def harness(http):
    async with Forem() as forem:
        made = DevtoHarness(forem)
        (grant,) = await made.connector.sign_in(http, server=forem.url, given={"api_key": f" {KEY}\n"})
        made.credentials = grant.credentials
        yield made


class TestDevto(Conformance):
    has = frozenset({"date in Retry-After"})

    def part(self, text: str, **more) -> Part:
        return Part(text, title="A title", **more)


def arm() -> Armed:
    return Armed("key", clock.now())


async def publish(http, harness, part, armed=None):
    return await harness.connector.publish(http, harness.credentials, part, armed or arm())


async def look_up(http, harness, part, armed):
    return await harness.connector.look_up(http, harness.credentials, part, armed)


async def test_a_key_opens_the_account_that_it_belongs_to(http, harness):
    assert harness.credentials.account_id == "77"
    assert KEY not in repr(harness.credentials)
    with pytest.raises(Revoked, match="API key"):
        await harness.connector.sign_in(http, server=harness.forem.url, given={"api_key": "wrong"})


async def test_hashtags_become_tags_and_the_lines_of_them_at_the_end_are_left_out(http, harness):
    text = "# Why\n\nWe #Ship_it, not #1.\n\n#SaaS #startup #saas #größe\n\n#fünf #six"
    await publish(http, harness, Part(text, title="T"))
    (stored,) = harness.forem.articles
    assert stored["tag_list"] == ["shipit", "saas", "startup", "six"]
    assert stored["body_markdown"] == "# Why\n\nWe #Ship_it, not #1."
    assert article.body("#only #tags") == "#only #tags"


@pytest.mark.parametrize("text", ["---\ntitle: Stolen\n---\nHello", "\n \n---\npublished: false\n---\n", "-----\nHi"])
async def test_a_text_cannot_change_the_settings_of_its_article(http, harness, text):
    await publish(http, harness, Part(text, title="T"))
    (stored,) = harness.forem.articles
    assert stored["title"] == "T"
    assert stored["body_markdown"].startswith("***\n")


async def test_a_cover_is_fetched_by_its_address_and_refused_without_one(http, harness):
    cover = Media.of(b"\x89PNG", "image/png", url="https://aipromote.example/f/1.png")
    await publish(http, harness, Part("Look", title="T", media=(cover,)))
    assert harness.forem.articles[0]["cover_image"] == "https://aipromote.example/f/1.png"
    with pytest.raises(MediaRejected, match="AIPROMOTE_PUBLIC_URL"):
        await publish(http, harness, Part("Look", title="T2", media=(replace(cover, url=None),)))
    assert len(harness.forem.articles) == 1


async def test_a_second_article_of_the_same_title_and_text_is_a_duplicate_and_the_first_is_found(http, harness):
    armed, part = arm(), Part("Hello #saas\n\n#saas", title=" T ")
    first = await publish(http, harness, part, armed)
    with pytest.raises(Duplicate):
        await publish(http, harness, part, armed)
    assert await look_up(http, harness, part, armed) == first
    assert len(harness.forem.articles) == 1


async def test_the_same_text_under_another_title_is_another_article(http, harness):
    await publish(http, harness, Part("Hello", title="One"))
    long_ago = replace(arm(), armed_at=clock.now() - timedelta(minutes=3))
    assert isinstance(await look_up(http, harness, Part("Hello", title="Two"), long_ago), Absent)


async def test_an_article_behind_pages_of_drafts_is_found_and_one_taken_back_is_not_sent_again(http, harness):
    armed, part = arm(), Part("Hello", title="T")
    post = await publish(http, harness, part, armed)
    drafts = [{"id": n, "title": f"d{n}", "body_markdown": "x", "published": False} for n in range(40)]
    harness.forem.articles += [draft | {"published_timestamp": "", "url": "x"} for draft in drafts]
    assert await look_up(http, harness, part, armed) == post
    await harness.connector.delete(http, harness.credentials, post.platform_post_id)
    found = await look_up(http, harness, part, armed)
    assert isinstance(found, Undecided)
    assert found.final


async def test_a_list_that_is_too_long_or_not_of_articles_tells_nothing(http, harness):
    armed = replace(arm(), armed_at=clock.now() - timedelta(minutes=3))
    part = Part("Hello", title="T")
    drafts = [{"id": n, "title": f"d{n}", "body_markdown": "x", "published": False} for n in range(301)]
    harness.forem.articles += [draft | {"published_timestamp": ""} for draft in drafts]
    found = await look_up(http, harness, part, armed)
    assert isinstance(found, Undecided)
    assert found.final
    harness.forem.articles = [{"id": 1, "published": True, "published_timestamp": "", "body_markdown": 7}]
    found = await look_up(http, harness, part, armed)
    assert isinstance(found, Undecided)
    assert not found.final


async def test_the_list_is_read_no_further_back_than_the_call(http, harness, dial):
    for number in range(35):
        await publish(http, harness, Part("Old", title=f"Old {number}"))
    dial.jump(clock.now() + timedelta(hours=1))
    armed = arm()
    dial.jump(clock.now() + timedelta(minutes=3))
    assert isinstance(await look_up(http, harness, Part("Hello", title="T"), armed), Absent)


async def test_counters_are_read_from_the_list_and_without_views_for_older_articles(http, harness):
    post = await publish(http, harness, Part("Hello", title="T"))
    metrics = await harness.connector.metrics(http, harness.credentials, post.platform_post_id)
    assert metrics == Metrics(impressions=120, likes=9, comments=2)
    for number in range(120):
        await publish(http, harness, Part("New", title=f"New {number}"))
    metrics = await harness.connector.metrics(http, harness.credentials, post.platform_post_id)
    assert metrics == Metrics(likes=9, comments=2)
    assert await harness.connector.metrics(http, harness.credentials, "99999") == Metrics()


async def test_an_article_needs_a_title_and_a_key_that_stopped_working_says_so(http, harness):
    with pytest.raises(Rejected, match="title"):
        await publish(http, harness, Part("Hello"))
    harness.forem.is_known = False
    for call in (
        harness.connector.delete(http, harness.credentials, "1"),
        look_up(http, harness, Part("Hello", title="T"), arm()),
    ):
        with pytest.raises(Revoked):
            await call


async def test_what_is_not_in_the_words_of_forem_deletes_nothing(http, harness):
    elsewhere = replace(harness.credentials, server=f"{harness.forem.url}/nowhere")
    with pytest.raises(Unreachable):
        await harness.connector.delete(http, elsewhere, "1")
