"""Transactions that lose a race against another one, made with two connections that really race."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.db.database import Database
from aipromote.db.retrying import sqlstate
from aipromote.http.explanations import explain
from aipromote.organizations.models import Founder
from factories import organizations


@pytest.fixture
async def here(database: Database) -> UUID:
    return (await organizations.organization(database)).id


async def count(session: AsyncSession, name: str) -> int:
    return await session.scalar(select(func.count()).where(Founder.name == name)) or 0


class Pair:
    """Work for two transactions that each count, wait until both have counted, and then add one row if there is none.

    Whoever comes again does not wait any more.
    """

    def __init__(self, here: UUID) -> None:
        self.here = here
        self.runs = 0
        self.both = asyncio.Barrier(2)

    async def add_the_only_one(self, session: AsyncSession) -> bool:
        self.runs += 1
        meets = self.runs <= 2
        found = await count(session, "Only")
        if meets:
            await self.both.wait()
        if found:
            return False
        session.add(Founder(organization_id=self.here, id=uuid4(), name="Only"))
        await session.flush()
        return True


async def test_of_two_that_contradict_each_other_one_comes_again_and_sees_the_other(
    database: Database, here: UUID
) -> None:
    pair = Pair(here)
    both = [database.retrying(pair.add_the_only_one, here, isolation="serializable") for _ in range(2)]
    assert sorted(await asyncio.gather(*both)) == [False, True]
    assert pair.runs == 3
    async with database.transaction(here) as session:
        assert await count(session, "Only") == 1


async def test_without_the_isolation_both_would_have_written(database: Database, here: UUID) -> None:
    pair = Pair(here)
    assert await asyncio.gather(*(database.retrying(pair.add_the_only_one, here) for _ in range(2))) == [True, True]


async def test_a_transaction_that_may_not_come_again_fails_and_a_person_is_told_to_do_it_again(
    database: Database, here: UUID
) -> None:
    pair = Pair(here)
    work = pair.add_the_only_one
    both = [database.retrying(work, here, isolation="serializable", attempts=1) for _ in range(2)]
    results = await asyncio.gather(*both, return_exceptions=True)
    errors = [one for one in results if isinstance(one, Exception)]
    assert [sqlstate(error) for error in errors] == ["40001"]
    told = explain(errors[0])  # as a page whose request lost
    assert (told.status, told.title) == (409, "Somebody was faster")


async def test_a_deadlock_is_undone_and_done_again(database: Database, here: UUID, owner: asyncpg.Connection) -> None:
    async with database.transaction(here) as session:
        session.add_all([Founder(organization_id=here, id=uuid4(), name=name) for name in ("First", "Second")])
    held, runs = asyncio.Barrier(2), 0

    async def bump(session: AsyncSession, *names: str) -> None:
        nonlocal runs
        runs += 1
        meets = runs <= 2
        session.add(Founder(organization_id=here, id=uuid4(), name=f"Trace of {names[0]}"))
        for number, name in enumerate(names):
            await session.execute(update(Founder).where(Founder.name == name).values(role="Baker"))
            if number == 0 and meets:
                await held.wait()

    await asyncio.gather(
        database.retrying(lambda session: bump(session, "First", "Second"), here),
        database.retrying(lambda session: bump(session, "Second", "First"), here),
    )
    assert runs == 3
    traces = "SELECT name FROM founders WHERE name LIKE 'Trace%' ORDER BY name"
    assert [row["name"] for row in await owner.fetch(traces)] == ["Trace of First", "Trace of Second"]


@pytest.mark.parametrize(
    ("statement", "error", "code"),
    [
        ("INSERT INTO founders SELECT (jsonb_populate_record(f, '{}')).* FROM founders f", IntegrityError, "23505"),
        ("SELECT 1 / 0", DBAPIError, "22012"),
        ("SET LOCAL statement_timeout = 1; ", DBAPIError, "57014"),
    ],
)
async def test_other_errors_are_not_tried_again(
    statement: str, error: type[Exception], code: str, *, database: Database, here: UUID
) -> None:
    runs = 0

    async def work(session: AsyncSession) -> None:
        nonlocal runs
        runs += 1
        session.add(Founder(organization_id=here, id=uuid4(), name="Left over"))
        await session.flush()
        await session.execute(text(statement))
        await session.execute(text("SELECT pg_sleep(5)"))

    with pytest.raises(error) as raised:
        await database.retrying(work, here)
    assert (runs, sqlstate(raised.value)) == (1, code)
    async with database.transaction(here) as session:
        assert await count(session, "Left over") == 0


async def test_an_error_of_the_product_is_not_tried_again(database: Database, here: UUID) -> None:
    runs: list[int] = []

    async def work(_: AsyncSession) -> Any:
        runs.append(1)
        raise LookupError

    with pytest.raises(LookupError):
        await database.retrying(work, here)
    assert len(runs) == 1


async def test_a_chosen_isolation_ends_with_its_transaction(database: Database, here: UUID) -> None:
    async def level(**options: Any) -> tuple[str, str]:
        async with database.transaction(here, **options) as session:
            found = await session.execute(
                text("SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')")
            )
            return tuple(found.one())

    assert await level(isolation="repeatable read", read_only=True) == ("repeatable read", "on")
    assert await level() == ("read committed", "off")


async def test_a_transaction_that_only_reads_cannot_write(database: Database, here: UUID) -> None:
    with pytest.raises(DBAPIError, match="read-only transaction"):
        async with database.transaction(here, read_only=True) as session:
            await session.execute(update(Founder).values(role="Baker"))
