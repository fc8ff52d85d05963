"""What a founder does with versions: edits one, sees what differs, takes some of it, goes back, plans anew."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
import seeds
from site_client import Browser, Seen

from aipromote import clock
from aipromote.accounts import actions as accounts
from aipromote.content import actions as content
from aipromote.content.places import places
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.documents.strategy import StrategyDocument
from aipromote.organizations.models import Membership
from aipromote.organizations.states import Role
from aipromote.strategy import queries
from aipromote.strategy.models import AIStrategy
from aipromote.strategy.states import StrategyStatus
from factories import strategy as plans
from factories.content import post_draft

_NASTY = "<script>alert('rye')</script> & bread"


def _another() -> StrategyDocument:
    values = plans.document().model_dump()
    values["positioning"]["brief"] = _NASTY
    values["content_pillars"][0]["share"], values["content_pillars"][1]["share"] = 40, 40
    return StrategyDocument.model_validate(values)


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def _versions(database: Database, seeded: seeds.Seeded) -> dict[int, AIStrategy]:
    async with database.transaction(seeded.organization_id) as session:
        return {row.version: row for row in await queries.versions(session, organization_id=seeded.organization_id)}


def _fields(page: Seen) -> dict[str, str]:
    """What a browser would send of the form of the page, as it came."""
    form = page.text[page.text.index('class="stack loose"') :]
    found = dict(re.findall(r'<input type="(?:text|hidden|number|date)" name="([^"]+)" value="([^"]*)"', form))
    found |= dict(re.findall(r'<textarea name="([^"]+)"[^>]*>([^<]*)</textarea>', form))
    for name, options in re.findall(r'<select name="([^"]+)">(.*?)</select>', form):
        found[name] = re.findall(r'value="([^"]+)" selected', options)[0]
    found |= dict(re.findall(r'<input type="hidden" name="(seen|since)" value="([^"]*)"', page.text))
    return {unescape(name): unescape(value) for name, value in found.items() if name != "csrf"}


async def test_some_changes_of_a_proposal_become_the_plan(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    row = await plans.proposed(database, seeded.startup, plan=_another())
    page = await browser.open(f"/strategy/{row.id}/changes")
    assert "3 changes of version 1, which is active" in page.words
    assert "These go together: the shares of the pillars have to add up to 100 %" in page.words
    assert "<script>alert" not in page.text
    keys = re.findall(r'name="change-(\w+)" value="ACCEPTED"', page.text)
    base = (await _versions(database, seeded))[1]
    page_url, about = f"/strategy/{row.id}/changes", {"base": str(base.id)}
    saved = await browser.send(page_url, about | {"act": "save", f"change-{keys[0]}": "REJECTED"})
    assert "Saved. 1 still to decide on." in saved.words
    assert "Rejected by Ada Brot" in saved.words
    early = await browser.send(page_url, about | {"act": "conclude"})
    assert early.status == 409
    assert "1 change is not decided on yet" in early.words
    await browser.send(page_url, about | {"act": "conclude", f"change-{keys[1]}": "ACCEPTED"})
    found = await _versions(database, seeded)
    assert {number: one.status for number, one in found.items()} == {1: "ARCHIVED", 2: "REJECTED", 3: "ACTIVE"}
    assert [pillar.share for pillar in found[3].content_pillars] == [40, 40, 20]
    assert found[3].positioning == found[1].positioning
    assert "what was accepted, decided by Ada Brot, from version 1" in (await browser.open("/strategy")).words


async def test_a_proposal_can_be_taken_or_left_with_one_click(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    for act, status in (("reject_all", StrategyStatus.REJECTED), ("accept_all", StrategyStatus.ACTIVE)):
        row = await plans.proposed(database, seeded.startup, plan=_another())
        base = (await _versions(database, seeded))[1]
        await browser.open(f"/strategy/{row.id}/changes")
        await browser.send(f"/strategy/{row.id}/changes", {"base": str(base.id), "act": act})
        assert (await _versions(database, seeded))[row.version].status is status


async def test_a_form_that_was_sent_as_it_came_changes_nothing(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    row = (await _versions(database, seeded))[1]
    for query in ("", f"?since={plans.START}"):
        page = await browser.open(f"/strategy/{row.id}/edit{query}")
        assert len(_fields(page)) > 15
        seen = await browser.send(f"/strategy/{row.id}/edit", _fields(page))
        assert "Nothing was changed." in seen.words
    assert list(await _versions(database, seeded)) == [1]


async def test_an_edit_shows_what_it_changes_and_waits_to_be_accepted(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    row = (await _versions(database, seeded))[1]
    fields = _fields(await browser.open(f"/strategy/{row.id}/edit"))
    fields["at:content_pillars[Bread].share"] = "60"
    fields["at:cadence.windows[TWITTER/0/0].hours"] = "08:00–09:30"
    page = await browser.send(f"/strategy/{row.id}/edit", fields)
    assert "Saved as version 2. It becomes the plan when it is accepted here." in page.words
    assert "removed: 09:00–12:00 end of what is removed (Berlin)" in page.words
    assert "new: 08:00–09:30 end of what is new (Berlin)" in page.words
    found = await _versions(database, seeded)
    assert (found[1].status, found[2].status) == ("ACTIVE", "PROPOSED")
    assert [pillar.share for pillar in found[2].content_pillars] == [60, 24, 16]


async def test_a_refused_edit_keeps_what_was_typed(browser: Browser, database: Database, seeded: seeds.Seeded) -> None:
    row = (await _versions(database, seeded))[1]
    fields = _fields(await browser.open(f"/strategy/{row.id}/edit"))
    typed = {"at:content_pillars[Bread].share": "110", "at:positioning.brief": _NASTY}
    page = await browser.send(f"/strategy/{row.id}/edit", fields | typed)
    assert page.status == 422
    assert "Nothing was saved; what you typed is below." in page.words
    assert 'value="110"' in page.text
    assert _fields(page)["at:positioning.brief"] == _NASTY
    stale = await browser.send(f"/strategy/{row.id}/edit", fields | {"seen": "0" * 16, "at:positioning.brief": "Rye."})
    assert stale.status == 409
    assert "was changed meanwhile. Nothing was saved" in stale.words
    assert list(await _versions(database, seeded)) == [1]


async def test_going_back_leads_to_what_it_means_for_posts(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    start = clock.now().date() + timedelta(days=1)
    first = await plans.active(database, seeded.startup, plan=plans.document(start=start))
    place = places(first.calendar_skeleton)[0]
    async with database.transaction(seeded.organization_id) as session:
        draft = post_draft(pillar=place.slot.pillar, theme=place.slot.theme)
        piece = await content.draft(
            session, organization_id=seeded.organization_id, strategy_id=first.id, slot_key=place.key, draft=draft,
            planned_for=place.slot.date,
        )  # fmt: skip
    other = (await _versions(database, seeded))[1]
    await browser.open("/strategy?version=1")
    missing = await browser.send(f"/strategy/{other.id}/rollback", {"reason": "  ", "active": "2"})
    assert missing.status == 422
    page = await browser.send(f"/strategy/{other.id}/rollback", {"reason": "It read better.", "active": "2"})
    assert page.url.endswith("/strategy/replan")
    assert "1 draft that nobody approved" in page.words
    assert "1 text of an earlier version has no place" in (await browser.open("/strategy")).words
    done = await browser.send("/strategy/replan", {"act": "chosen"})
    assert "archived." in done.words
    assert "Every text has its place in the plan" in (await browser.open("/strategy/replan")).words
    await browser.open(f"/pieces/{piece.id}")
    back = await browser.send(f"/pieces/{piece.id}/restore")
    assert "It is out of the archive" in back.words


async def test_who_may_not_decide_is_shown_and_refused(
    browser: Browser, database: Database, seeded: seeds.Seeded, second_browser: Browser
) -> None:
    row = await plans.proposed(database, seeded.startup, plan=_another())
    async with database.transaction() as session:
        user = await accounts.create_user(session, email="grace@kornblume.example", password=seeds.PASSWORD, name="G")
    await _join(database, seeded, user.id)
    await second_browser.sign_in("grace@kornblume.example", seeds.PASSWORD)
    page = await second_browser.open(f"/strategy/{row.id}/changes")
    assert "An administrator of Kornblume decides on this proposal." in page.words
    assert 'name="act"' not in page.text
    for path in (f"/strategy/{row.id}/edit", f"/strategy/{row.id}/rollback", "/strategy/replan"):
        refused = await second_browser.send(path, {"reason": "Mine."})
        assert refused.status == 403, path


async def _join(database: Database, seeded: seeds.Seeded, user_id: UUID) -> None:
    async with database.transaction(seeded.organization_id) as session:
        session.add(Membership(organization_id=seeded.organization_id, id=new_id(), user_id=user_id, role=Role.VIEWER))
