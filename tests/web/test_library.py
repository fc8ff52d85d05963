"""The library is narrowed down by its address, goes on where it ended, and does one thing with many posts."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from uuid import UUID

import pytest
import seeds
from site_client import Browser, Seen

from aipromote import clock
from aipromote.content import queries
from aipromote.content.models import ContentPiece, Pillar, Revision, Series
from aipromote.content.states import ContentStatus
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform

ROW = re.compile(r'name="piece" value="([0-9a-f-]{36}):(\d+)"')


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def add(database: Database, made: seeds.Seeded, body: str, **columns: object) -> ContentPiece:
    """A piece with its first revision."""
    values: dict[str, object] = {"platform": Platform.TWITTER, "status": ContentStatus.DRAFT, **columns}
    async with database.transaction(made.organization_id) as session:
        piece = ContentPiece(organization_id=made.organization_id, body=body, **values)
        session.add(piece)
        await session.flush()
        session.add(
            Revision(organization_id=made.organization_id, piece_id=piece.id, number=1, body=body, author="Ada")
        )
    return piece


async def now(database: Database, made: seeds.Seeded, piece_id: UUID) -> ContentPiece:
    async with database.transaction(made.organization_id) as session:
        return await queries.piece(session, organization_id=made.organization_id, piece_id=piece_id)


def link(page: Seen, words: str) -> str:
    (address,) = re.findall(rf'href="([^"]+)"(?: [a-z-]+(?:="[^"]*")?)*>{words}<', page.text)
    return html.unescape(address)


async def test_each_filter_shows_what_it_says_and_they_combine(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    key, today = seeded.organization_id, clock.now().date()
    async with database.transaction(key) as session:
        pillar = Pillar(organization_id=key, name="Crust & crumb")
        series = Series(organization_id=key, name="Rye week", platform=Platform.LINKEDIN, cadence="Mon")
        session.add_all([pillar, series])
        await session.flush()
    far = {"planned_for": today + timedelta(days=40)}
    await add(database, seeded, "Alpha", platform=Platform.LINKEDIN, **far)
    await add(database, seeded, "Beta", pillar_id=pillar.id, platform=Platform.LINKEDIN, **far)
    await add(database, seeded, "Gamma", series_id=series.id, sequence_no=2, **far)
    await add(database, seeded, "Delta", generated_by="offline-writer/2", **far)
    await add(database, seeded, "Epsilon", planned_for=today - timedelta(days=40))
    await add(database, seeded, "Zeta")
    names = {"Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta"}
    shown = {
        "network=linkedin": {"Alpha", "Beta"},
        f"pillar={pillar.id}": {"Beta"},
        f"series={series.id}": {"Gamma"},
        "author=offline-writer/2": {"Delta"},
        "author=person": names - {"Delta"},
        "planned=past": {"Epsilon"},
        "planned=undated": {"Zeta"},
        f"since={today}&until={today + timedelta(days=60)}": {"Alpha", "Beta", "Gamma", "Delta"},
        f"network=linkedin&pillar={pillar.id}&status=draft": {"Beta"},
        "network=linkedin&status=published": set(),
        "q=alpha&network=linkedin": {"Alpha"},
        "q=alpha&network=twitter": set(),
    }
    for query, expected in shown.items():
        seen = await browser.open(f"/content?{query}")
        listed = seen.text.partition('id="pieces"')[2]
        assert {name for name in names if f">{name}<" in listed} == expected, query
    seen = await browser.open(f"/content?network=linkedin&pillar={pillar.id}")
    assert "Pillar: Crust & crumb" in seen.words
    without = re.findall(r'class="chip-filter" href="([^"]+)"', seen.text)
    assert [html.unescape(one) for one in without] == [f"/content?pillar={pillar.id}", "/content?network=linkedin"]
    assert "Rye week, part 2" in (await browser.open(f"/content?series={series.id}")).words


async def test_an_address_that_cannot_be_meant_is_refused_in_words(browser: Browser, seeded: seeds.Seeded) -> None:
    for query in (
        "status=x",
        "network=x",
        "pillar=x",
        "series=x",
        "planned=x",
        "since=x",
        "until=2026-02-30",
        "cursor=x",
    ):
        assert (await browser.open(f"/content?{query}")).status in {400, 422}, query
    assert (await browser.open(f"/content?pillar={seeded.piece.id}")).status == 200
    assert "No post is like this" in (await browser.open("/content?q=%3Cb%3E%27%22")).words
    seen = await browser.open("/content?status=&network=linkedin&q=")
    assert seen.url.endswith("/content?network=linkedin")


async def test_more_is_loaded_where_the_list_ended_with_the_same_filters(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    async with database.transaction(seeded.organization_id) as session:
        session.add_all(
            ContentPiece(organization_id=seeded.organization_id, platform=Platform.LINKEDIN, body=f"Oats {number:02}")
            for number in range(40)
        )
    for query in ("network=linkedin", "network=linkedin&q=oat"):
        first = await browser.open(f"/content?{query}")
        second = await browser.open(link(first, "Load more"))
        assert ">Load more<" not in second.text
        assert len(ROW.findall(first.text)) == 30
        assert len({key for key, _ in ROW.findall(first.text + second.text)}) == 40
        assert link(second, "Back to the beginning") == f"/content?{query}"


async def test_many_are_approved_and_what_is_held_back_is_said_with_its_reason(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    day = clock.now().date() + timedelta(days=3)
    draft = await add(database, seeded, "Only a draft", planned_for=day)
    waiting = await add(database, seeded, "Clear", planned_for=day, status=ContentStatus.PENDING_REVIEW)
    await browser.open("/content?network=twitter")
    chosen = [("piece", f"{one.id}:1") for one in (draft, waiting)]
    form = [("csrf", browser.token), ("act", "approve"), ("kept", "network=twitter"), *chosen]
    seen = await browser.send("/content/chosen", form)
    assert seen.url.endswith("/content?network=twitter")
    assert "1 post is approved and scheduled. 1 is held back:" in seen.words
    assert "Only a draft: This piece is draft" in seen.words
    assert (await now(database, seeded, waiting.id)).status is ContentStatus.SCHEDULED
    assert (await now(database, seeded, draft.id)).status is ContentStatus.DRAFT


async def test_a_text_that_changed_after_it_was_shown_is_not_approved(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    await browser.open("/content")
    await browser.send(f"/pieces/{seeded.piece.id}", {"body": "Another text.", "based_on": 1})
    seen = await browser.send("/content/chosen", {"act": "approve", "piece": f"{seeded.piece.id}:1"})
    assert "changed after you opened the page" in seen.words
    assert (await now(database, seeded, seeded.piece.id)).status is ContentStatus.PENDING_REVIEW


async def test_drafts_are_sent_to_review_archived_and_taken_out_again(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    drafts = [await add(database, seeded, f"Draft {number}") for number in range(2)]
    async with database.transaction(seeded.organization_id) as session:
        pillar = Pillar(organization_id=seeded.organization_id, name="Crust")
        session.add(pillar)
    await browser.open("/content")
    chosen = [("piece", f"{one.id}:1") for one in drafts]

    async def act(*more: tuple[str, str]) -> Seen:
        return await browser.send("/content/chosen", [("csrf", browser.token), *more, *chosen])

    assert "2 posts wait for a review." in (await act(("act", "submit"))).words
    assert "2 posts are under another pillar now." in (await act(("act", "pillar"), ("pillar", str(pillar.id)))).words
    assert (await now(database, seeded, drafts[0].id)).pillar_id == pillar.id
    assert "2 posts are archived." in (await act(("act", "archive"))).words
    chosen = [*chosen, ("piece", f"{seeded.piece.id}:1")]
    seen = await act(("act", "restore"))
    assert "2 posts are out of the archive" in seen.words
    assert "1 is held back: Rye <b>keeps</b> for a week.: This piece is pending review" in seen.words
    assert {(await now(database, seeded, one.id)).status for one in drafts} == {ContentStatus.PENDING_REVIEW}


async def test_a_button_in_a_row_changes_that_post_alone_whatever_is_ticked(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    other = await add(database, seeded, "Other")
    seen = await browser.open("/content")
    assert f'value="submit:{other.id}:1"' in seen.text
    fields = {"only": f"archive:{other.id}:1", "piece": f"{seeded.piece.id}:1"}
    assert "1 post is archived." in (await browser.send("/content/chosen", fields)).words
    assert (await now(database, seeded, seeded.piece.id)).status is ContentStatus.PENDING_REVIEW


async def test_nothing_chosen_nonsense_and_strange_addresses_do_no_harm(
    browser: Browser, second_browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    await browser.open("/content")
    assert "Nothing was chosen." in (await browser.send("/content/chosen", {"act": "archive"})).words
    seen = await browser.send("/content/chosen", {"act": "archive", "kept": "//evil.example/?q=rye&x=1"})
    assert seen.url.startswith(f"{browser.address}/content")
    one = {"piece": f"{seeded.piece.id}:1"}
    assert (await browser.send("/content/chosen", one | {"act": "explode"})).status == 422
    assert (await browser.send("/content/chosen", one | {"act": "pillar"})).status == 422
    assert (await browser.send("/content/chosen", {"piece": "x", "act": "archive"})).status == 422
    await seeds.startup(database, email="eve@other.example", name="Other")
    await second_browser.sign_in("eve@other.example", seeds.PASSWORD)
    await second_browser.open("/content")
    assert (await second_browser.send("/content/chosen", one | {"act": "archive"})).status == 404
    assert (await now(database, seeded, seeded.piece.id)).status is ContentStatus.PENDING_REVIEW


async def test_all_that_are_shown_are_ticked_without_a_script(browser: Browser, seeded: seeds.Seeded) -> None:
    seen = await browser.open("/content")
    assert " checked" not in seen.text.partition('id="pieces"')[2]
    seen = await browser.open(link(seen, "Choose all shown"))
    assert len(re.findall(r'name="piece" value="[^"]+" checked', seen.text)) == len(ROW.findall(seen.text))
