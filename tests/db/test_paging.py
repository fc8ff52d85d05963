"""Cursors: each row once, in order, whatever happens meanwhile; good for one list; the same cost at any depth."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Date, DateTime, Select, Uuid, column, select, table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.audit import queries as audit
from aipromote.audit.models import Entry
from aipromote.content import listing
from aipromote.db import paging
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.errors import InvalidInput
from factories import organizations

DAY = datetime(2026, 3, 2, tzinfo=UTC)
ORGANIZATION = UUID(int=7)

things = table("things", column("id", Uuid()), column("at", DateTime(timezone=True)), column("day", Date()))
things.c.at.nullable = False
things.c.id.nullable = False
things.c.day.nullable = True
ORDERS = {
    "up": paging.Order("things.up", (things.c.at, things.c.id)),
    "down": paging.Order("things.down", (things.c.at, things.c.id), descending=True),
    "day": paging.Order("things.day", (things.c.day, things.c.id)),
}


@dataclass
class Row:
    id: UUID = field(default_factory=new_id)
    at: int = 0
    day: int | None = None


def _key(name: str) -> Callable[[Row], Any]:
    return {
        "up": lambda row: (row.at, row.id),
        "down": lambda row: (row.at, row.id),
        "day": lambda row: (row.day is None, row.day or 0, row.id),
    }[name]


def _sorted(rows: Sequence[Row], name: str) -> list[UUID]:
    return [row.id for row in sorted(rows, key=_key(name), reverse=name == "down")]


async def _insert(session: AsyncSession, rows: Sequence[Row]) -> None:
    for row in rows:
        day = None if row.day is None else date(2026, 3, 1) + timedelta(days=row.day)
        values = {"id": row.id, "at": DAY + timedelta(microseconds=row.at), "day": day}
        await session.execute(text("INSERT INTO things VALUES (:id, :at, :day)"), values)


async def _slice(session: AsyncSession, name: str, cursor: str | None, limit: int) -> paging.Slice[UUID]:
    return await paging.slice_of(
        session,
        select(things.c.id),
        ORDERS[name],
        organization_id=ORGANIZATION,
        filters={},
        cursor=cursor,
        limit=limit,
    )


_ROWS = st.lists(
    st.builds(Row, id=st.builds(new_id), at=st.integers(0, 3), day=st.none() | st.integers(0, 2)), max_size=14
)


@settings(max_examples=40, deadline=None)
@given(lists=st.tuples(_ROWS, _ROWS), name=st.sampled_from(sorted(ORDERS)), limit=st.integers(1, 4), data=st.data())
def test_a_walk_meets_each_row_once_and_in_order_while_others_come_and_go(
    owner_url: str, lists: tuple[list[Row], list[Row]], name: str, limit: int, data: st.DataObject
) -> None:
    rows, added = lists
    leaving = data.draw(st.sets(st.sampled_from([row.id for row in rows]))) if rows else set()

    async def walk(session: AsyncSession) -> tuple[list[UUID], list[UUID]]:
        await session.execute(text("CREATE TEMP TABLE things (id uuid, at timestamptz, day date) ON COMMIT DROP"))
        await _insert(session, rows)
        seen: list[UUID] = []
        part = await _slice(session, name, None, limit)
        seen += part.rows
        await _insert(session, added)
        for key in leaving:
            await session.execute(text("DELETE FROM things WHERE id = :id"), {"id": key})
        last = part
        while part.following is not None:
            part = await _slice(session, name, part.following, limit)
            seen += part.rows
            last = part if part.rows else last
        back = list(reversed(last.rows))
        while last.preceding is not None:
            last = await _slice(session, name, last.preceding, limit)
            back += reversed(last.rows)
        return seen, back[::-1]

    seen, back = asyncio.run(_in_a_transaction(walk))
    stayed = [row for row in rows if row.id not in leaving]
    assert len(seen) == len(set(seen))
    assert seen == [key for key in _sorted([*rows, *added], name) if key in set(seen)]
    assert [key for key in seen if key in {row.id for row in stayed}] == _sorted(stayed, name)
    assert back == [key for key in _sorted([*rows, *added], name) if key in set(back)]
    assert {row.id for row in stayed} <= set(back)


async def _in_a_transaction(work: Callable[[AsyncSession], Any]) -> Any:
    database = Database.from_settings("tests")
    try:
        async with database.transaction() as session:
            return await work(session)
    finally:
        await database.close()


async def _log(database: Database, startup: organizations.Startup, count: int) -> None:
    async with database.transaction(startup.id) as session:
        for number in range(count):
            session.add(
                Entry(
                    organization_id=startup.id,
                    actor_name="AIPromote",
                    actor_kind="PRODUCT",
                    action="piece.edited",
                    subject="content_pieces",
                    subject_id=new_id(),
                    detail={},
                    created_at=DAY + timedelta(seconds=number),
                )
            )


async def test_a_cursor_is_good_for_its_own_list_only(database: Database) -> None:
    one, other = [await organizations.organization(database, name=name) for name in ("One", "Other")]
    for startup in (one, other):
        await _log(database, startup, 3)
    async with database.transaction(one.id, other.id) as session:
        found = await audit.entries(session, organization_id=one.id, limit=2)
        assert found.following is not None
        assert (await audit.entries(session, organization_id=one.id, cursor=found.following)).rows
        strangers = [
            audit.entries(session, organization_id=other.id, cursor=found.following),
            audit.entries(session, organization_id=one.id, subject="content_pieces", cursor=found.following),
            listing.newest(session, organization_id=one.id, cursor=found.following),
        ]
        for stranger in strangers:
            with pytest.raises(paging.BadCursor) as refused:
                await stranger
            assert (refused.value.status, refused.value.field) == (400, "cursor")


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_cursor_that_was_touched_is_refused(owner_url: str, data: st.DataObject) -> None:
    seal = paging._Seal(ORDERS["up"], ORGANIZATION, "")
    cursor = seal.closed([DAY, ORGANIZATION], backwards=False)
    assert seal.opened(cursor) == (False, [DAY.isoformat(), str(ORGANIZATION)])
    place = data.draw(st.integers(0, len(cursor) - 1))
    letter = data.draw(st.sampled_from("ABab01-_=+/ é\0"))
    touched = cursor[:place] + letter + cursor[place + 1 :]
    for wrong in (touched, cursor[:place], cursor + letter, data.draw(st.text(max_size=80))):
        if wrong != cursor:
            with pytest.raises(paging.BadCursor):
                seal.opened(wrong)


async def test_an_answer_has_at_most_two_hundred_rows(database: Database) -> None:
    startup = await organizations.organization(database)
    await _log(database, startup, 210)
    async with database.transaction(startup.id) as session:
        assert len((await audit.entries(session, organization_id=startup.id, limit=10**9)).rows) == paging.MOST
        assert len((await audit.entries(session, organization_id=startup.id, limit=-1)).rows) == 1
        assert len((await audit.entries(session, organization_id=startup.id)).rows) == paging.DEFAULT


async def test_counting_stops_and_says_so(session: AsyncSession) -> None:
    numbers: Select[int] = select(column("n")).select_from(text(f"generate_series(1, {paging.COUNTED + 5}) AS n"))
    page = await paging.page_of(session, numbers.order_by(column("n")), number=2, size=100)
    assert (page.total, page.is_more, page.rows[0]) == (paging.COUNTED, True, 101)
    few = await paging.page_of(session, numbers.where(column("n") <= 101).order_by(column("n")), number=2, size=100)
    assert (few.total, few.is_more, few.last, few.rows) == (101, False, 2, [101])
    ordered = numbers.where(column("n") <= 101).order_by(column("n"))
    nearest = [(await paging.page_of(session, ordered, number=number, size=100)).number for number in (-1, 0, 3, 99)]
    assert nearest == [1, 1, 2, 2], "there is nothing before the first page, nor behind the last"
    for number in (101, 10**20):
        with pytest.raises(InvalidInput):
            await paging.page_of(session, numbers, number=number, size=100)


async def _plan(session: AsyncSession, order: paging.Order, statement: Any, place: list[Any]) -> str:
    """How PostgreSQL reads what stands behind the place, as the application's role and under the policies."""
    plans = []
    for stretch in paging._stretches(order, place, backwards=False):
        compiled = stretch.of(statement, order, 50).compile(
            dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
        )
        explained = await (await session.connection()).exec_driver_sql(f"EXPLAIN (ANALYZE, COSTS OFF) {compiled}")
        plans.append("\n".join(explained.scalars()))
    return "\n".join(plans)


_MANY = """
    INSERT INTO audit_log (
           organization_id, id, actor_name, actor_kind, action, subject, subject_id, detail, created_at)
    SELECT $1::uuid, gen_random_uuid(), 'AIPromote', 'PRODUCT', 'piece.edited', 'things', gen_random_uuid(), '{}',
           timestamptz '2026-03-02 00:00+00' + n / 10 * interval '1 second'
      FROM generate_series(1, $2::int) AS n
"""


async def test_what_lies_deep_in_a_list_is_reached_by_the_index_alone(database: Database, owner: Any) -> None:
    startup = await organizations.organization(database)
    await owner.execute(_MANY, startup.id, 20_000)
    await owner.execute("VACUUM ANALYZE audit_log")
    statement = select(Entry).where(Entry.organization_id == startup.id)
    async with database.transaction(startup.id) as session:
        for seconds in (1_900, 1_000, 100):
            place = [(DAY + timedelta(seconds=seconds)).isoformat(), str(UUID(int=2**127))]
            plan = await _plan(session, audit.NEWEST, statement, place)
            assert "Index Scan Backward using ix_audit_log_newest" in plan, plan
            condition = plan.split("Index Cond:")[1].splitlines()[0]
            assert "ROW(created_at, id) < ROW" in condition
            assert "Sort" not in plan
            assert "Rows Removed" not in plan, plan
