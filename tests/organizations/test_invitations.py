"""Invitations: who may invite whom, and what a link opens, for whom, and how often."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from aipromote import clock
from aipromote.accounts import actions as accounts_actions
from aipromote.accounts import queries as people
from aipromote.accounts.actor import Actor
from aipromote.accounts.models import User
from aipromote.db.database import Database
from aipromote.errors import Conflict, InvalidInput, NotAllowed, NotFound
from aipromote.notifications import letters, tickets
from aipromote.notifications.models import Notification
from aipromote.organizations import invitations, queries, team
from aipromote.organizations.models import Invitation, Membership
from aipromote.organizations.states import Role
from factories import organizations
from factories.organizations import Startup

PASSWORD = "a long enough password"


async def _invite(
    database: Database,
    startup: Startup,
    *,
    email: str = "eve@x.example",
    role: Role = Role.EDITOR,
    by: Actor | None = None,
) -> tuple[Invitation, str]:
    async with database.transaction(startup.id) as session:
        return await invitations.invite(
            session, by or startup.owner, organization_id=startup.id, email=email, role=role
        )


async def _person(database: Database, email: str = "Eve@x.example") -> Actor:
    async with database.transaction() as session:
        user = User(email=email, name="Eve")
        session.add(user)
        await session.flush()
        return people.actor_of(user)


async def _accept(database: Database, actor: Actor, link: str) -> None:
    async with database.transaction() as session:
        await invitations.accept(session, actor, text=link)


async def _mailed(database: Database, startup: Startup) -> list[tuple[str, str]]:
    """Addresses, and the links of the letters as a mail program shows them."""
    async with database.transaction(startup.id) as session:
        rows = (await session.scalars(select(Notification).order_by(Notification.id))).all()
        words = [(row.recipient, letters.render(row.template, row.data).body) for row in rows]
    return [(email, body.partition("/join/")[2].split()[0]) for email, body in words]


async def test_the_letter_goes_to_the_address_and_its_link_lets_that_person_in_once(database: Database) -> None:
    startup = await organizations.organization(database)
    await _invite(database, startup)
    [(email, link)] = await _mailed(database, startup)
    assert email == "eve@x.example"
    eve = await _person(database)
    await _accept(database, eve, link)
    async with database.transaction(startup.id) as session:
        member = await queries.membership(session, organization_id=startup.id, user_id=eve.user_id)
        assert member is not None
        assert member.role is Role.EDITOR
        assert (await people.user(session, user_id=eve.user_id)).verified
    with pytest.raises(Conflict, match="accepted already"):
        await _accept(database, eve, link)


async def test_no_row_holds_what_opens_the_link(database: Database) -> None:
    startup = await organizations.organization(database)
    made, link = await _invite(database, startup)
    signature = link.rpartition(".")[2]
    async with database.transaction(startup.id) as session:
        row = await session.get(Invitation, (startup.id, made.id))
        [letter] = await session.scalars(select(Notification))
        assert signature not in repr(vars(row)) + repr(letter.data)
        ticket = letter.data.ticket
    with pytest.raises(NotFound):
        await _accept(database, await _person(database), str(ticket))


async def test_the_link_that_the_inviter_may_copy_proves_no_address(database: Database) -> None:
    """Or an administrator could make a proved account in anybody's name."""
    startup = await organizations.organization(database)
    _, link = await _invite(database, startup)
    async with database.transaction() as session:
        user = await invitations.accept_anew(session, text=link, name="Eve", password=PASSWORD)
        assert not (await people.user(session, user_id=user.id)).verified
    await _invite(database, startup, email="mallory@x.example")
    mailed = (await _mailed(database, startup))[-1][1]
    async with database.transaction() as session:
        user = await invitations.accept_anew(session, text=mailed, name="", password=PASSWORD)
        await session.refresh(user)
        assert user.verified


async def test_forged_changed_and_foreign_links_open_nothing(database: Database) -> None:
    startup, other = await organizations.organization(database), await organizations.organization(database)
    made, link = await _invite(database, startup)
    eve = await _person(database)
    ticket, _, signature = link.rpartition(".")
    elsewhere = ticket.replace(invitations._spelled(startup.id), invitations._spelled(other.id))
    unsigned = [
        f"{ticket.replace('-1-', '-2-')}.{signature}",
        f"{elsewhere}.{signature}",
        f"{ticket[:-1]}m.{signature}",
    ]
    for text in (*unsigned, ticket, "", ".", "x" * 100_000, link[:-1], f"{link}x", tickets.signed("a-b-c-d")):
        with pytest.raises(NotFound, match="opens nothing"):
            await _accept(database, eve, text)
    # Signed by us, yet of an organization that has no such invitation.
    with pytest.raises(NotFound, match="opens nothing"):
        await _accept(database, eve, tickets.signed(elsewhere))
    assert made.accepted_at is None


@given(st.text(max_size=60))
def test_no_text_is_a_ticket_unless_we_signed_it(text: str) -> None:
    assert tickets.opened(text) is None
    assert tickets.opened(f"{text}.{text}") is None


async def test_expired_revoked_and_replaced_links_say_so(database: Database) -> None:
    startup = await organizations.organization(database)
    made, first = await _invite(database, startup)
    eve, mine = await _person(database), {"organization_id": startup.id, "invitation_id": made.id}
    async with database.transaction(startup.id) as session:
        _, second = await invitations.resend(session, startup.owner, **mine)
    with pytest.raises(Conflict, match="sent again"):
        await _accept(database, eve, first)
    async with database.transaction(startup.id) as session:
        past = {"sent_at": clock.now() - timedelta(days=8), "expires_at": clock.now() - timedelta(days=1)}
        await session.execute(update(Invitation).values(**past))
    with pytest.raises(Conflict, match="too old"):
        await _accept(database, eve, second)
    async with database.transaction(startup.id) as session:
        _, third = await invitations.resend(session, startup.owner, **mine)
        await invitations.revoke(session, startup.owner, **mine)
    with pytest.raises(Conflict, match="taken back"):
        await _accept(database, eve, third)
    async with database.transaction(startup.id) as session:
        for verb in (invitations.resend, invitations.revoke):
            with pytest.raises(Conflict, match="over"):
                await verb(session, startup.owner, **mine)
    assert len(await _mailed(database, startup)) == 3


async def test_only_the_invited_person_can_accept(database: Database) -> None:
    startup = await organizations.organization(database)
    _, link = await _invite(database, startup)
    mallory = await _person(database, "mallory@x.example")
    with pytest.raises(NotAllowed, match=r"for eve@x.example, and you are signed in as mallory@x.example"):
        await _accept(database, mallory, link)
    with pytest.raises(NotAllowed, match="Only a person"):
        await _accept(database, Actor("AIPromote"), link)


async def test_inviting_a_member_or_twice_has_a_plain_answer(database: Database) -> None:
    startup = await organizations.organization(database)
    made, _ = await _invite(database, startup)
    with pytest.raises(Conflict, match="invited already"):
        await _invite(database, startup, email="EVE@x.example")
    async with database.transaction(startup.id) as session:
        past = {"sent_at": clock.now() - timedelta(days=8), "expires_at": clock.now() - timedelta(days=1)}
        await session.execute(update(Invitation).values(**past))
    again, link = await _invite(database, startup, email="EVE@x.example")
    assert again.id != made.id
    await _accept(database, await _person(database), link)
    with pytest.raises(Conflict, match="member already"):
        await _invite(database, startup)


async def test_an_invitation_gives_no_more_than_the_inviter_has_then_or_now(database: Database) -> None:
    startup = await organizations.organization(database)
    admin = await organizations.member(database, startup, role=Role.ADMIN)
    editor = await organizations.member(database, startup, role=Role.EDITOR)
    for role in (Role.OWNER, Role.ADMIN, Role.VIEWER):
        with pytest.raises(NotAllowed):
            await _invite(database, startup, by=editor, role=role)
    for by in (admin, startup.owner):
        with pytest.raises(InvalidInput, match="one owner"):
            await _invite(database, startup, by=by, role=Role.OWNER)
    _, link = await _invite(database, startup, by=admin, role=Role.ADMIN)
    async with database.transaction(startup.id) as session:
        mine = {"organization_id": startup.id, "user_id": admin.user_id}
        await team.change_role(session, startup.owner, **mine, role=Role.EDITOR)
    with pytest.raises(Conflict, match="may not invite any more"):
        await _accept(database, await _person(database), link)


NO_ADDRESSES = [
    *("", "eve", "@x.example", "eve@", "a@b@c", "a b@x.example", "a@x.example,b@y.example", "Eve <eve@x.example>"),
    "a@x.example\nBcc: b@y.example",
    "x" * 320 + "@x.example",
]


@pytest.mark.parametrize("email", NO_ADDRESSES)
async def test_what_is_no_single_address_is_refused(database: Database, email: str) -> None:
    startup = await organizations.organization(database)
    with pytest.raises(InvalidInput, match="not an e-mail address"):
        await _invite(database, startup, email=email)


async def test_of_two_who_open_a_link_at_once_one_joins(database: Database) -> None:
    startup = await organizations.organization(database)
    _, link = await _invite(database, startup)
    eve = await _person(database)
    outcomes = await asyncio.gather(*(_accept(database, eve, link) for _ in range(4)), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict"] * 3 + ["NoneType"]
    async with database.transaction(startup.id) as session:
        rows = await session.scalars(select(Membership).where(Membership.user_id == eve.user_id))
        assert len(rows.all()) == 1


async def test_somebody_with_an_account_does_not_get_another(database: Database) -> None:
    startup = await organizations.organization(database)
    _, link = await _invite(database, startup)
    async with database.transaction() as session:
        await accounts_actions.create_user(session, email="Eve@X.example", password=PASSWORD)
    with pytest.raises(Conflict, match="account with this e-mail"):
        async with database.transaction() as session:
            await invitations.accept_anew(session, text=link, name="", password="another long password")
