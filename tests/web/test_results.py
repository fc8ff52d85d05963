"""Results: what the posts of a time came to, as true as the rows behind it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from uuid import UUID

import pytest
import seeds
from site_client import Browser
from web_server import Site

from aipromote import clock
from aipromote.analytics import breakdown, ranking
from aipromote.analytics.breakdown import Span
from aipromote.channels import queries as channels
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from factories import analytics

NOW_AND_THEN = (3600, 86_400)


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def posts(database: Database, organization_id: UUID, *, connector: str, number: int, platform: Platform) -> None:
    """Posts of the last days; every third is not measured, and views of LinkedIn are never reported."""
    async with database.transaction(organization_id) as session:
        account = await analytics.account(
            session, organization_id, platform=platform, handle=f"@{connector}-{platform.value}", connector=connector
        )
        for place in range(number):
            at = clock.now() - timedelta(days=1 + place, hours=place)
            made = await analytics.post(session, account, at=at, text=f"Loaf {place}", pillar=f"Pillar {place % 2}")
            if place % 3 == 2:
                continue
            views = None if platform is Platform.LINKEDIN else 100 * (place + 1)
            await analytics.measure(session, made, account, slots=NOW_AND_THEN, impressions=views, likes=place)


async def test_simulated_numbers_are_never_mixed_with_true_ones(
    database: Database, browser: Browser, seeded: seeds.Seeded
) -> None:
    await posts(database, seeded.organization_id, connector="mastodon", number=4, platform=Platform.MASTODON)
    true = await browser.open("/results")
    assert "Simulated" not in true.words.partition("Your networks")[0].partition("Sandbox feed")[2]
    assert "700" in true.words  # 100 + 200 + 400: the third was not measured
    assert "1,600" not in true.words
    simulated = await browser.open("/results?simulated=yes")
    assert "and so are these numbers" in simulated.words
    assert "900" in simulated.words


async def test_what_no_network_reports_is_called_so_and_is_not_zero(
    database: Database, browser: Browser, seeded: seeds.Seeded
) -> None:
    await posts(database, seeded.organization_id, connector="linkedin", number=6, platform=Platform.LINKEDIN)
    seen = await browser.open("/results")
    assert "Not reported by the platform: views on LinkedIn." in seen.words
    assert "4 of 6 posts have numbers." in seen.words
    assert "Views –" in seen.words
    assert "No network reported views for these days." in seen.words


async def test_sums_are_those_of_the_rows_in_whatever_way_posts_are_grouped(
    database: Database, seeded: seeds.Seeded
) -> None:
    key = seeded.organization_id
    await posts(database, key, connector="mastodon", number=12, platform=Platform.MASTODON)
    await posts(database, key, connector="x", number=7, platform=Platform.TWITTER)
    now = clock.now()
    span = Span(key, now - timedelta(days=28), now, is_simulated=False)
    async with database.transaction(key) as session:
        found = await breakdown.breakdown(session, span, zone="America/Sao_Paulo")
        rows = [row async for batch in ranking.every(session, span) for row in batch]
    assert len(rows) == found.total.posts == 19
    for groups in (found.by_platform, found.by_pillar, found.by_type, found.by_hour):
        assert sum(group.posts for group in groups.values()) == 19
        assert sum(group.impressions or 0 for group in groups.values()) == found.total.impressions
    assert found.total.impressions == sum(row.impressions or 0 for row in rows)
    assert found.total.measured == sum(row.measured_at is not None for row in rows) == 13
    rates = [row.rate for row in rows if row.rate is not None]
    assert found.total.rate == pytest.approx(sum(rates) / len(rates))


async def test_the_file_has_every_post_and_no_formula(
    database: Database, browser: Browser, seeded: seeds.Seeded
) -> None:
    async with database.transaction(seeded.organization_id) as session:
        account = await analytics.account(session, seeded.organization_id, connector="x", platform=Platform.TWITTER)
        for place in range(60):
            text = "=HYPERLINK(1)" if place == 0 else f"Loaf {place}"
            await analytics.post(session, account, at=clock.now() - timedelta(hours=place + 1), text=text)
    table = await browser.open("/results/posts")
    assert "The newest 50. The file has all of them." in table.words
    file = await browser.open("/results/posts.csv")
    assert file.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert len(rows) == 60
    assert rows[-1]["text"] == "'=HYPERLINK(1)"
    assert rows[0]["views"] == ""


async def test_posts_without_the_number_come_last(database: Database, browser: Browser, seeded: seeds.Seeded) -> None:
    await posts(database, seeded.organization_id, connector="mastodon", number=6, platform=Platform.MASTODON)
    seen = await browser.open("/results/posts?by=impressions")
    order = [seen.words.index(f"Loaf {place}") for place in (4, 3, 1, 0)]
    assert order == sorted(order)
    assert max(order) < min(seen.words.index(f"Loaf {place}") for place in (2, 5))


@pytest.mark.parametrize("address", ["/results?days=0", "/results?days=9999", "/results?network=nowhere"])
async def test_a_choice_that_cannot_be_is_refused_in_words(
    browser: Browser, seeded: seeds.Seeded, address: str
) -> None:
    seen = await browser.open(address)
    assert seen.status == 422
    assert "Please choose" in seen.words or "no such network" in seen.words


async def test_an_organization_without_posts_is_told_when_numbers_come(
    database: Database, browser: Browser, seeded: seeds.Seeded
) -> None:
    seen = await browser.open("/results?days=7&network=reddit")
    assert "Nothing was published in these days" in seen.words


async def test_each_page_asks_the_database_a_dozen_times_at_most(
    site: Site, browser: Browser, seeded: seeds.Seeded
) -> None:
    for path in ("/results", "/results/posts"):
        with site.statements() as asked:
            assert (await browser.open(path)).status == 200
        assert len(asked) <= 12, asked


async def test_with_sandbox_accounts_only_the_posts_are_those_of_the_overview(
    browser: Browser, seeded: seeds.Seeded
) -> None:
    seen = await browser.open("/results/posts")
    assert "Bread is out." in seen.words
    assert "and so are these numbers" in seen.words
    assert "Bread is out." in (await browser.open("/results/posts.csv")).text


async def test_results_of_an_account_stay_when_it_is_disconnected(
    database: Database, browser: Browser, seeded: seeds.Seeded
) -> None:
    await posts(database, seeded.organization_id, connector="mastodon", number=4, platform=Platform.MASTODON)
    async with database.transaction(seeded.organization_id) as session:
        accounts = await channels.accounts(session, organization_id=seeded.organization_id)
        next(account for account in accounts if account.connector == "mastodon").is_active = False
    seen = await browser.open("/results")
    assert "700" in seen.words
    assert "Sandbox network" in seen.words
