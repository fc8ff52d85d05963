"""Numbers, times and signs that the database or the computer cannot count are refused in words, never with a fault."""

from __future__ import annotations

import pytest
import seeds
from site_client import Browser
from sqlalchemy import update

from aipromote.db.database import Database
from aipromote.organizations.models import Organization

_HUGE = 10**12


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    """Somebody signed in."""
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def test_a_revision_that_no_column_holds_is_refused(browser: Browser, seeded: seeds.Seeded) -> None:
    piece = f"/pieces/{seeded.piece.id}"
    await browser.open(piece)
    for path, form in {
        f"{piece}/comments": {"revision": _HUGE, "said": "Hm."},
        f"{piece}/approve": {"revision": _HUGE},
        f"{piece}/ask-changes": {"revision": _HUGE, "note": "No."},
        piece: {"body": "Rye.", "based_on": _HUGE},
        f"{piece}/revisions/{_HUGE}/restore": {"based_on": 1},
    }.items():
        assert (path, (await browser.send(path, form)).status) == (path, 422)


async def test_a_reviewer_with_a_link_cannot_send_such_a_revision_either(
    browser: Browser, second_browser: Browser, seeded: seeds.Seeded
) -> None:
    await browser.open(f"/review-links/new?piece={seeded.piece.id}")
    form = {"reviewer": "Lea", "days": "7", "may_approve": "true", "chosen": str(seeded.piece.id)}
    seen = await browser.send("/review-links/new", form)
    address = "/review/" + seen.text.partition("/review/")[2].partition("<")[0]
    await second_browser.open(address)
    place = f"{address}/pieces/{seeded.piece.id}"
    for path, given in {"comment": {"said": "Hm."}, "approve": {}, "ask-changes": {"note": "No."}}.items():
        seen = await second_browser.send(f"{place}/{path}", {"revision": _HUGE, **given})
        assert (path, seen.status) == (path, 422)


async def test_a_search_for_a_sign_that_no_name_has_finds_files_all_the_same(
    browser: Browser, seeded: seeds.Seeded
) -> None:
    assert seeded.piece
    for query in ("%00", "logo%00"):
        assert (await browser.open(f"/files?q={query}")).status == 200


@pytest.mark.parametrize(
    ("zone", "local"), [("Pacific/Kiritimati", "0001-01-01T00:00"), ("America/Los_Angeles", "9999-12-31T23:59")]
)
async def test_a_time_at_the_end_of_all_years_is_refused(
    browser: Browser, database: Database, seeded: seeds.Seeded, zone: str, local: str
) -> None:
    async with database.transaction(seeded.organization_id) as session:
        await session.execute(update(Organization).values(time_zone=zone))
    piece, post = f"/pieces/{seeded.piece.id}", f"post-{seeded.failed.id}"
    await browser.open("/calendar")
    assert (await browser.open(f"/calendar/judge?key={post}&local={local}")).status == 422
    for key in (post, f"piece-{seeded.piece.id}"):
        seen = await browser.send(
            "/calendar/move", {"key": key, "local": local}, headers={"Accept": "application/json"}
        )
        assert (key, seen.status) == (key, 422)
    for sign in ("+14:00", "-12:00"):
        many = {"act": "move", "days": "366", "post": f"{seeded.failed.id}|{local}{sign}"}
        assert "That is no time of this calendar" in (await browser.send("/calendar/many", many)).words
    seen = await browser.send(f"{piece}/approve", {"revision": 1, "local": local})
    assert "Not approved. That is no time of this calendar" in seen.words
    assert (await browser.send(f"{piece}/posts/{seeded.failed.id}/move", {"local": local})).status == 422
