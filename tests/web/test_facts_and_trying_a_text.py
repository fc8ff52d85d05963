"""The page of facts: adding, expiring and removing them, and trying a text against them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import seeds
from site_client import Browser

from aipromote import clock
from aipromote.brand import queries
from aipromote.db.database import Database
from aipromote.documents.facts import Fact


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def _facts(database: Database, seeded: seeds.Seeded) -> list[Fact]:
    key = seeded.startup.id
    async with database.transaction(key) as session:
        return await queries.facts(session, organization_id=key)


async def test_a_fact_is_added_backs_a_claim_and_is_taken_away_again(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    await browser.open("/facts")
    text = {"text": "1,234 ovens bake with us.", "platform": "LINKEDIN"}
    assert "needs a proof" in (await browser.send("/facts/try", text)).words
    soon = clock.now().date() + timedelta(days=10)
    added = {"statement": "1,234 ovens are registered", "source": "Register", "kind": "metric", "expires": str(soon)}
    seen = await browser.send("/facts", added)
    assert "Ends soon" in seen.words
    tried = (await browser.send("/facts/try", text)).words
    assert "is backed by: 1,234 ovens are registered" in tried
    assert "needs a proof" not in tried
    (fact,) = [one for one in await _facts(database, seeded) if one.source == "Register"]
    assert "Expired" in (await browser.send(f"/facts/{fact.id}/expire", {})).words
    assert "expired on" in (await browser.send("/facts/try", text)).words
    await browser.send(f"/facts/{fact.id}/remove", {})
    assert fact.id not in {one.id for one in await _facts(database, seeded)}


async def test_a_fact_without_a_source_is_refused_and_nothing_written_is_lost(
    browser: Browser, seeded: seeds.Seeded
) -> None:
    await browser.open("/facts")
    seen = await browser.send(
        "/facts", {"statement": "We <b>shine</b>", "source": " ", "kind": "metric", "expires": ""}
    )
    assert "needs a source" in seen.words
    assert "<b>shine" not in seen.text
    assert "We &lt;b&gt;shine&lt;/b&gt;" in seen.text
