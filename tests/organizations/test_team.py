"""Changing a team: roles, removal, leaving, handing over, also when several people do it at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select

from aipromote.accounts.actor import Actor
from aipromote.audit.models import Entry
from aipromote.db.database import Database
from aipromote.errors import AipromoteError, Conflict, InvalidInput, NotAllowed, NotFound, NotSignedIn
from aipromote.organizations import invitations, keys, queries, team
from aipromote.organizations.actions import require
from aipromote.organizations.models import Invitation, Membership
from aipromote.organizations.states import Role
from factories import accounts, organizations
from factories.organizations import Startup

Verb = Callable[..., Awaitable[object]]


async def _act(database: Database, startup: Startup, verb: Verb, actor: Actor, **given: object) -> None:
    async with database.transaction(startup.id) as session:
        await verb(session, actor, organization_id=startup.id, **given)


async def _roles(database: Database, startup: Startup) -> dict[object, Role]:
    async with database.transaction(startup.id) as session:
        return {row.user_id: row.role for row, _ in await queries.team(session, organization_id=startup.id)}


async def test_an_administrator_gives_roles_up_to_their_own(database: Database) -> None:
    startup = await organizations.organization(database)
    admin = await organizations.member(database, startup, role=Role.ADMIN)
    editor = await organizations.member(database, startup, role=Role.EDITOR)
    await _act(database, startup, team.change_role, admin, user_id=editor.user_id, role=Role.ADMIN)
    assert (await _roles(database, startup))[editor.user_id] is Role.ADMIN
    with pytest.raises(InvalidInput, match="one owner"):
        await _act(database, startup, team.change_role, admin, user_id=editor.user_id, role=Role.OWNER)
    with pytest.raises(Conflict, match="owner stays"):
        await _act(database, startup, team.change_role, admin, user_id=startup.owner.user_id, role=Role.VIEWER)
    with pytest.raises(Conflict, match="cannot be removed"):
        await _act(database, startup, team.remove, admin, user_id=startup.owner.user_id)
    with pytest.raises(NotAllowed):
        await _act(database, startup, team.hand_over, admin, user_id=admin.user_id)


async def test_nobody_below_an_administrator_raises_themselves(database: Database) -> None:
    startup = await organizations.organization(database)
    for role in (Role.EDITOR, Role.APPROVER, Role.VIEWER):
        member = await organizations.member(database, startup, role=role)
        with pytest.raises(NotAllowed, match="admin"):
            await _act(database, startup, team.change_role, member, user_id=member.user_id, role=Role.ADMIN)
    admin = await organizations.member(database, startup, role=Role.ADMIN)
    async with database.transaction(startup.id) as session:
        key, _ = await keys.create(session, admin, organization_id=startup.id, name="Mine", role=Role.ADMIN)
    program = Actor("a program", admin.user_id, key.id)
    with pytest.raises(NotAllowed, match="Only a person"):
        await _act(database, startup, team.remove, program, user_id=member.user_id)
    with pytest.raises(NotAllowed, match="Only a person"):
        await _act(database, startup, invitations.invite, program, email="eve@x.example", role=Role.ADMIN)


async def test_a_removed_members_keys_and_invitations_open_nothing_at_once(database: Database) -> None:
    startup = await organizations.organization(database)
    admin = await organizations.member(database, startup, role=Role.ADMIN)
    async with database.transaction(startup.id) as session:
        _, text = await keys.create(session, admin, organization_id=startup.id, name="Mine", role=Role.EDITOR)
        mine = {"organization_id": startup.id}
        invited, link = await invitations.invite(session, admin, **mine, email="eve@x.example", role=Role.ADMIN)
    await _act(database, startup, team.remove, startup.owner, user_id=admin.user_id)
    with pytest.raises(NotSignedIn):
        async with database.transaction() as session:
            await keys.admit(session, text=text)
    async with database.transaction() as session:
        assert await queries.memberships_of(session, user_id=admin.user_id) == []
        with pytest.raises(Conflict, match="taken back"):
            await invitations.opened(session, text=link)
    async with database.transaction(startup.id) as session:
        with pytest.raises(NotFound):
            await require(session, admin, organization_id=startup.id, role=Role.VIEWER)
        assert await session.scalar(select(Invitation.revoked_at).where(Invitation.id == invited.id)) is not None
        told = await session.scalars(select(Entry.detail).where(Entry.action == "member.removed"))
        [detail] = told
        assert (detail.before["role"], detail.before["keys_revoked"]) == ("ADMIN", 1)


async def test_a_key_stays_revoked_when_its_person_comes_back(database: Database) -> None:
    startup = await organizations.organization(database)
    editor = await organizations.member(database, startup, role=Role.EDITOR)
    async with database.transaction(startup.id) as session:
        _, text = await keys.create(session, editor, organization_id=startup.id, name="Mine", role=Role.EDITOR)
    await _act(database, startup, team.leave, editor)
    async with database.transaction(startup.id) as session:
        session.add(Membership(organization_id=startup.id, user_id=editor.user_id, role=Role.EDITOR))
    with pytest.raises(NotSignedIn):
        async with database.transaction() as session:
            await keys.admit(session, text=text)


async def test_the_owner_leaves_only_after_handing_over(database: Database) -> None:
    startup = await organizations.organization(database)
    heir = await organizations.member(database, startup, role=Role.VIEWER)
    with pytest.raises(Conflict, match="before you leave"):
        await _act(database, startup, team.leave, startup.owner)
    await _act(database, startup, team.hand_over, startup.owner, user_id=heir.user_id)
    assert await _roles(database, startup) == {heir.user_id: Role.OWNER, startup.owner.user_id: Role.ADMIN}
    async with database.transaction(startup.id) as session:
        assert (await queries.organization(session, organization_id=startup.id)).owner_id == heir.user_id
    await _act(database, startup, team.leave, startup.owner)
    assert await _roles(database, startup) == {heir.user_id: Role.OWNER}
    stranger = await accounts.person(database, name="Eve")
    with pytest.raises(NotFound, match="no member"):
        await _act(database, startup, team.hand_over, heir, user_id=stranger.user_id)


async def _race(*acts: Awaitable[None]) -> list[BaseException | None]:
    return await asyncio.gather(*acts, return_exceptions=True)


async def test_of_two_administrators_who_remove_each_other_one_stays(database: Database) -> None:
    for _ in range(5):
        startup = await organizations.organization(database)
        one = await organizations.member(database, startup, role=Role.ADMIN, name="One")
        other = await organizations.member(database, startup, role=Role.ADMIN, name="Other")
        outcomes = await _race(
            _act(database, startup, team.remove, one, user_id=other.user_id),
            _act(database, startup, team.remove, other, user_id=one.user_id),
        )
        refused = [outcome for outcome in outcomes if outcome is not None]
        assert [type(one) for one in refused] == [NotFound]
        assert sorted((await _roles(database, startup)).values()) == [Role.ADMIN, Role.OWNER]


async def test_there_is_one_owner_whatever_happens_at_once(database: Database) -> None:
    for _ in range(5):
        startup = await organizations.organization(database)
        heirs = [await organizations.member(database, startup, role=Role.ADMIN, name=name) for name in ("A", "B")]
        outcomes = await _race(
            *(_act(database, startup, team.hand_over, startup.owner, user_id=heir.user_id) for heir in heirs),
            _act(database, startup, team.leave, startup.owner),
            _act(database, startup, team.remove, heirs[0], user_id=heirs[1].user_id),
        )
        assert all(outcome is None or isinstance(outcome, AipromoteError) for outcome in outcomes), outcomes
        owners = [user for user, role in (await _roles(database, startup)).items() if role is Role.OWNER]
        async with database.transaction(startup.id) as session:
            assert [(await queries.organization(session, organization_id=startup.id)).owner_id] == owners
