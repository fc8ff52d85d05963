"""The team's page, invitations from letter to member, and switching organizations, in a browser."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
import seeds
from site_client import Browser
from sqlalchemy import select, update

from aipromote import clock
from aipromote.accounts import queries as people
from aipromote.brand.models import Fact
from aipromote.db.database import Database
from aipromote.notifications import letters
from aipromote.notifications.models import Notification
from aipromote.organizations.models import Invitation, Membership
from aipromote.organizations.states import Role

EVE = "eve@x.example"


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    """The owner, signed in."""
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def _invited(browser: Browser, *, email: str = EVE, role: str = "EDITOR") -> str:
    """The way that the page shows, within the product."""
    await browser.open("/team")
    seen = await browser.send("/team/invite", {"email": email, "role": role})
    assert seen.status == 200, seen.words
    found = re.search(r'value="http[^"]*(/join/[^"]+)"', seen.text)
    assert found is not None, seen.words
    return unescape(found.group(1))


async def _member(database: Database, made: seeds.Seeded, email: str, role: Role) -> None:
    await seeds.person(database, email=email)
    async with database.transaction() as session:
        user = await people.by_email(session, email=email)
    async with database.transaction(made.organization_id) as session:
        session.add(Membership(organization_id=made.organization_id, user_id=user.id, role=role))


async def test_an_invited_person_makes_an_account_and_is_in(
    browser: Browser, second_browser: Browser, seeded: seeds.Seeded
) -> None:
    way = await _invited(browser)
    seen = await second_browser.open(way)
    assert "Join Kornblume" in seen.words
    assert EVE in seen.text
    refused = await second_browser.send(f"{way}/account", {"name": "Eve", "password": "short"})
    assert (refused.status, 'value="Eve"' in refused.text) == (422, True)
    seen = await second_browser.send(f"{way}/account", {"name": "Eve", "password": seeds.PASSWORD})
    assert "Welcome to Kornblume." in seen.words
    assert (await second_browser.open("/content")).status == 200
    assert (await second_browser.open("/audit")).status == 403
    seen = await second_browser.open(way)
    assert (seen.status, "accepted already" in seen.words) == (409, True)
    seen = await browser.open("/team")
    assert EVE in seen.text
    assert "Waiting" not in seen.words


async def test_the_letter_has_a_link_that_opens_the_page(
    browser: Browser, second_browser: Browser, seeded: seeds.Seeded, database: Database
) -> None:
    await _invited(browser)
    async with database.transaction(seeded.organization_id) as session:
        [row] = await session.scalars(select(Notification).where(Notification.template == "invitation"))
        letter = letters.render(row.template, row.data)
    assert "Ada Brot invites you to Kornblume" in letter.subject
    way = "/join/" + letter.body.partition("/join/")[2].split()[0]
    seen = await second_browser.open(way)
    assert "Join Kornblume" in seen.words
    assert "account here" not in seen.words
    await seeds.person(database, email=EVE)
    assert "has an account here" in (await second_browser.open(way)).words, "whoever reads that mail may know"


async def test_somebody_with_an_account_signs_in_and_joins_by_one_button(
    browser: Browser, second_browser: Browser, seeded: seeds.Seeded, database: Database
) -> None:
    await seeds.person(database, email=EVE)
    way = await _invited(browser)
    seen = await second_browser.open(way)
    assert "You have an account here already?" in seen.words
    assert 'name="password"' in seen.text, "who was shown the link does not learn whether the address has an account"
    await second_browser.open(f"/sign-in?next={way}")
    seen = await second_browser.send("/sign-in", {"email": EVE, "password": seeds.PASSWORD, "after": way})
    assert seen.url.endswith(way)
    assert "Welcome to Kornblume." in (await second_browser.send(way)).words


async def test_who_is_signed_in_as_somebody_else_is_told(
    browser: Browser, second_browser: Browser, seeded: seeds.Seeded, database: Database
) -> None:
    await seeds.person(database, email="mallory@x.example")
    await second_browser.sign_in("mallory@x.example", seeds.PASSWORD)
    way = await _invited(browser)
    seen = await second_browser.open(way)
    assert f"This invitation is for {EVE}, and you are signed in as mallory@x.example." in seen.words
    seen = await second_browser.send(way)
    assert (seen.status, "Welcome" in seen.words) == (403, False)
    seen = await second_browser.send(f"{way}/account", {"name": "Eve", "password": seeds.PASSWORD})
    assert "Welcome" not in seen.words


async def test_a_member_is_told_that_they_are_one(
    browser: Browser, second_browser: Browser, seeded: seeds.Seeded, database: Database
) -> None:
    way = await _invited(browser)
    await _member(database, seeded, EVE, Role.VIEWER)
    await second_browser.sign_in(EVE, seeds.PASSWORD)
    assert "You are a member already." in (await second_browser.open(way)).words
    assert "Welcome to Kornblume." in (await second_browser.send(way)).words
    refused = await browser.send("/team/invite", {"email": EVE, "role": "EDITOR"})
    assert (refused.status, f'value="{EVE}"' in refused.text) == (409, True)
    assert "is a member already" in refused.words


@pytest.mark.parametrize("how", ["forged", "expired", "revoked"])
async def test_a_link_that_does_not_hold_says_why_and_lets_nobody_in(
    browser: Browser, second_browser: Browser, seeded: seeds.Seeded, database: Database, how: str
) -> None:
    way = await _invited(browser)
    if how == "forged":
        way = f"{way}x"
    elif how == "expired":
        async with database.transaction(seeded.organization_id) as session:
            past = {"sent_at": clock.now() - timedelta(days=8), "expires_at": clock.now() - timedelta(days=1)}
            await session.execute(update(Invitation).values(**past))
    else:
        async with database.transaction(seeded.organization_id) as session:
            [row] = await session.scalars(select(Invitation))
        assert "taken back" in (await browser.send(f"/team/invitations/{row.id}/revoke")).words
    words = {"forged": "opens nothing", "expired": "too old", "revoked": "taken back"}
    await second_browser.open("/sign-in")
    for seen in (
        await second_browser.open(way),
        await second_browser.send(f"{way}/account", {"name": "Eve", "password": seeds.PASSWORD}),
    ):
        assert seen.status in {404, 409}
        assert words[how] in seen.words
    await second_browser.sign_in(EVE, seeds.PASSWORD)
    assert (await second_browser.open("/content", follow=False)).status == 303


async def test_roles_are_changed_people_removed_and_ownership_handed_over_on_the_page(
    browser: Browser, second_browser: Browser, seeded: seeds.Seeded, database: Database
) -> None:
    await _member(database, seeded, EVE, Role.VIEWER)
    await second_browser.sign_in(EVE, seeds.PASSWORD)
    seen = await browser.open("/team")
    user_id = re.search(r"/team/members/([0-9a-f-]+)/role", seen.text).group(1)  # type: ignore[union-attr]
    assert (await second_browser.open("/team")).status == 200
    assert (await second_browser.send(f"/team/members/{user_id}/role", {"role": "ADMIN"})).status == 403
    seen = await browser.send(f"/team/members/{user_id}/role", {"role": "ADMIN"})
    assert "The role is changed." in seen.words
    assert (await second_browser.open("/audit")).status == 200
    owner_id = seeded.startup.owner.user_id
    refused = await second_browser.send(f"/team/members/{owner_id}/remove", {"sure": "true"})
    assert "The owner cannot be removed." in refused.words
    assert "Tick the box" in (await browser.send(f"/team/members/{user_id}/hand-over")).words
    assert "handed over" in (await browser.send(f"/team/members/{user_id}/hand-over", {"sure": "true"})).words
    await second_browser.open("/team")
    assert (
        "They are removed." in (await second_browser.send(f"/team/members/{owner_id}/remove", {"sure": "true"})).words
    )
    assert (await browser.open("/content", follow=False)).headers["location"] == "/start"


async def test_switching_keeps_the_page_and_a_form_of_an_old_tab_is_refused_with_its_text(
    browser: Browser, seeded: seeds.Seeded, database: Database
) -> None:
    other = await seeds.startup(database, email="eve@other.example", name="Other")
    async with database.transaction(other.organization_id) as session:
        mine = {"organization_id": other.organization_id, "user_id": seeded.startup.owner.user_id}
        session.add(Membership(**mine, role=Role.ADMIN))
    seen = await browser.open("/facts")
    old_tab = browser.token
    assert 'name="after" value="/facts"' in seen.text
    seen = await browser.send("/switch", {"organization": str(other.organization_id), "after": "/facts"})
    assert seen.url.endswith("/facts")
    assert "You are in Other now." in seen.words
    written = {"csrf": old_tab, "statement": "1,200 teams bake with it & us", "source": "The ledger", "kind": "metric"}
    seen = await browser.send("/facts", written)
    assert seen.status == 409
    assert "made for Kornblume, and this browser has switched to Other since" in seen.words
    assert "1,200 teams bake with it & us" in seen.words
    async with database.transaction(other.organization_id) as session:
        assert "1,200 teams bake with it & us" not in [row.statement for row in await session.scalars(select(Fact))]
    seen = await browser.send("/switch", {"organization": str(seeded.organization_id), "after": "/facts"})
    assert (seen.status, seen.url.endswith("/facts")) == (200, True)
    assert "1,200 teams" in (await browser.send("/facts", {**written, "csrf": browser.token})).words


@pytest.mark.parametrize(
    ("after", "to"),
    [
        ("/pieces/00000000-0000-7000-8000-000000000000", "/this-week"),
        ("/content/series/00000000-0000-7000-8000-000000000000", "/content/series"),
        ("/strategy?x=1", "/strategy"),
        ("//evil.example", "/this-week"),
        ("https://evil.example", "/this-week"),
        ("/sign-out", "/this-week"),
        ("/api/audit", "/this-week"),
    ],
)
async def test_switching_leads_to_the_nearest_page_that_every_organization_has(
    browser: Browser, seeded: seeds.Seeded, after: str, to: str
) -> None:
    await browser.open("/this-week")
    fields = {"organization": str(seeded.organization_id), "after": after}
    assert (await browser.send("/switch", fields, follow=False)).headers["location"] == to


async def test_a_key_is_shown_once_and_revoked_on_its_page(browser: Browser, seeded: seeds.Seeded) -> None:
    await browser.open("/keys")
    seen = await browser.send("/keys", {"name": "Nightly <export>", "role": "EDITOR", "days": "30"})
    text = re.search(r'value="(aip_[^"]+)"', seen.text).group(1)  # type: ignore[union-attr]
    seen = await browser.open("/keys")
    assert text not in seen.text
    assert "Nightly <export>" in seen.words
    assert "never used" in seen.words
    bearer = {"Authorization": f"Bearer {text}"}
    assert (await browser.open("/api/v1/pieces", headers=bearer)).status == 200
    key_id = re.search(r"/keys/([0-9a-f-]+)/revoke", (await browser.open("/keys")).text).group(1)  # type: ignore[union-attr]
    assert "opens nothing any more" in (await browser.send(f"/keys/{key_id}/revoke")).words
    assert (await browser.open("/api/v1/pieces", headers=bearer)).status == 401
    refused = await browser.send("/keys", {"name": "", "role": "EDITOR", "days": "30"})
    assert (refused.status, "name of at most" in refused.words) == (422, True)


async def test_nobody_makes_a_key_above_their_role_on_the_page(
    second_browser: Browser, seeded: seeds.Seeded, database: Database
) -> None:
    await _member(database, seeded, EVE, Role.VIEWER)
    await second_browser.sign_in(EVE, seeds.PASSWORD)
    await second_browser.open("/keys")
    refused = await second_browser.send("/keys", {"name": "More", "role": "ADMIN", "days": "30"})
    assert (refused.status, "aip_" in refused.text) == (403, False)
