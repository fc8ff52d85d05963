"""`bulk.insert`: many rows in few statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.db.base import Base
from aipromote.db.bulk.fitting import Row, Shape, changed_columns, is_new, key_columns
from aipromote.db.bulk.written import Conflict, OnConflict, Written
from aipromote.errors import InvalidInput


async def insert(
    session: AsyncSession,
    model: type[Base],
    rows: Iterable[Row],
    *,
    on_conflict: OnConflict = "report",
    key: Sequence[str] | None = None,
) -> Written:
    """Write rows (mappings of column names, all with the same columns), some hundred with each statement.

    `key` names the columns of the unique constraint to look at. Without it, "report" and "skip" look at every
    constraint, and "update" at the primary key. A key that stands twice in the input counts the first time; the others
    are reported as conflicts whatever `on_conflict` says. "update" leaves alone what the rows do not name.

    Raises InvalidInput, with nothing written, for a value that does not fit its column: it names both.
    """
    table = cast("sa.Table", model.__table__)
    given = [dict(row) for row in rows]
    if not given:
        return Written()
    shape = Shape.of(table, given[0])
    whole = [shape.complete(number, row) for number, row in enumerate(given)]
    for number, row in enumerate(whole):
        shape.bound(number, row)
    looked_at = key_columns(table, key)
    unique, repeated = _sorted_out(whole, looked_at)
    fresh = [whole[number] for number in unique]
    async with session.begin_nested():
        if on_conflict == "update":
            changed = await _upsert(session, shape, fresh, looked_at)
            return Written(len(fresh) - changed, changed, len(repeated), repeated)
        written = await _insert(session, table, fresh, looked_at if key else None)
    primary = key_columns(table, None)
    refused = [Conflict(n, _key_of(whole[n], looked_at)) for n in unique if _values(whole[n], primary) not in written]
    refused = sorted([*refused, *repeated], key=lambda one: one.row)
    return Written(len(written), 0, len(refused), [] if on_conflict == "skip" else refused)


async def _insert(
    session: AsyncSession, table: sa.Table, rows: Sequence[Row], key: Sequence[str] | None
) -> set[tuple[Any, ...]]:
    """Write what does not conflict; the primary keys of what was written. SQLAlchemy splits it into statements."""
    statement = postgresql.insert(table).on_conflict_do_nothing(index_elements=key)
    found = await session.execute(statement.returning(*table.primary_key.columns), rows)
    return {tuple(row) for row in found}


async def _upsert(session: AsyncSession, shape: Shape, rows: Sequence[Row], key: Sequence[str]) -> int:
    """Write all; how many rows were there before."""
    statement = postgresql.insert(shape.table)
    changes = {name: statement.excluded[name] for name in changed_columns(shape, key)}
    if not changes:
        raise InvalidInput("An update needs at least one column beside the key.")
    upsert = statement.on_conflict_do_update(index_elements=key, set_=changes)
    fresh: sa.ColumnElement[bool] = sa.literal_column(await is_new(session, shape.table), sa.Boolean)
    found = await session.scalars(upsert.returning(fresh), rows)
    return sum(not inserted for inserted in found)


def _values(row: Row, columns: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in columns)


def _key_of(row: Row, columns: Sequence[str]) -> dict[str, Any]:
    return {name: row.get(name) for name in columns}


def _sorted_out(rows: Sequence[Row], key: Sequence[str]) -> tuple[list[int], list[Conflict]]:
    """The rows to write, and those whose key an earlier row of the input has. A key with NULL equals no other."""
    if missing := [name for name in key if name not in rows[0]]:
        raise InvalidInput(f"The rows lack {', '.join(missing)}, which is part of the key.", field=missing[0])
    first: dict[tuple[Any, ...], int] = {}
    unique, repeated = [], []
    for number, row in enumerate(rows):
        values = _values(row, key)
        if None not in values and (earlier := first.setdefault(values, number)) != number:
            repeated.append(Conflict(number, _key_of(row, key), earlier))
        else:
            unique.append(number)
    return unique, repeated
