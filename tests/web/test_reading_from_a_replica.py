"""Pages that may be some seconds old are read from a replica; what a person has just done is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import seeds
from site_client import Browser
from web_server import Site

from aipromote.db.database import Database
from standbys import Standby, standing


@pytest.fixture
def mirrored(site: Site, owner_url: str) -> Iterator[Standby]:
    """The site with a replica."""
    with standing(owner_url) as standby:
        site.app.state.database.replica = standby.reader(60.0)
        yield standby
        site.app.state.database.replica = None


async def test_letters_are_read_from_the_replica_and_ones_own_click_from_the_primary(
    site: Site, browser: Browser, database: Database, mirrored: Standby
) -> None:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    ages = {cookie.key: cookie["max-age"] for cookie in browser.http.cookie_jar}
    assert ages["aipromote_wrote"] == "62"
    await mirrored.caught_up()
    with site.statements() as asked:
        assert (await browser.open("/summaries")).status == 200
    assert any("weekly_summaries" in one for one in asked), "right after the form the primary is asked"
    browser.http.cookie_jar.clear(lambda cookie: cookie.key == "aipromote_wrote")
    with site.statements() as asked:
        assert (await browser.open("/summaries")).status == 200
    assert not any("weekly_summaries" in one for one in asked), "the replica was to be asked"
    assert any("sessions" in one for one in asked), "who it is, the primary must say"
    mirrored.stop()
    with site.statements() as asked:
        assert (await browser.open("/summaries")).status == 200
    assert any("weekly_summaries" in one for one in asked)
