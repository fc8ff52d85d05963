"""`bulk.copy_in`: a load of any size through COPY.

PostgreSQL refuses COPY into a table with row-level security, so the rows go into a temporary table first, and from
there into the real one under its policies, constraints and triggers.
"""

# ruff: noqa: S608 -- every name in these texts comes from a model and is quoted; no value is in them
from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Sequence
from typing import Any, cast
from uuid import uuid4

import asyncpg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.db.base import Base
from aipromote.db.bulk.fitting import Row, Shape, changed_columns, is_new, key_columns
from aipromote.db.bulk.written import Conflict, OnConflict, Written
from aipromote.errors import InvalidInput, Unavailable

Progress = Callable[[int], None]
"""Called with the number of rows that were sent so far."""

_STEP = 5_000
_MOST_CONFLICTS = 1_000


async def copy_in(
    session: AsyncSession,
    model: type[Base],
    rows: Iterable[Row] | AsyncIterable[Row],
    *,
    on_conflict: OnConflict = "report",
    key: Sequence[str] | None = None,
    progress: Progress | None = None,
    seconds: float = 3600.0,
) -> Written:
    """Load rows (mappings of column names, all with the same columns), read one at a time; never all are in memory.

    Everything else is as with `insert`; `conflicts` names the first 1,000. No statement of the load may take longer
    than `seconds`. Raises Unavailable when the connection is lost; as after any other error, nothing was written.
    """
    table = cast("sa.Table", model.__table__)
    source = _asynchronous(rows)
    first = await anext(source, None)
    if first is None:
        return Written()
    load = _Load(session, Shape.of(table, first), key_columns(table, key), named=key is not None)
    try:
        return await load.run(_chained(first, source), on_conflict, progress, seconds)
    except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, ConnectionError) as lost:
        raise _lost() from lost
    except DBAPIError as error:
        if error.connection_invalidated:
            raise _lost() from error
        raise


class _Load:
    """One load: its temporary tables have names of their own, and end with the transaction."""

    def __init__(self, session: AsyncSession, shape: Shape, key: Sequence[str], *, named: bool) -> None:
        self.session = session
        self.shape = shape
        self.key = key
        self.target = f"({_listed(key)})" if named else ""
        self.name = f"load_{uuid4().hex}"
        self.columns = _listed(shape.names)
        self.table = _quoted(shape.table.name)

    async def run(
        self, rows: AsyncIterator[Row], on_conflict: OnConflict, progress: Progress | None, seconds: float
    ) -> Written:
        async with self.session.begin_nested():
            before = await self._let_statements_take(f"{seconds:.0f}s")
            await self._execute(
                f"CREATE TEMP TABLE {self.name} ON COMMIT DROP AS "
                f"SELECT 0::bigint AS load_row, {self.columns} FROM {self.table} WITH NO DATA"
            )
            sent = await self._send(rows, progress)
            if on_conflict == "update":
                written = await self._upsert(sent)
            else:
                written = await self._insert(sent, name_them=on_conflict == "report")
            await self._execute(f"DROP TABLE {self.name}")
            await self._let_statements_take(before)
        return written

    async def _let_statements_take(self, how_long: str) -> str:
        """Set the transaction's time-out; what it was before."""
        before = await self.session.scalar(sa.text("SHOW statement_timeout"))
        await self.session.execute(sa.select(sa.func.set_config("statement_timeout", how_long, True)))
        return str(before)

    async def _send(self, rows: AsyncIterator[Row], progress: Progress | None) -> int:
        connection = await self.session.connection()
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        sent = 0

        async def records() -> AsyncIterator[tuple[Any, ...]]:
            nonlocal sent
            async for row in rows:
                yield (sent, *self.shape.bound(sent, self.shape.complete(sent, row)))
                sent += 1
                if progress is not None and sent % _STEP == 0:
                    progress(sent)

        await driver.copy_records_to_table(self.name, records=records(), columns=["load_row", *self.shape.names])
        if progress is not None and sent % _STEP:
            progress(sent)
        return sent

    async def _insert(self, sent: int, *, name_them: bool) -> Written:
        statement = (
            f"INSERT INTO {self.table} ({self.columns}) SELECT {self.columns} FROM {self.name} "
            f"ON CONFLICT {self.target} DO NOTHING"
        )
        if not name_them:
            written = (await self._execute(statement)).rowcount
            return Written(written, 0, sent - written)
        primary = key_columns(self.shape.table, None)
        await self._execute(
            f"CREATE TEMP TABLE {self.name}_done ON COMMIT DROP AS "
            f"SELECT {_listed(primary)} FROM {self.table} WITH NO DATA"
        )
        done = await self._execute(
            f"WITH done AS ({statement} RETURNING {_listed(primary)}) INSERT INTO {self.name}_done SELECT * FROM done"
        )
        conflicts = await self._refused(primary) if done.rowcount < sent else []
        await self._execute(f"DROP TABLE {self.name}_done")
        return Written(done.rowcount, 0, sent - done.rowcount, conflicts)

    async def _upsert(self, sent: int) -> Written:
        changes = changed_columns(self.shape, self.key)
        if not changes:
            raise InvalidInput("An update needs at least one column beside the key.")
        fresh = await is_new(self.session, self.shape.table)
        listed = ", ".join(f"{_quoted(name)} = EXCLUDED.{_quoted(name)}" for name in changes)
        found = await self._execute(
            f"WITH done AS (INSERT INTO {self.table} ({self.columns}) "
            f"SELECT {self.columns} FROM ({self._ranked()}) AS ranked WHERE load_first = load_row "
            f"ON CONFLICT ({_listed(self.key)}) DO UPDATE SET {listed} RETURNING {fresh} AS is_new) "
            "SELECT count(*) FILTER (WHERE is_new) AS inserted, count(*) FILTER (WHERE NOT is_new) AS updated FROM done"
        )
        counts = found.one()
        refused = sent - counts.inserted - counts.updated
        conflicts = await self._conflicts("load_first < load_row") if refused else []
        return Written(counts.inserted, counts.updated, refused, conflicts)

    async def _refused(self, primary: Sequence[str]) -> list[Conflict]:
        same = " AND ".join(f"d.{_quoted(name)} = ranked.{_quoted(name)}" for name in primary)
        return await self._conflicts(
            f"load_first < load_row OR NOT EXISTS (SELECT FROM {self.name}_done AS d WHERE {same})"
        )

    async def _conflicts(self, condition: str) -> list[Conflict]:
        found = await self._execute(
            f"SELECT load_row, nullif(load_first, load_row) AS load_first, {_listed(self.key)} "
            f"FROM ({self._ranked()}) AS ranked WHERE {condition} ORDER BY load_row LIMIT {_MOST_CONFLICTS}"
        )
        return [Conflict(row.load_row, dict(zip(self.key, row[2:], strict=True)), row.load_first) for row in found]

    def _ranked(self) -> str:
        """The rows, each with the first row that has its key. NULL equals nothing, so such a row is its own first."""
        known = " AND ".join(f"{_quoted(name)} IS NOT NULL" for name in self.key)
        return (
            f"SELECT *, CASE WHEN {known} THEN min(load_row) OVER (PARTITION BY {_listed(self.key)}) "
            f"ELSE load_row END AS load_first FROM {self.name}"
        )

    async def _execute(self, statement: str) -> sa.CursorResult[Any]:
        return cast("sa.CursorResult[Any]", await self.session.execute(sa.text(statement)))


async def _asynchronous(rows: Iterable[Row] | AsyncIterable[Row]) -> AsyncIterator[Row]:
    if isinstance(rows, AsyncIterable):
        async for row in rows:
            yield row
    else:
        for row in rows:
            yield row


async def _chained(first: Row, rest: AsyncIterator[Row]) -> AsyncIterator[Row]:
    yield first
    async for row in rest:
        yield row


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(_quoted(name) for name in names)


def _lost() -> Unavailable:
    return Unavailable("The connection to the database was lost during the load. Nothing was written; start it again.")
