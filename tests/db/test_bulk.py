"""Writing many rows at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from aipromote.analytics.models import Snapshot
from aipromote.analytics.states import MetricType
from aipromote.content.models import Pillar
from aipromote.db import bulk
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput, Unavailable
from aipromote.organizations.models import Founder, Organization
from factories import analytics, organizations

AT = datetime(2026, 3, 9, 12, tzinfo=UTC)
WRITERS = [pytest.param(bulk.insert, id="insert"), pytest.param(bulk.copy_in, id="copy_in")]


def founders(organization_id: UUID, *names: str) -> list[dict[str, Any]]:
    return [{"organization_id": organization_id, "id": uuid4(), "name": name} for name in names]


def pillars(organization_id: UUID, *names: str) -> list[dict[str, Any]]:
    return [{"organization_id": organization_id, "name": name, "sort_order": n} for n, name in enumerate(names)]


async def names(database: Database, organization_id: UUID, model: Any = Pillar) -> dict[str, Any]:
    async with database.transaction(organization_id) as session:
        return {row.name: row for row in await session.scalars(select(model))}


@pytest.fixture
async def here(database: Database) -> UUID:
    return (await organizations.organization(database)).id


@pytest.mark.parametrize("write", WRITERS)
async def test_rows_that_conflict_are_named_and_the_others_written(write: Any, database: Database, here: UUID) -> None:
    async with database.transaction(here) as session:
        await bulk.insert(session, Pillar, pillars(here, "Bread"))
        done = await write(
            session, Pillar, pillars(here, "Corn", "Bread", "Oats", "Corn"), key=("organization_id", "name")
        )
    assert (done.inserted, done.updated, done.refused) == (2, 0, 2)
    assert [(one.row, one.key["name"], one.first) for one in done.conflicts] == [(1, "Bread", None), (3, "Corn", 0)]
    assert str(done.conflicts[1]) == "row 3: name=Corn is in row 0 already"
    assert {name: row.sort_order for name, row in (await names(database, here)).items()} == {
        "Bread": 0, "Corn": 0, "Oats": 2,
    }  # fmt: skip


@pytest.mark.parametrize("write", WRITERS)
async def test_an_update_changes_what_is_there_and_only_what_was_named(
    write: Any, database: Database, here: UUID
) -> None:
    key = ("organization_id", "name")
    async with database.transaction(here) as session:
        first = [row | {"description": "Old grains."} for row in pillars(here, "Bread")]
        await bulk.insert(session, Pillar, first)
    before = (await names(database, here))["Bread"]
    async with database.transaction(here) as session:
        rows = pillars(here, "Corn", "Bread", "Corn")
        done = await write(session, Pillar, rows, on_conflict="update", key=key)
    assert (done.inserted, done.updated, done.refused) == (1, 1, 1)
    assert [(one.row, one.first) for one in done.conflicts] == [(2, 0)]
    after = (await names(database, here))["Bread"]
    assert (after.id, after.description, after.sort_order) == (before.id, "Old grains.", 1)
    assert after.created_at == before.created_at < after.updated_at


@pytest.mark.parametrize("write", WRITERS)
async def test_rows_to_be_skipped_are_only_counted(write: Any, database: Database, here: UUID) -> None:
    async with database.transaction(here) as session:
        await bulk.insert(session, Pillar, pillars(here, "Bread"))
        done = await write(session, Pillar, pillars(here, "Bread", "Corn"), on_conflict="skip")
    assert (done.inserted, done.refused, done.conflicts) == (1, 1, [])


@pytest.mark.parametrize("write", WRITERS)
async def test_a_partitioned_table_tells_new_rows_from_updated_ones(
    write: Any, database: Database, measured: Measured
) -> None:
    rows = measured.snapshots(3)
    async with database.transaction(measured.id) as session:
        first = await write(session, Snapshot, rows, on_conflict="update")
        second = await write(session, Snapshot, [*rows, *measured.snapshots(1, minute=3)], on_conflict="update")
    assert (first.inserted, first.updated) == (3, 0)
    assert (second.inserted, second.updated) == (1, 3)


@dataclass(frozen=True)
class Measured:
    """An organization with an account, and the month of its measurements."""

    id: UUID
    account_id: UUID

    def snapshots(self, how_many: int, *, minute: int = 0, **changes: Any) -> list[dict[str, Any]]:
        """Measurements minute by minute; the changes go to the last."""
        rows = [self._snapshot(AT + timedelta(minutes=minute + number)) for number in range(how_many)]
        return [*rows[:-1], rows[-1] | changes]

    def _snapshot(self, at: datetime) -> dict[str, Any]:
        return {
            "organization_id": self.id, "id": uuid4(), "social_account_id": self.account_id,
            "platform": Platform.LINKEDIN, "metric_type": MetricType.GROWTH, "likes": 1, "engagement_rate": 0.25,
            "period_start": at, "period_end": at, "collected_at": at, "measured_at": at,
        }  # fmt: skip


@pytest.fixture
async def measured(database: Database, here: UUID) -> Measured:
    async with database.transaction(here) as session:
        await session.execute(select(func.doors.make_partition(AT.date())))
        return Measured(here, (await analytics.account(session, here)).id)


WRONG = [
    ("platform", "MYSPACE", "'MYSPACE' is none of TWITTER, LINKEDIN"),
    ("likes", "many", "'many' is not a whole number"),
    ("likes", 2**63, "is not between"),
    ("id", "not an id", "is not of type UUID"),
    ("collected_at", datetime(2026, 3, 9), "has no time zone"),  # noqa: DTZ001 -- that is what is wrong with it
    ("measured_at", None, "it may not be empty"),
    ("engagement_rate", "0.5", "is not a number"),
    ("engagement_rate", float("nan"), "nan is not a finite number"),
]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(("column", "value", "reason"), WRONG)
async def test_a_value_that_does_not_fit_is_named_by_row_and_column_and_nothing_is_written(
    write: Any, column: str, value: Any, reason: str, *, database: Database, measured: Measured
) -> None:
    rows = measured.snapshots(3, **{column: value})
    async with database.transaction(measured.id) as session:
        with pytest.raises(InvalidInput, match=f"Row 2, column {column} of analytics: ") as error:
            await write(session, Snapshot, rows)
        assert reason in str(error.value)
        assert error.value.field == f"2.{column}"
        assert await session.scalar(select(func.count()).select_from(Snapshot)) == 0


@pytest.mark.parametrize("write", WRITERS)
async def test_json_that_lost_its_shape_is_named_by_its_place(write: Any, database: Database, here: UUID) -> None:
    row = {
        "id": here,
        "owner_id": uuid4(),
        "name": "Two",
        "brief": {"name": "Two", "description": "Bakes.", "founders": "nobody"},
    }
    async with database.transaction(here) as session:
        with pytest.raises(InvalidInput, match=r"Row 0, column brief of organizations: .* shape at founders"):
            await write(session, Organization, [row])


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("markets", ["DE", 49], "49 is not text"),
        ("markets", ["D\0"], "holds a NUL"),
        ("markets", ["DE", None], "an element is empty"),
        ("markets", "DE", "'DE' is no list"),
        ("brief", {"name": "Two", "description": "Ba\0kes."}, "holds a NUL"),
    ],
)
async def test_what_does_not_fit_is_found_inside_of_lists_and_json(
    write: Any, column: str, value: Any, reason: str, *, database: Database, here: UUID
) -> None:
    row = {"id": uuid4(), "owner_id": uuid4(), "name": "Two", column: value}
    async with database.transaction(here) as session:
        with pytest.raises(InvalidInput, match=f"Row 0, column {column} of organizations: .*{reason}"):
            await write(session, Organization, [row])


@pytest.mark.parametrize("write", WRITERS)
async def test_rows_must_have_the_same_columns(write: Any, database: Database, here: UUID) -> None:
    rows = founders(here, "Ada", "Grace")
    async with database.transaction(here) as session:
        with pytest.raises(InvalidInput, match="Row 1 has, unlike row 0, the column bio"):
            await write(session, Founder, [rows[0], rows[1] | {"bio": "Bakes."}])
        with pytest.raises(InvalidInput, match="founders has no column nickname"):
            await write(session, Founder, [rows[0] | {"nickname": "Ada"}])
        assert await session.scalar(select(func.count()).where(Founder.name == "Grace")) == 0


@pytest.mark.parametrize("write", WRITERS)
async def test_what_the_database_refuses_takes_all_rows_with_it_and_leaves_the_transaction_usable(
    write: Any, database: Database, measured: Measured
) -> None:
    async with database.transaction(measured.id) as session:
        with pytest.raises(IntegrityError, match="rates"):
            await write(session, Snapshot, measured.snapshots(2, engagement_rate=2.0))
        assert await session.scalar(select(func.count()).select_from(Snapshot)) == 0


@pytest.mark.parametrize("write", WRITERS)
async def test_no_row_enters_another_organization(write: Any, database: Database, here: UUID) -> None:
    there = (await organizations.organization(database, name="Other")).id
    with pytest.raises(Exception, match="row-level security"):
        async with database.transaction(here) as session:
            await write(session, Founder, founders(there, "Intruder"))
    assert "Intruder" not in await names(database, there, Founder)


async def test_more_rows_than_one_statement_has_parameters_for(database: Database, here: UUID) -> None:
    rows = founders(here, *(f"Founder {number}" for number in range(12_000)))  # 36,000 parameters
    async with database.transaction(here) as session:
        done = await bulk.insert(session, Founder, [*rows, rows[7]])
    assert (done.inserted, [one.first for one in done.conflicts]) == (12_000, [7])


async def test_a_load_tells_how_far_it_is_and_keeps_the_time_out(database: Database, here: UUID) -> None:
    told: list[int] = []
    rows = founders(here, *(f"Founder {number}" for number in range(11_000)))
    async with database.transaction(here) as session:
        before = await session.scalar(text("SHOW statement_timeout"))
        done = await bulk.copy_in(session, Founder, iter(rows), progress=told.append)
        assert await session.scalar(text("SHOW statement_timeout")) == before
    assert (done.inserted, told) == (11_000, [5_000, 10_000, 11_000])


async def test_a_connection_lost_in_the_middle_of_a_load_leaves_nothing(
    database: Database, here: UUID, owner: asyncpg.Connection
) -> None:
    loading = asyncio.Event()
    go_on = asyncio.Event()

    async def rows() -> Any:
        for number, row in enumerate(founders(here, *("Somebody" for _ in range(20_000)))):
            if number == 10_000:
                loading.set()
                await go_on.wait()
            yield row

    async def load() -> None:
        async with database.transaction(here) as session:
            await bulk.copy_in(session, Founder, rows())

    task = asyncio.create_task(load())
    await loading.wait()
    ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE query LIKE 'COPY%load_%' AND pid <> $1"
    assert [row[0] for row in await owner.fetch(ended, owner.get_server_pid())] == [True]
    go_on.set()
    with pytest.raises(Unavailable, match="Nothing was written"):
        await task
    assert await owner.fetchval("SELECT count(*) FROM founders WHERE name = 'Somebody'") == 0
    assert "Ada Brot" in await names(database, here, Founder)  # and the pool goes on


async def test_nothing_is_read_ahead_of_an_empty_load(database: Database, here: UUID) -> None:
    def none() -> Iterator[dict[str, Any]]:
        yield from ()

    async with database.transaction(here) as session:
        assert (await bulk.copy_in(session, Founder, none())).inserted == 0
        assert (await bulk.insert(session, Founder, none())).inserted == 0
