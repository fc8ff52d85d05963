"""How the product itself is doing, as an administrator of the instance sees it, and nobody else."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from datetime import timedelta

import operators
import pytest
import seeds
from fastapi.routing import iter_route_contexts
from site_client import Browser
from sqlalchemy import update
from web_server import Site

from aipromote import clock
from aipromote.accounts.models import User
from aipromote.accounts.states import UserRole
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.jobs.carrier import Carrier
from aipromote.monitoring import actions
from aipromote.monitoring.looking import Lookout
from aipromote.monitoring.models import Incident
from aipromote.publishing.states import PostStatus
from factories import analytics


@pytest.fixture(params=["refuses", "is silent"])
async def _away(site: Site, request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """The site's Redis is one that refuses every connection, or takes it and never says a word."""
    silent = socket.create_server(("127.0.0.1", 0))  # the kernel takes connections, and nobody reads them
    port = 1 if request.param == "refuses" else silent.getsockname()[1]
    state = site.app.state
    known = (state.carrier, state.lookout)
    state.carrier = Carrier(f"redis://127.0.0.1:{port}/0", prefix="away")
    state.lookout = Lookout(known[1].database, state.carrier, config=known[1].config)
    yield
    away, state.carrier, state.lookout = state.carrier, *known
    await away.close()
    silent.close()


def acts(site: Site) -> list[str]:
    """Every address of these pages that does something to the queues."""
    routes = iter_route_contexts(site.app.routes)
    paths = [route.path for route in routes if "POST" in (route.methods or ())]
    return sorted(path.format(queue="email") for path in paths if path.startswith("/operations/queues"))


async def test_somebody_who_is_not_signed_in_is_led_to_where_one_signs_in(browser: Browser) -> None:
    for path in operators.PAGES:
        seen = await browser.open(path, follow=False)
        assert (seen.status, seen.headers["location"].partition("?")[0]) == (303, "/sign-in"), path


async def test_the_owner_of_an_organization_who_is_no_administrator_does_not_learn_of_the_pages(
    site: Site, browser: Browser, database: Database
) -> None:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    assert "/operations" not in (await browser.open("/this-week")).text
    for path in operators.PAGES:
        assert (await browser.open(path)).status == 404, path
    assert len(acts(site)) == 6
    await browser.open("/channels")
    for path in (*acts(site), "/operations/apps/x", "/operations/apps/x/remove"):
        assert (await browser.send(path, {"job": "x", "seen": "1"})).status == 404, path


async def test_an_administrator_who_is_a_member_finds_them_in_the_rail_and_reads_local_time(
    browser: Browser, database: Database
) -> None:
    made = await seeds.startup(database)
    async with database.transaction() as session:
        await session.execute(update(User).where(User.email == made.email).values(role=UserRole.ADMIN))
    await browser.sign_in(made.email, seeds.PASSWORD)
    assert 'href="/operations"' in (await browser.open("/settings")).text
    seen = await browser.open("/operations")
    zone = made.startup.organization.time_zone.rpartition("/")[2].replace("_", " ")
    assert f" {zone} " in seen.words
    assert 'href="/this-week"' in seen.text


async def test_an_administrator_without_an_organization_finds_them_too(administrator: Browser) -> None:
    assert 'href="/operations"' in (await administrator.open("/settings")).text
    for path in operators.PAGES:
        seen = await administrator.open(path)
        assert seen.status == 200, path
        assert " UTC " in seen.words
        assert 'href="/this-week"' not in seen.text


async def test_each_page_has_the_headers_and_no_script_or_style_inside(administrator: Browser) -> None:
    for path in operators.PAGES:
        seen = await administrator.open(path)
        assert "unsafe-inline" not in seen.headers["content-security-policy"]
        assert " style=" not in seen.text, path
        assert "<script>" not in seen.text, path
        assert "onclick" not in seen.text, path
        assert "<h1>" in seen.text, path


async def test_the_first_sentence_says_what_is_wrong_what_is_safe_and_what_to_do(administrator: Browser) -> None:
    seen = await administrator.open("/operations")
    assert "No worker is running, so that nothing is published. Seen just now." in seen.words
    assert "Nothing is lost: posts wait in PostgreSQL" in seen.words
    assert "What to do: Start one: aipromote up" in seen.words
    assert "<code>aipromote up</code>" in seen.text
    assert "Everything works" not in seen.words
    truth = seen.text.partition('id="truth"')[2].partition("</section>")[0]
    assert truth.count("What to do:") == 1  # of what only follows from it, nothing is said


async def test_the_first_sentence_says_that_everything_works_when_it_does(
    administrator: Browser, carried: Carrier
) -> None:
    await operators.beat(carried)
    await operators.beat(carried, role="stager")
    seen = await administrator.open("/operations")
    assert "Everything works." in seen.words
    assert "Wrong" not in seen.words
    assert "1 worker alive. It is not paused." in seen.words


async def test_incidents_are_told_with_their_times_and_how_long_they_lasted(
    administrator: Browser, database: Database
) -> None:
    since = clock.real_now() - timedelta(hours=3)
    async with database.transaction() as session:
        await actions.open_incident(session, ("workers", ""), "No worker <i>runs</i>.\nNothing is lost.", since=since)
        await actions.open_incident(session, ("redis", ""), "Redis does not answer.", since=since)
        over = update(Incident).where(Incident.kind == "redis")
        await session.execute(over.values(closed_at=since + timedelta(hours=2)))
    seen = await administrator.open("/operations")
    assert "No worker <i>runs</i>. Since" in seen.words
    assert "<i>runs" not in seen.text
    assert "for 3 hours" in seen.words
    assert "Over Redis does not answer." in seen.words
    assert "lasted 2 hours" in seen.words
    assert "Nobody was told yet." in seen.words


async def test_what_is_well_again_is_not_called_wrong(
    administrator: Browser, database: Database, carried: Carrier
) -> None:
    await operators.beat(carried)
    await operators.beat(carried, role="stager")
    async with database.transaction() as session:
        since = clock.real_now() - timedelta(minutes=3)
        await actions.open_incident(session, ("workers", ""), "No worker is running.", since=since)
    seen = await administrator.open("/operations")
    assert "Everything works." in seen.words
    assert "Ending No worker is running." in seen.words
    assert "it is well again" in seen.words


@pytest.mark.usefixtures("_away")
async def test_without_redis_every_page_comes_and_says_so(administrator: Browser) -> None:
    for path in operators.PAGES:
        seen = await administrator.open(path)
        assert seen.status == 200, path
        if path != "/operations/periodic":  # which needs none
            assert "Redis does not answer." in seen.words, path
    overview = await administrator.open("/operations")
    assert "Nothing is late. The rest is not known while Redis does not answer." in overview.words
    assert "PostgreSQL answers." in overview.words
    assert "Pause" not in (await administrator.open("/operations/queues")).words


@pytest.mark.usefixtures("_away")
async def test_without_redis_an_act_says_that_nothing_was_done(site: Site, administrator: Browser) -> None:
    await administrator.open("/operations")
    for path in acts(site):
        seen = await administrator.send(path, {"job": "x", "seen": "1"})
        assert seen.status == 503, path
        assert "Redis does not answer" in seen.words, path
        assert "127.0.0.1" not in seen.words, path


async def test_rows_that_are_late_are_counted_in_postgresql(administrator: Browser, database: Database) -> None:
    made = await seeds.startup(database)
    two_hours_ago = clock.now() - timedelta(hours=2)
    async with database.transaction(made.organization_id) as session:
        account = await analytics.account(session, made.organization_id, platform=Platform.LINKEDIN, handle="@late")
        await analytics.post(session, account, at=two_hours_ago, text="Late.", status=PostStatus.SCHEDULED)
    assert "1, for 2 hours" in (await administrator.open("/operations/queues")).words


async def test_periodic_tasks_are_listed_although_none_has_run(site: Site, administrator: Browser) -> None:
    seen = await administrator.open("/operations/periodic")
    for task in site.app.state.periodic:
        assert f"{task.name} Not yet run" in seen.words
