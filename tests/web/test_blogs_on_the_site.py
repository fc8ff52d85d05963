"""The page "From a blog post or feed": a form that makes drafts, and the feeds that are followed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import seeds
from site_client import Browser

from aipromote import settings
from aipromote.content.feeds import actions, queries
from aipromote.content.feeds.looking import look_at
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from factories import organizations, strategy
from factories.blogs import Blog, Page, blogging, page_of


@pytest.fixture
async def blog(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Blog]:
    monkeypatch.setenv("AIPROMOTE_READING_LOOPBACK_UNSAFE", "true")
    settings.get.cache_clear()
    hostile = b"<rss version='2.0'><channel><title>&lt;img src=x onerror=alert(1)&gt;Notes</title><item><guid>1</guid><title>Say &lt;b&gt;rye&lt;/b&gt; &amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;</title><link>https://a.example/1</link></item></channel></rss>"  # noqa: E501
    async with blogging({"/feed.xml": page_of("rss.xml"), "/hostile": Page(hostile)}) as found:
        yield found
    monkeypatch.undo()
    settings.get.cache_clear()


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def test_a_blog_is_imported_followed_paused_and_removed(
    browser: Browser, database: Database, seeded: seeds.Seeded, blog: Blog
) -> None:
    assert "From a blog post or feed" in (await browser.open("/content")).words
    assert "You follow no feed yet" in (await browser.open("/content/feeds")).words
    form = {
        "address": f"{blog.address}/feed.xml",
        "platform": "TWITTER",
        "newest": "5",
        "follow": "true",
        "every": "24",
    }
    seen = await browser.send("/content/feeds", form)
    assert "2 drafts from 2 articles. It is followed from now on." in seen.words
    assert "Why we stopped asking for receipts by e-mail" in seen.words
    async with database.transaction(seeded.startup.id) as session:
        (feed,) = await queries.feeds(session, organization_id=seeded.startup.id)
    assert feed.followed_by == seeded.startup.owner.user_id
    assert "Paused" in (await browser.send(f"/content/feeds/{feed.id}/pause", {})).words
    assert "Followed" in (await browser.send(f"/content/feeds/{feed.id}/resume", {})).words
    again = await browser.send("/content/feeds", form | {"follow": ""})
    assert "No new draft. 2 had come in before." in again.words
    assert "You follow no feed yet" in (await browser.send(f"/content/feeds/{feed.id}/remove", {})).words


async def test_what_cannot_be_read_is_said_and_what_was_typed_stays(
    browser: Browser, seeded: seeds.Seeded, blog: Blog
) -> None:
    await browser.open("/content/feeds")
    form = {"address": f"{blog.address}/nothing", "platform": "TWITTER", "newest": "5"}
    seen = await browser.send("/content/feeds", form)
    assert seen.status in {400, 422}
    assert "answered with 404" in seen.words
    assert f"{blog.address}/nothing" in seen.text
    inside = await browser.send("/content/feeds", form | {"address": "http://169.254.169.254/latest"})
    assert "private or reserved network" in inside.words
    assert (
        "at least one platform"
        in (await browser.send("/content/feeds", {"address": f"{blog.address}/feed.xml", "newest": "5"})).words
    )


async def test_markup_in_a_feed_is_only_ever_text(browser: Browser, seeded: seeds.Seeded, blog: Blog) -> None:
    await browser.open("/content/feeds")
    form = {"address": f"{blog.address}/hostile", "platform": "TWITTER", "newest": "5", "follow": "true", "every": "6"}
    seen = await browser.send("/content/feeds", form)
    assert "<img src=x" not in seen.text
    assert "<script>alert" not in seen.text
    assert "Say rye" in seen.words


async def test_a_strangers_feed_is_none(browser: Browser, database: Database, seeded: seeds.Seeded, blog: Blog) -> None:
    other = await organizations.organization(database, name="Other")
    await strategy.active(database, other)
    look = await look_at(f"{blog.address}/feed.xml")
    async with database.transaction(other.id) as session:
        feed, _ = await actions.follow(
            session,
            other.owner,
            organization_id=other.id,
            look=look,
            platforms=[Platform.TWITTER],
            newest=1,
            every_hours=6,
        )
    await browser.open("/content/feeds")
    assert (await browser.send(f"/content/feeds/{feed.id}/remove", {})).status == 404
