"""Many pieces at once come to the same as one after the other, and those who meet at a piece wait for each other."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import product
from uuid import UUID

from sqlalchemy import select

from aipromote import clock
from aipromote.content import actions, queries
from aipromote.content.actions.mirroring import PostsOf, lock_many, mirror_many
from aipromote.content.models import ContentPiece, Series
from aipromote.content.states import ContentStatus
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from factories import organizations

TOLD = (
    (),
    ("SCHEDULED",),
    ("PUBLISHED",),
    ("CANCELLED",),
    ("FAILED",),
    ("MISSED",),
    ("PUBLISHED", "CANCELLED"),
    ("PUBLISHED", "FAILED"),
    ("PUBLISHED", "PUBLISHING"),
    ("CANCELLED", "UNCONFIRMED"),
)
OUT = clock.now().replace(microsecond=0)
EARLIER = OUT - timedelta(days=3)


async def _pieces(database: Database, startup: organizations.Startup) -> dict[tuple[UUID, UUID], PostsOf]:
    """One in every state, in a series and alone, for everything that its posts may say."""
    told = {}
    async with database.transaction(startup.id) as session:
        series = Series(
            organization_id=startup.id,
            id=new_id(),
            name="Bread",
            platform=Platform.TWITTER,
            cadence="weekly",
            total_posts=1000,
        )
        session.add(series)
        await session.flush()
        for number, (status, posts, in_series, at) in enumerate(
            product(ContentStatus, TOLD, (True, False), (OUT, None))
        ):
            piece = ContentPiece(
                organization_id=startup.id,
                id=new_id(),
                platform=Platform.TWITTER,
                body="Rye keeps.",
                status=status,
                series_id=series.id if in_series else None,
                sequence_no=number + 1 if in_series else None,
                scheduled_at=EARLIER,
                published_at=EARLIER if status is ContentStatus.PUBLISHED or number % 3 == 0 else None,
            )
            session.add(piece)
            told[piece.organization_id, piece.id] = PostsOf(posts, None if at is None else EARLIER, at)
    return told


async def _shown(database: Database, startup: organizations.Startup) -> list[object]:
    """What can be seen of them, in the order in which they were made; a time that was the clock's is told as such."""
    async with database.transaction(startup.id) as session:
        found = await session.scalars(select(ContentPiece).order_by(ContentPiece.id))
        pieces = [(one.status, one.scheduled_at, _known(one.published_at)) for one in found]
        (series,) = await queries.series(session, organization_id=startup.id)
    return [*pieces, series.published_posts]


def _known(at: object) -> object:
    return at if at in {OUT, EARLIER, None} else "now"


async def test_many_pieces_show_what_each_would_show_alone(database: Database) -> None:
    one_by_one, together, known = [await organizations.organization(database) for _ in range(3)]
    for (owner, piece), posts in (await _pieces(database, one_by_one)).items():
        async with database.transaction(owner) as session:
            await actions.mirror(
                session,
                organization_id=owner,
                piece_id=piece,
                statuses=posts.statuses,
                scheduled_at=posts.scheduled_at,
                published_at=posts.published_at,
            )
    told = await _pieces(database, together)
    async with database.transaction(together.id) as session:
        await mirror_many(session, told)
    assert await _shown(database, together) == await _shown(database, one_by_one)
    told = await _pieces(database, known)
    async with database.transaction(known.id) as session:  # here the session has seen them all before
        seen = (await session.scalars(select(ContentPiece).order_by(ContentPiece.id))).all()
        await mirror_many(session, told)
        shown = [(one.status, one.scheduled_at, _known(one.published_at)) for one in seen]
    assert shown == (await _shown(database, one_by_one))[:-1]
    assert await _shown(database, known) == await _shown(database, one_by_one)


async def test_who_wants_a_piece_that_is_being_moved_waits(database: Database) -> None:
    startup = await organizations.organization(database)
    told = await _pieces(database, startup)
    keys, order = sorted(told)[:3], []

    async def second() -> None:
        async with database.transaction(startup.id) as session:
            await lock_many(session, reversed(keys))
            order.append("second")

    async with database.transaction(startup.id) as session:
        await lock_many(session, keys)
        other = asyncio.create_task(second())
        await asyncio.sleep(0.2)
        order.append("first")
    await other
    assert order == ["first", "second"]
