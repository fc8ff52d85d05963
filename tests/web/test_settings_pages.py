"""The pages under Settings: the overview, the profile and brand rules part by part, and the data."""

from __future__ import annotations

import re
from typing import Any

import pytest
import seeds
from site_client import Browser, Seen

from aipromote.accounts import queries as people
from aipromote.brand import queries as brand
from aipromote.brand.models import BrandRule
from aipromote.db.database import Database
from aipromote.organizations import queries as organizations
from aipromote.organizations.models import Membership, Organization
from aipromote.organizations.states import Role


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


def _seen_mark(page: Seen, action: str) -> str:
    """The mark that the form with this action carries."""
    form = page.text[page.text.index(f'action="{action}"') :]
    found = re.search(r'name="seen" value="(\w+)"', form)
    assert found is not None
    return found.group(1)


async def _kept(database: Database, made: seeds.Seeded) -> tuple[Organization, BrandRule]:
    async with database.transaction(made.organization_id) as session:
        rules = await brand.rules_row(session, organization_id=made.organization_id)
        return await organizations.organization(session, organization_id=made.organization_id), rules


async def test_the_overview_says_how_everything_stands(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    await seeds.feed_and_series(database, seeded)
    words = (await browser.open("/settings")).words
    assert "1 account connected" in words
    assert "1 fact" in words
    assert "1 person, 1 invited" in words
    assert "a person approves every post" in words


async def test_a_rule_is_saved_on_its_own_and_the_brief_follows(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    action = "/settings/brand/words"
    page = await browser.open("/settings/brand")
    fields = {
        "seen": _seen_mark(page, action),
        "brand.words_to_avoid": "cheap\r\n\r\nbargain",
    }
    assert "Saved." in (await browser.send(action, fields)).words
    organization, rules = await _kept(database, seeded)
    assert rules.forbidden_phrases == ["cheap", "bargain"]
    assert organization.brief.brand.words_to_avoid == ["cheap", "bargain"], "writers read the brief"
    assert organization.brief_version == seeded.startup.organization.brief_version + 1


async def test_two_people_may_save_two_rules_but_not_the_same_one_unseen(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    page = await browser.open("/settings/brand")
    words, claims = (_seen_mark(page, f"/settings/brand/{part}") for part in ("words", "claims"))
    await browser.send("/settings/brand/words", {"seen": words, "brand.words_to_avoid": "cheap"})
    other = await browser.send("/settings/brand/claims", {"seen": claims, "constraints.claims_to_avoid": "healthy"})
    assert "Saved." in other.words
    late = await browser.send("/settings/brand/words", {"seen": words, "brand.words_to_avoid": "pricey <b>"})
    assert late.status == 409
    assert "Nothing is lost" in late.words
    assert "pricey &lt;b&gt;</textarea>" in late.text
    assert "cheap" in late.words, "what was saved meanwhile stands below"
    _, rules = await _kept(database, seeded)
    assert (rules.forbidden_phrases, rules.claims_to_avoid) == (["cheap"], ["healthy"])
    again = {"seen": _seen_mark(late, "/settings/brand/words"), "brand.words_to_avoid": "pricey"}
    assert "Saved." in (await browser.send("/settings/brand/words", again)).words


async def test_a_text_is_tried_by_rules_that_nobody_has_saved(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    page = await browser.open("/settings/brand")
    text = {"text": "A frugal loaf.", "platform": "TWITTER"}
    saved = await browser.send("/settings/brand/try", text)
    assert "Nothing speaks against this text." in saved.words
    typed = text | {"seen": _seen_mark(page, "/settings/brand/words"), "brand.words_to_avoid": "frugal"}
    tried = await browser.send("/settings/brand/try", typed)
    assert "By rules that are not saved yet" in tried.words
    assert '<mark class="tone-failed">frugal<sup>1</sup></mark>' in tried.text
    _, rules = await _kept(database, seeded)
    assert "frugal" not in rules.forbidden_phrases


@pytest.mark.parametrize(
    ("part", "fields", "kept"),
    [
        (
            "audience",
            {"icp.pain_points": "Stale bread\nQueues"},
            lambda b: b.icp.pain_points[1:] == ["Queues"],
        ),
        ("positioning", {"positioning.usp": "Only rye"}, lambda b: b.positioning.usp == "Only rye"),
        ("goals", {"goals.platforms": "bluesky"}, lambda b: [one.value for one in b.goals.platforms] == ["BLUESKY"]),
    ],
)
async def test_a_part_of_the_profile_is_saved(
    browser: Browser, database: Database, seeded: seeds.Seeded, *, part: str, fields: dict[str, str], kept: Any
) -> None:
    action = f"/settings/profile/{part}"
    page = await browser.open(action)
    assert "Saved." in (await browser.send(action, {"seen": _seen_mark(page, action), **fields})).words
    organization, _ = await _kept(database, seeded)
    assert kept(organization.brief)
    assert organization.brief.name == "Kornblume", "other parts stay"


async def test_what_does_not_fit_is_told_and_what_was_typed_stays(browser: Browser, seeded: seeds.Seeded) -> None:
    page = await browser.open("/settings/profile/time")
    typed = {"seen": _seen_mark(page, "/settings/profile/time"), "time_zone": "Mars/Olympus", "languages": "en"}
    seen = await browser.send("/settings/profile/time", typed)
    assert seen.status == 422
    assert "Nothing was saved yet" in seen.words
    assert 'value="Mars/Olympus"' in seen.text


async def test_another_zone_says_what_it_means_for_posts(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    page = await browser.open("/settings/profile/time")
    typed = {"seen": _seen_mark(page, "/settings/profile/time"), "time_zone": "Asia/Tokyo", "languages": "de"}
    seen = await browser.send("/settings/profile/time", typed)
    assert "No post is scheduled yet. New ones go by the clocks of Asia/Tokyo." in seen.words
    assert "New ones are written in de" in seen.words
    assert (await _kept(database, seeded))[0].time_zone == "Asia/Tokyo"


async def test_how_late_posts_may_go_out_is_chosen(browser: Browser, database: Database, seeded: seeds.Seeded) -> None:
    await browser.open("/settings/profile/time")
    await browser.send("/settings/profile/late", {"minutes": "240"})
    assert (await _kept(database, seeded))[0].late_minutes == 240
    assert "5 to 43,200" in (await browser.send("/settings/profile/late", {"minutes": "1"})).words
    await browser.send("/settings/profile/late", {"minutes": ""})
    assert (await _kept(database, seeded))[0].late_minutes is None


async def test_the_profile_goes_out_as_a_file_and_comes_back(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    text = (await browser.open("/settings/profile/brief.yaml")).text
    page = await browser.open("/settings/profile/file")
    found = re.search(r'name="version" value="(\d+)"', page.text)
    assert found is not None
    version = found.group(1)
    wrong = await browser.send("/settings/profile/file", {"version": version, "text": text + "\nnmae: x\n"})
    assert wrong.status == 422
    assert "did you mean 'name'" in wrong.words
    assert "nmae: x" in wrong.text
    changed = text.replace("name: Kornblume", "name: Kornblume & Sons", 1)
    assert "Replaced." in (await browser.send("/settings/profile/file", {"version": version, "text": changed})).words
    assert (await _kept(database, seeded))[0].brief.name == "Kornblume & Sons"
    late = await browser.send("/settings/profile/file", {"version": version, "text": text})
    assert late.status == 409
    assert "Nothing was replaced" in late.words


async def test_somebody_who_only_looks_has_no_forms_to_save(
    browser: Browser, second_browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    await seeds.person(database, email="vera@kornblume.example")
    async with database.transaction() as session:
        user = await people.by_email(session, email="vera@kornblume.example")
    async with database.transaction(seeded.organization_id) as session:
        session.add(Membership(organization_id=seeded.organization_id, user_id=user.id, role=Role.VIEWER))
    await second_browser.sign_in("vera@kornblume.example", seeds.PASSWORD)
    for path in ("/settings/profile", "/settings/brand"):
        page = await second_browser.open(path)
        assert '<fieldset class="fields" disabled>' in page.text
    assert "The owner can download it." in (await second_browser.open("/settings/data")).words
    refused = await second_browser.send("/settings/brand/words", {"seen": "x", "brand.words_to_avoid": "cheap"})
    assert refused.status == 403
