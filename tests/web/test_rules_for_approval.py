"""The page of the rules for approval without a person: read in words, tried on what waits, changed, turned off."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
import seeds
from site_client import Browser, Seen
from sqlalchemy import update

from aipromote.accounts import actions as accounts
from aipromote.accounts.models import User
from aipromote.brand import actions as brand
from aipromote.brand import queries
from aipromote.brand.models import BrandRule
from aipromote.brand.states import ApprovalMode
from aipromote.content import actions
from aipromote.content import queries as content
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.db.database import Database
from aipromote.documents.content import AutoApprovalCondition, AutoApprovalRules
from aipromote.documents.vocabulary import Platform
from aipromote.organizations.models import Membership
from aipromote.organizations.states import Role


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    async with database.transaction() as session:
        await session.execute(update(User).where(User.id == made.startup.owner.user_id).values(plan="pro"))
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def rules(database: Database, made: seeds.Seeded) -> BrandRule:
    async with database.transaction(made.organization_id) as session:
        return await queries.rules_row(session, organization_id=made.organization_id)


async def waits(database: Database, made: seeds.Seeded, body: str, platform: Platform) -> ContentPiece:
    key, owner = made.organization_id, made.startup.owner
    async with database.transaction(key) as session:
        piece = await actions.new_piece(session, owner, organization_id=key, platform=platform, body=body)
        return await actions.submit(session, owner, organization_id=key, piece_id=piece.id)


async def send(browser: Browser, path: str, **form: Any) -> Seen:
    """A form of the page as it was opened last."""
    found = re.search(r'name="seen" value="(\w+)"', browser.page.text)
    assert found is not None
    fields = [("csrf", browser.token), ("seen", found.group(1))]
    for name, value in form.items():
        fields += [(name, one) for one in value] if isinstance(value, list) else [(name, str(value))]
    return await browser.send(path, fields)


async def test_a_rule_is_tried_on_what_waits_turned_on_changed_and_turned_off(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    bluesky = await waits(database, seeded, "We bake at night, and the city smells of it.", Platform.BLUESKY)
    await waits(database, seeded, "We are 40 % faster than every other bakery.", Platform.BLUESKY)
    seen = await browser.open("/approval")
    assert "A person approves every post chosen" in seen.words
    assert "3 posts wait for a person now." in seen.words
    assert "It would have approved 2 of the 3 posts that wait." in seen.words  # without any person, but for the claim
    assert "No condition yet" in seen.words
    assert "Add a condition first" in (await send(browser, "/approval", mode="CONDITIONAL")).words

    seen = await send(browser, "/approval/add", sort="networks", network=["BLUESKY", "MASTODON"])
    assert "The network is Bluesky or Mastodon. Holds for 2 of the 3 posts that wait." in seen.words
    seen = await send(browser, "/approval/add", sort="claims", value=0)
    assert "The text makes no claim. Holds for 2 of the 3 posts that wait." in seen.words
    assert "It would have approved 1 of the 3 posts that wait." in seen.words
    assert "Not so: The network is Bluesky or Mastodon." in seen.words
    assert "The check stops it:" in seen.words
    assert (await rules(database, seeded)).approval_mode is ApprovalMode.MANUAL  # a condition alone turns nothing on

    seen = await send(browser, "/approval", mode="CONDITIONAL", needs="all")
    assert "AIPromote approves new posts that these rules describe." in seen.words
    async with database.transaction(seeded.organization_id) as session:
        mine: dict[str, Any] = {"organization_id": seeded.organization_id}
        left = await actions.auto_approve_if_allowed(session, **mine, piece_ids=[bluesky.id, seeded.piece.id])
        assert set(left) == {seeded.piece.id}  # what the page said comes true
        assert (await content.piece(session, **mine, piece_id=bluesky.id)).status is ContentStatus.APPROVED

    await browser.open("/approval")
    seen = await send(browser, "/approval/edit", sort="networks", network="TWITTER", place=0)
    assert "The network is X." in seen.words
    seen = await send(browser, "/approval/remove", place=1)
    assert "The text makes no claim" not in seen.words
    seen = await send(browser, "/approval", mode="MANUAL")
    assert "A person approves every post from now on." in seen.words
    row = await rules(database, seeded)
    assert row.approval_mode is ApprovalMode.MANUAL
    assert row.auto_approval_rules == AutoApprovalRules(
        enabled=False,
        conditions=[AutoApprovalCondition(field="platform", operator="in", value=["TWITTER"])],
    )


async def test_what_somebody_changed_meanwhile_is_not_changed_again_unseen(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    await browser.open("/approval")
    theirs = AutoApprovalRules(conditions=[AutoApprovalCondition(field="claims", operator="at_most", value=0)])
    async with database.transaction(seeded.organization_id) as session:
        await brand.edit_rules(
            session, seeded.startup.owner, organization_id=seeded.organization_id, auto_approval_rules=theirs
        )
    seen = await send(browser, "/approval", mode="AUTO")
    assert "Somebody changed the rules after you opened the page." in seen.words
    assert (await rules(database, seeded)).approval_mode is ApprovalMode.MANUAL
    seen = await send(browser, "/approval/remove", place=5)
    assert "There is no such condition." in seen.words


async def test_hostile_and_foreign_values_are_refused_or_only_shown(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    await browser.open("/approval")
    refused: list[tuple[dict[str, Any], str]] = [
        ({"sort": "networks"}, "Tick at least one network."),
        ({"sort": "networks", "network": "NOWHERE"}, "There is no such network."),
        ({"sort": "pillar", "value": "Nobody's"}, "There is no pillar “Nobody's”."),
        ({"sort": "claims", "value": "٣"}, "Write a number from 0 to 99."),
        ({"sort": "confidence", "value": "1e9"}, "Write a number from 0 to 100."),
        ({"sort": "words", "value": "  "}, "Fill the condition in"),
        ({"sort": "words", "value": "x" * 201}, "Fill the condition in"),
    ]
    for form, said in refused:
        assert said in (await send(browser, "/approval/add", **form)).words, form
    assert (await send(browser, "/approval/add", sort="sql", value="1")).status == 422
    assert (await rules(database, seeded)).auto_approval_rules is None
    await browser.open("/approval")
    seen = await send(browser, "/approval/add", sort="words", value="<script>alert(1)</script>")
    assert "<script>alert" not in seen.text
    assert "<script>alert(1)</script>" in html.unescape(seen.text)


async def test_conditions_that_the_page_has_no_form_for_and_pillars_that_are_gone_are_said(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    given = AutoApprovalRules(
        enabled=True,
        requires_all=False,
        conditions=[
            AutoApprovalCondition(field="pillar", operator="equals", value="Gone"),
            AutoApprovalCondition(field="type", operator="equals", value="POST"),
            AutoApprovalCondition(field="confidence", operator="at_least", value=0.8),
        ],
    )
    async with database.transaction(seeded.organization_id) as session:
        await brand.edit_rules(
            session, seeded.startup.owner, organization_id=seeded.organization_id, auto_approval_rules=given
        )
    seen = await browser.open("/approval")
    assert "No pillar has this name now." in seen.words
    assert "type is POST" in seen.words
    assert "The writer is at least 80 % sure of it." in seen.words
    assert "one that holds is enough, not in use now" in seen.words


async def test_a_plan_that_lets_nothing_out_is_named(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    async with database.transaction() as session:
        await session.execute(update(User).where(User.id == seeded.startup.owner.user_id).values(plan="free"))
    seen = await browser.open("/approval")
    assert "lets nothing out without a person, whatever is chosen here." in seen.words
    assert "your plan does not allow it" in seen.words


async def test_only_an_administrator_changes_who_approves(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    async with database.transaction() as session:
        user = await accounts.create_user(session, email="ed@kornblume.example", password=seeds.PASSWORD, name="Ed")
    async with database.transaction(seeded.organization_id) as session:
        session.add(Membership(organization_id=seeded.organization_id, user_id=user.id, role=Role.EDITOR))
    await browser.open("/this-week")
    await browser.send("/sign-out", {})
    await browser.sign_in("ed@kornblume.example", seeds.PASSWORD)
    seen = await browser.open("/approval")
    assert "An administrator decides this." in seen.words
    assert "Add a condition" not in seen.words
    for path, form in (
        ("", {"mode": "AUTO"}),
        ("/add", {"sort": "claims", "value": "0"}),
        ("/edit", {"sort": "claims", "value": "0", "place": "0"}),
        ("/remove", {"place": "0"}),
    ):
        assert (await browser.send(f"/approval{path}", form)).status == 403
    assert (await rules(database, seeded)).approval_mode is ApprovalMode.MANUAL
