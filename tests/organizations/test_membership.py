"""Founding an organization, and who may do what in it."""

from __future__ import annotations

import pytest

from aipromote.accounts.actor import SYSTEM
from aipromote.db.database import Database
from aipromote.errors import NotAllowed, NotFound
from aipromote.organizations import actions, queries
from aipromote.organizations.models import Membership
from aipromote.organizations.states import Role
from factories import accounts, organizations


async def test_a_brief_founds_an_organization_that_its_author_owns(database: Database) -> None:
    startup = await organizations.organization(
        database, founders=["Ada Brot", {"name": "Grace", "is_primary": True}], stage="seed"
    )
    async with database.transaction(startup.id) as session:
        row = await queries.organization(session, organization_id=startup.id)
        assert (row.name, row.stage, row.time_zone, row.brief_version) == ("Kornblume", "seed", "Europe/Berlin", 1)
        assert [founder.name for founder in await queries.founders(session, organization_id=startup.id)] == [
            "Grace",
            "Ada Brot",
        ]
        owners = await queries.members_with(session, organization_id=startup.id, role=Role.OWNER)
        assert [owner.id for owner in owners] == [startup.owner.user_id]


async def test_the_first_founder_is_primary_where_none_is_marked(database: Database) -> None:
    startup = await organizations.organization(database, founders=["Ada", "Grace"])
    async with database.transaction(startup.id) as session:
        founders = await queries.founders(session, organization_id=startup.id)
    assert [(founder.name, founder.is_primary) for founder in founders] == [("Ada", True), ("Grace", False)]


async def test_the_product_itself_owns_nothing(database: Database) -> None:
    with pytest.raises(NotAllowed):
        async with database.transaction() as session:
            await actions.create(session, SYSTEM, brief=organizations.brief())


async def test_a_role_may_do_what_the_lower_ones_may_and_no_more(database: Database) -> None:
    startup = await organizations.organization(database)
    editor = await organizations.member(database, startup, role=Role.EDITOR)
    async with database.transaction(startup.id) as session:
        for role in (Role.EDITOR, Role.APPROVER, Role.VIEWER):
            await actions.require(session, editor, organization_id=startup.id, role=role)
        for role in (Role.OWNER, Role.ADMIN):
            with pytest.raises(NotAllowed, match="yours is editor"):
                await actions.require(session, editor, organization_id=startup.id, role=role)
        assert await actions.require(session, SYSTEM, organization_id=startup.id, role=Role.OWNER) is None


async def test_to_a_stranger_an_organization_does_not_exist(database: Database) -> None:
    startup, stranger = await organizations.organization(database), await accounts.person(database, name="Eve")
    async with database.transaction(startup.id) as session:
        with pytest.raises(NotFound):
            await actions.require(session, stranger, organization_id=startup.id, role=Role.VIEWER)
    async with database.transaction() as session:
        with pytest.raises(NotFound):
            await queries.organization(session, organization_id=startup.id)


async def test_a_person_finds_all_their_organizations_before_choosing_one(database: Database) -> None:
    first, second = await organizations.organization(database), await organizations.organization(database)
    async with database.transaction(second.id) as session:
        session.add(Membership(organization_id=second.id, user_id=first.owner.user_id, role=Role.VIEWER))
    async with database.transaction() as session:
        places = await queries.memberships_of(session, user_id=first.owner.user_id)
    assert [(place.organization_id, place.role) for place in places] == [
        (first.id, Role.OWNER),
        (second.id, Role.VIEWER),
    ]


async def test_a_changed_brief_is_its_next_version(database: Database) -> None:
    startup = await organizations.organization(database)
    brief = organizations.brief(tagline="Bread that remembers", time_zone="Europe/Lisbon")
    async with database.transaction(startup.id) as session:
        row = await actions.change_brief(session, startup.owner, organization_id=startup.id, brief=brief)
        zone = await queries.time_zone(session, organization_id=startup.id)
    assert (row.brief_version, row.tagline, zone.key) == (2, "Bread that remembers", "Europe/Lisbon")
    assert row.brief == brief
