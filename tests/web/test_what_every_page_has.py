"""What every page has, whoever asks."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import aiohttp
import asyncpg
import pytest
import seeds
from fastapi.routing import iter_route_contexts
from site_client import Browser
from web_server import Site

from aipromote import clock
from aipromote.coach.models import WeeklySummary
from aipromote.db.database import Database
from aipromote.publishing.states import PostStatus
from factories import analytics
from factories.tenants import KEYS

UNOPENED = {
    "for programs, or a file": (
        "/health", "/health/database", "/health/queues", "/health/redis", "/ready", "/metrics", "/session",
        "/calendar/feed/{token}.ics", "/calendar/judge", "/pieces/{piece_id}/state", "/media/{token}",
        "/audit/download", "/results/posts.csv", "/files/{asset_id}/picture",
        "/pieces/{piece_id}/pictures/{asset_id}", "/review/{token}/pieces/{piece_id}/pictures/{asset_id}",
        "/account/security/app/qr.svg", "/strategy/brief.yaml", "/start/{draft_id}/brief.yaml",
        "/settings/profile/brief.yaml", "/start/example.yaml",
    ),
    "leads to another page": ("/", "/channels/callback", "/posts/{post_id}", "/sign-in/{provider}/callback"),
    "opened by a letter's link": (
        "/enter/{token}", "/join/{token}", "/reset/{token}", "/verify/{token}", "/review/{token}",
    ),
    "asks for two versions": ("/strategy/compare",),
    "stands for a while only": (
        "/setup", "/sign-in/second", "/account/security/app", "/progress/{request_id}", "/start/{draft_id}/{step}",
        "/start/{draft_id}/found", "/summaries/{week}",
    ),
    "the administrator's": (
        "/operations", "/operations/apps", "/operations/periodic", "/operations/queues",
        "/operations/queues/{queue}/failed",
    ),
}  # fmt: skip
"""Addresses that answer this person with no page, by the reason."""
SAME_PAGES = (
    "/calendar?view=week", "/calendar?view=month", "/calendar?view=list", "/content?status=published",
    "/content?q=bread", "/results?simulated=yes", "/results/posts?simulated=yes", "/go?q=rye",
)  # fmt: skip
"""Pages that ask for something else by what stands behind the question mark."""
MORE = {"/this-week": 13, "/calendar": 13, "/calendar?view=week": 13, "/calendar?view=list": 13}
"""Where posts wait, these send one statement too many: no other page may, and none of these may send more."""
_HEADERS = ("content-security-policy", "x-content-type-options", "referrer-policy", "x-request-id", "x-frame-options")


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    """Somebody signed in, with something on every page."""
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


def pages(site: Site, made: seeds.Seeded, own: dict[str, str] | None = None) -> dict[str, str]:
    """Every address that can be opened, with keys of this organization, and what it looks like without them.

    `own` are keys of its rows by their names.
    """
    keys = {
        "piece_id": made.piece.id,
        "asset_id": made.piece.id,
        "strategy_id": made.strategy.id,
        "version": made.strategy.version,
        "week": "2026-11-16",
        "request_id": made.piece.id,
        "post_id": made.failed.id,
        "token": "unknown",
        "queue": "email",
        "draft_id": made.piece.id,
        "step": "basics",
        "series_id": made.piece.id,
        "feed_id": made.piece.id,
        "choice_id": made.piece.id,
        "account_id": made.piece.id,
        "provider": "google",
        "key_id": made.piece.id,
        "link_id": made.piece.id,
        "comment_id": made.piece.id,
        "part": "audience",
    } | (own or {})
    routes = iter_route_contexts(site.app.routes)
    return {
        route.path.format(**keys): route.path
        for route in sorted(routes, key=lambda one: one.path)
        if "GET" in (route.methods or ())
    }


async def _keys(owner: asyncpg.Connection, organization: UUID) -> dict[str, str]:
    """Keys of rows that this organization has, for the parts of addresses that are not made with the rest."""
    names = ("asset_id", "series_id", "feed_id", "choice_id", "account_id", "key_id")
    sql = "SELECT id::text FROM {} WHERE organization_id = $1 LIMIT 1"
    return {name: await owner.fetchval(sql.format(KEYS[name]), organization) for name in names}


async def _in_full_swing(database: Database, made: seeds.Seeded) -> None:
    """A post that waits for its time, and last week's letter, which pages tell of."""
    monday = clock.now().date() - timedelta(days=7 + clock.now().weekday())
    mine = {"organization_id": made.organization_id}
    async with database.transaction(made.organization_id) as session:
        account = await analytics.account(session, made.organization_id, handle="@waits")
        at = clock.now() + timedelta(hours=9)
        await analytics.post(session, account, at=at, text="Rye tomorrow.", status=PostStatus.SCHEDULED)
        session.add(
            WeeklySummary(
                **mine,
                week_start=monday,
                week_end=monday + timedelta(days=6),
                report_md="Bread.",
                recommendations=[],
                key_insights=[],
                total_posts=1,
            )
        )


async def test_every_page_answers_with_the_headers_and_without_breaking(
    site: Site, browser: Browser, seeded: seeds.Seeded
) -> None:
    walked = pages(site, seeded)
    assert len(walked) > 12
    for path in walked:
        seen = await browser.open(path)
        assert seen.status < 500 or path == "/health/queues", path
        assert all(header in seen.headers for header in _HEADERS), path
        assert "unsafe-inline" not in seen.headers["content-security-policy"]
        assert " style=" not in seen.text, path
        assert "<script>" not in seen.text, path


async def test_every_page_answers_in_german_as_well(site: Site, browser: Browser, seeded: seeds.Seeded) -> None:
    await browser.open("/this-week")
    await browser.send("/language", {"language": "de", "back": "/this-week"})
    for path in pages(site, seeded):
        seen = await browser.open(path)
        assert seen.status < 500 or path == "/health/queues", path
        if "text/html" in seen.headers["content-type"] and "content-language" in seen.headers:
            assert '<html lang="de"' in seen.text, path
            assert "%(" not in seen.words, path


async def test_no_page_asks_the_database_more_than_twelve_times(
    site: Site, browser: Browser, seeded: seeds.Seeded, database: Database, owner: asyncpg.Connection
) -> None:
    await seeds.feed_and_series(database, seeded)
    await _in_full_swing(database, seeded)
    named = pages(site, seeded, await _keys(owner, seeded.organization_id))
    also = (f"/pieces/{seeded.published.content_piece_id}", f"/strategy/{seeded.strategy.id}/changes", *SAME_PAGES)
    unopened, too_many = set(), {}
    for path in (*named, *also):
        with site.statements() as seen:
            answer = await browser.open(path, follow=False)
        if len(seen) > MORE.get(path, 12):
            too_many[path] = seen
        if answer.status != 200 or not answer.headers["content-type"].startswith("text/html"):
            unopened.add(named.get(path, path))
    assert not too_many, {path: len(seen) for path, seen in too_many.items()}
    excused = {path for paths in UNOPENED.values() for path in paths}
    strange = {path for path in unopened - excused if not path.startswith("/api/")}
    assert not strange, (
        f"not opened, so not counted; give them the keys of rows, or say why they are no pages: {strange}"
    )


async def test_a_text_cannot_put_markup_into_a_page(browser: Browser, seeded: seeds.Seeded) -> None:
    seen = await browser.open(f"/pieces/{seeded.piece.id}")
    assert "<b>keeps" not in seen.text
    assert "&lt;b&gt;keeps" in seen.text


async def test_a_form_without_its_token_is_refused(browser: Browser, seeded: seeds.Seeded) -> None:
    await browser.open(f"/pieces/{seeded.piece.id}")
    seen = await browser.send(f"/pieces/{seeded.piece.id}/archive", {"csrf": "made-up"})
    assert seen.status == 403
    assert "no longer valid" in seen.words


async def test_a_form_from_another_site_is_refused(browser: Browser, seeded: seeds.Seeded) -> None:
    await browser.open(f"/pieces/{seeded.piece.id}")
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        seen = await browser.send(f"/pieces/{seeded.piece.id}/archive", headers=headers)
        assert seen.status == 403
        await browser.open(f"/pieces/{seeded.piece.id}")


async def test_another_organizations_piece_is_not_found(
    browser: Browser, second_browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    await seeds.startup(database, email="eve@other.example", name="Other")
    await second_browser.sign_in("eve@other.example", seeds.PASSWORD)
    assert (await second_browser.open(f"/pieces/{seeded.piece.id}")).status == 404
    second_browser.http.cookie_jar.update_cookies({"aipromote_organization": str(seeded.organization_id)})
    assert (await second_browser.open(f"/pieces/{seeded.piece.id}")).status == 404
    await second_browser.open("/this-week")
    assert (await second_browser.send("/switch", {"organization": str(seeded.organization_id)})).status == 404


async def test_a_strange_host_name_is_refused(browser: Browser) -> None:
    seen = await browser.open("/health", headers={"Host": "evil.example"})
    assert seen.status == 421


async def test_too_large_a_form_is_refused_before_it_is_read(browser: Browser, seeded: seeds.Seeded) -> None:
    await browser.open("/start")
    seen = await browser.send("/start", {"text": "x" * 400_000})
    assert seen.status == 413


async def test_an_unknown_address_says_so_in_words(browser: Browser, seeded: seeds.Seeded) -> None:
    seen = await browser.open("/no-such-page")
    assert seen.status == 404
    assert "There is nothing here" in seen.words


async def test_an_unexpected_failure_tells_no_detail(site: Site, browser: Browser, seeded: seeds.Seeded) -> None:
    vitals, site.app.state.vitals = site.app.state.vitals, None
    try:
        seen = await browser.open("/ready")
    finally:
        site.app.state.vitals = vitals
    assert seen.status == 500
    assert "NoneType" not in seen.text
    assert seen.headers["x-request-id"] in seen.words
    assert "content-security-policy" in seen.headers


async def test_health_needs_no_sign_in_and_readiness_says_why_not(browser: Browser, database: Database) -> None:
    async with aiohttp.ClientSession() as stranger:
        async with stranger.get(browser.address + "/health") as answer:
            assert (await answer.json())["status"] == "alive"
        async with stranger.get(browser.address + "/ready") as answer:
            assert (answer.status, await answer.json()) == (200, {"status": "ready", "reasons": []})
        async with stranger.get(browser.address + "/health/queues") as answer:
            told = await answer.json()
            assert answer.status == 503  # no worker runs in this test
            assert told["status"] == "red"
            assert told["reasons"][0] == "No worker is running, so that nothing is published."
            assert {queue["name"] for queue in told["queues"]} >= {"publishing", "analytics", "email"}


async def test_notifications_lead_to_the_page_of_the_post(browser: Browser, seeded: seeds.Seeded) -> None:
    seen = await browser.open(f"/posts/{seeded.failed.id}")
    assert seen.url.endswith(f"/pieces/{seeded.failed.content_piece_id}")
    assert (seen.status, "The network said no." in seen.words) == (200, True)
    assert (await browser.open("/channels")).status == 200


async def test_a_notification_for_somebody_else_leads_nowhere(
    second_browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    await seeds.startup(database, email="eve@other.example", name="Other")
    await second_browser.sign_in("eve@other.example", seeds.PASSWORD)
    assert (await second_browser.open(f"/posts/{seeded.failed.id}")).status == 404


@pytest.mark.parametrize("week", ["9999-12-31", "0001-01-01", "yesterday"])
async def test_a_week_that_has_no_neighbours_is_no_failure_of_ours(
    browser: Browser, seeded: seeds.Seeded, week: str
) -> None:
    assert (await browser.open(f"/calendar?week={week}")).status == 422


async def test_a_character_that_cannot_be_stored_is_refused_in_words(browser: Browser, seeded: seeds.Seeded) -> None:
    await browser.open(f"/pieces/{seeded.piece.id}")
    seen = await browser.send(f"/pieces/{seeded.piece.id}", {"body": "Rye\0 keeps.", "based_on": 1})
    assert seen.status == 422
    assert "a character" in seen.words


async def test_the_form_for_another_server_keeps_its_address(browser: Browser, seeded: seeds.Seeded) -> None:
    await browser.open("/channels")
    fields = {"ask-identifier": "ada", "ask-password": "not it", "server": "ftp://pds.kornblume.example"}
    seen = await browser.send("/channels/connect/bluesky", fields)
    assert seen.status >= 400
    assert 'value="ftp://pds.kornblume.example"' in seen.text
