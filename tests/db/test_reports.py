"""What PostgreSQL counted, for the person who cares for it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy import make_url

from aipromote.db import reports, roles

BUILT = """
    CREATE TABLE reported_parents (id int PRIMARY KEY, code int UNIQUE);
    CREATE TABLE reported (
        id int PRIMARY KEY, parent int REFERENCES reported_parents, other int REFERENCES reported_parents, note text
    );
    CREATE INDEX reported_other ON reported (other);
    CREATE INDEX reported_other_again ON reported (other);
    CREATE INDEX reported_other_note ON reported (other, note);
    CREATE INDEX reported_some ON reported (other) WHERE note IS NULL;
    CREATE INDEX reported_backwards ON reported (other DESC);
    CREATE INDEX reported_code ON reported_parents (code);
"""


@asynccontextmanager
async def connected(url: str, **changes: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(make_url(url).set(**changes).render_as_string(hide_password=False))
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def built(owner: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """An owner whose transaction has made tables with every fault; they go with it."""
    transaction = owner.transaction()
    await transaction.start()
    await owner.execute(BUILT)
    yield owner
    await transaction.rollback()


async def test_an_index_that_repeats_another_is_named_with_it(built: asyncpg.Connection) -> None:
    found = await reports.collect(built)
    pairs = {(one.name, one.covered_by) for one in found.duplicate if one.table.startswith("reported")}
    assert pairs == {
        ("reported_other_again", "reported_other"),
        ("reported_other", "reported_other_note"),
        ("reported_other_again", "reported_other_note"),
        ("reported_code", "reported_parents_code_key"),
    }


async def test_a_foreign_key_without_an_index_is_named(built: asyncpg.Connection) -> None:
    found = await reports.collect(built)
    assert [(one.table, one.columns) for one in found.unindexed] == [("reported", "parent")]


async def test_an_index_nobody_used_is_named_unless_it_keeps_rows_unique(built: asyncpg.Connection) -> None:
    unused = {one.name for one in (await reports.collect(built)).unused}
    assert {"reported_some", "reported_other"} <= unused
    assert not {"reported_pkey", "reported_parents_code_key"} & unused
    assert not any("_y20" in name for name in unused), "an index of a partition counts for the whole"


async def test_the_product_s_own_schema_has_nothing_to_report(owner: asyncpg.Connection) -> None:
    found = await reports.collect(owner)
    assert (found.duplicate, found.unindexed) == ([], [])


async def test_tables_have_sizes_and_partitions_count_for_the_whole(owner: asyncpg.Connection) -> None:
    tables = {table.name: table for table in (await reports.collect(owner)).tables}
    assert tables["content_pieces"].index_bytes > 0
    assert tables["analytics"].index_bytes > 0
    assert not any("_y20" in name for name in tables)


def test_a_table_is_bloated_by_the_share_of_its_dead_rows() -> None:
    def table(live: int, dead: int) -> reports.Table:
        return reports.Table("t", 0, 0, live, dead, None, None)

    assert table(live=1_000, dead=2_000).is_bloated
    assert not table(live=100_000, dead=2_000).is_bloated
    assert not table(live=10, dead=900).is_bloated


async def test_slow_statements_are_shown_without_their_values_and_without_passwords(
    owner: asyncpg.Connection, owner_url: str
) -> None:
    await owner.execute("SELECT 4711 AS reported_probe")
    await owner.execute("SELECT 4711 AS reported_password")
    async with connected(owner_url, database="postgres") as postgres:
        found = await reports.collect(owner, statistics=[postgres], limit=5_000)
    probe = next(one for one in found.slow or [] if "reported_probe" in one.query)
    assert probe.calls >= 1
    assert "4711" not in probe.query
    assert not any("password" in one.query.lower() for one in found.slow or [])
    assert json.loads(json.dumps(found.as_dict(), default=str))["slow"]


async def test_where_statements_are_not_counted_the_report_says_what_to_do(owner: asyncpg.Connection) -> None:
    found = await reports.collect(owner)
    assert found.slow is None
    assert "CREATE EXTENSION pg_stat_statements" in (found.slow_hint or "")


async def test_a_role_that_may_not_read_the_statements_of_others_is_told(owner_url: str) -> None:
    login = make_url(roles.application_url())
    async with (
        connected(owner_url, username=login.username, password=login.password) as mine,
        connected(owner_url, username=login.username, password=login.password, database="postgres") as postgres,
    ):
        found = await reports.collect(mine, statistics=[postgres])
    assert found.slow is None
    assert "pg_read_all_stats" in (found.slow_hint or "")
