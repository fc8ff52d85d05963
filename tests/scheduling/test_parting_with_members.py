"""Who leaves or is removed: the ways in that they made stay closed, also when they come back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from aipromote.accounts.actor import Actor
from aipromote.audit.models import Entry
from aipromote.content.review import links
from aipromote.db.database import Database
from aipromote.errors import NotFound
from aipromote.organizations.models import Membership
from aipromote.organizations.states import Role
from aipromote.scheduling import actions
from aipromote.scheduling.feeds import actions as feeds
from factories import organizations
from factories import publishing as factory
from factories.organizations import Startup


async def _ways_in(database: Database, startup: Startup, person: Actor) -> tuple[str, str]:
    """A review link and an address of the calendar."""
    piece = await factory.piece(database, startup, approved=False)
    async with database.transaction(startup.id) as session:
        mine = {"organization_id": startup.id}
        wanted = {"reviewer": "Lea", "piece_ids": [piece.id], "days": 30, "may_approve": True}
        _, link = await links.make(session, person, **mine, **wanted)
        _, feed = await feeds.open_feed(session, person, **mine)
    return link, feed


async def _open(database: Database, link: str, feed: str) -> None:
    async with database.transaction() as session:
        await links.admit(session, token=link)
    async with database.transaction() as session:
        await feeds.admit(session, token=feed)


@pytest.mark.parametrize("how", ["removed", "left"])
async def test_links_and_calendars_of_a_former_member_stay_closed_when_they_come_back(
    database: Database, how: str
) -> None:
    startup = await organizations.organization(database)
    editor = await organizations.member(database, startup, role=Role.EDITOR)
    link, feed = await _ways_in(database, startup, editor)
    others = await _ways_in(database, startup, startup.owner)
    await _open(database, link, feed)
    assert editor.user_id is not None
    mine = {"organization_id": startup.id}
    async with database.transaction(startup.id) as session:
        if how == "removed":
            await actions.remove_member(session, startup.owner, **mine, user_id=editor.user_id)
        else:
            await actions.leave_team(session, editor, **mine)
    async with database.transaction(startup.id) as session:
        session.add(Membership(**mine, user_id=editor.user_id, role=Role.EDITOR))
    with pytest.raises(NotFound):
        async with database.transaction() as session:
            await links.admit(session, token=link)
    with pytest.raises(NotFound):
        async with database.transaction() as session:
            await feeds.admit(session, token=feed)
    await _open(database, *others)
    async with database.transaction(startup.id) as session:
        said = set(await session.scalars(select(Entry.action)))
    assert {"review_link.revoked", "calendar_feed.revoked"} <= said
