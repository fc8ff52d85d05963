"""Comments: bound to a revision, settled by anybody, deleted by their author, told to who took part."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from aipromote.accounts import actions as accounts
from aipromote.accounts.actor import Actor
from aipromote.accounts.queries import actor_of
from aipromote.audit.models import Entry
from aipromote.content import actions as content
from aipromote.content.models import ContentPiece
from aipromote.content.review import actions, deciding, links, queries
from aipromote.db.database import Database
from aipromote.errors import InvalidInput, NotAllowed, NotFound
from aipromote.notifications.models import Notification
from aipromote.organizations import keys
from aipromote.organizations.models import Membership
from aipromote.organizations.states import Role
from factories import organizations
from factories import publishing as factory
from factories.organizations import Startup


@pytest.fixture
async def startup(database: Database) -> Startup:
    return await organizations.organization(database)


@pytest.fixture
async def piece(database: Database, startup: Startup) -> ContentPiece:
    return await factory.piece(database, startup, body="Rye keeps\nfor a week.", approved=False)


async def _member(database: Database, startup: Startup, name: str, role: Role) -> Actor:
    async with database.transaction(startup.id) as session:
        email = f"{name.lower()}@kornblume.example"
        user = await accounts.create_user(session, email=email, password="a long enough password", name=name)
        session.add(Membership(organization_id=startup.id, user_id=user.id, role=role))
        return actor_of(user)


async def _say(database: Database, actor: Actor, piece: ContentPiece, **values: Any) -> Any:
    async with database.transaction(piece.organization_id) as session:
        wanted = {"piece_id": piece.id, "revision": 1, "said": "Really?", **values}
        return await actions.comment(session, actor, organization_id=piece.organization_id, **wanted)


async def _told(database: Database, piece: ContentPiece) -> set[str]:
    async with database.transaction(piece.organization_id) as session:
        return set(await session.scalars(select(Notification.recipient)))


async def test_a_comment_stays_with_the_revision_that_was_on_the_page(
    database: Database, startup: Startup, piece: ContentPiece
) -> None:
    async with database.transaction(startup.id) as session:
        mine = {"organization_id": startup.id, "piece_id": piece.id}
        await content.edit(session, startup.owner, **mine, body="Wheat keeps for a day.", based_on=1)
    row = await _say(database, startup.owner, piece, quote="keeps for a  week.")
    assert (row.revision, row.author, row.quote) == (1, startup.owner.name, "keeps for a  week.")
    with pytest.raises(InvalidInput, match="does not stand in the text"):
        await _say(database, startup.owner, piece, revision=2, quote="keeps for a week")
    with pytest.raises(NotFound):
        await _say(database, startup.owner, piece, revision=3)


@pytest.mark.parametrize("said", ["", "   \n", "x" * 5001, "a\0b", "a\ud800b"])
async def test_what_cannot_be_kept_is_refused_in_words(
    database: Database, startup: Startup, piece: ContentPiece, said: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await _say(database, startup.owner, piece, said=said)
    assert refused.value.field == "said"


async def test_long_texts_of_any_script_are_kept_as_they_are(
    database: Database, startup: Startup, piece: ContentPiece
) -> None:
    said = ("👩‍👩‍👧‍👦 שלום e\u0301\u0301\u0301 \u202egnp.exe 字" * 200)[:5000].strip()
    assert (await _say(database, startup.owner, piece, said=said)).said == said


async def test_anybody_resolves_and_reopens_and_only_the_author_deletes(
    database: Database, startup: Startup, piece: ContentPiece
) -> None:
    guest = await _member(database, startup, "Vera", Role.VIEWER)
    row = await _say(database, startup.owner, piece)
    mine = {"organization_id": startup.id, "comment_id": row.id}
    async with database.transaction(startup.id) as session:
        assert (await actions.resolve(session, guest, **mine)).resolved_by == "Vera"
        counted = await queries.open_comments(session, organization_id=startup.id, piece_ids=[piece.id])
        assert counted == {}
        assert (await actions.reopen(session, guest, **mine)).resolved_at is None
        assert await queries.open_comments(session, organization_id=startup.id, piece_ids=[piece.id]) == {piece.id: 1}
        with pytest.raises(NotAllowed, match="Only who wrote"):
            await actions.remove(session, guest, **mine)
        await actions.remove(session, startup.owner, **mine)
        assert await queries.comments(session, organization_id=startup.id, piece_id=piece.id) == []
        told = await session.scalars(select(Entry.action).where(Entry.action.startswith("comment")).order_by(Entry.id))
        assert set(told) == {"comment.made", "comment.resolved", "comment.reopened", "comment.removed"}


async def test_who_took_part_is_told_and_who_speaks_is_not(
    database: Database, startup: Startup, piece: ContentPiece
) -> None:
    vera, jo = [await _member(database, startup, name, Role.APPROVER) for name in ("Vera", "Jo")]
    await _say(database, vera, piece)  # nobody took part yet: the owner hears of it
    owner = {address for address in await _told(database, piece) if not address.startswith(("vera", "jo"))}
    assert len(owner) == 1
    assert await _told(database, piece) == owner
    await _say(database, jo, piece)
    assert await _told(database, piece) == owner | {"vera@kornblume.example"}


async def test_a_key_that_only_reads_comments_nothing(
    database: Database, startup: Startup, piece: ContentPiece
) -> None:
    async with database.transaction(startup.id) as session:
        made = {"organization_id": startup.id, "name": "CI"}
        _, reading = await keys.create(session, startup.owner, **made, role=Role.VIEWER)
        _, reviewing = await keys.create(session, startup.owner, **made, role=Role.APPROVER)
    async with database.transaction() as session:
        reader = (await keys.admit(session, text=reading)).actor
        reviewer = (await keys.admit(session, text=reviewing)).actor
    with pytest.raises(NotAllowed):
        await _say(database, reader, piece)
    assert (await _say(database, reviewer, piece)).author.endswith("(CI)")


async def test_the_maker_of_a_link_hears_what_came_by_it(
    database: Database, startup: Startup, piece: ContentPiece
) -> None:
    vera = await _member(database, startup, "Vera", Role.APPROVER)
    async with database.transaction(startup.id) as session:
        made = {"organization_id": startup.id, "reviewer": "Lea", "piece_ids": [piece.id], "days": 3}
        _, token = await links.make(session, vera, **made)
    async with database.transaction() as session:
        guest = await links.admit(session, token=token, to_act=True)
        row = await links_comment(session, guest, piece)
        assert (row.author, row.user_id, row.review_link_id) == ("Lea (by link of Vera)", None, guest.link.id)
    assert await _told(database, piece) == {"vera@kornblume.example"}
    async with database.transaction(startup.id) as session:
        entry = await session.scalar(select(Entry).where(Entry.action == "comment.made"))
        assert entry is not None
        assert entry.detail.after["review_link"] == str(guest.link.id)
        [link] = await queries.links(session, organization_id=startup.id)
        assert (link.comments, link.pieces, link.ended) == (1, 1, "")


async def links_comment(session: Any, guest: links.Guest, piece: ContentPiece) -> Any:

    return await deciding.comment(session, guest, piece_id=piece.id, revision=1, said="Lovely.")
