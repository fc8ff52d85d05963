"""Whether a value fits its column, asked before the database is: so that the answer names the row and the column."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.db.types import Document, Limited
from aipromote.errors import InvalidInput

Row = Mapping[str, Any]
_Fit = Callable[[Any], Any]

_RETURNS_OLD = 18
"""The first PostgreSQL that returns the row that was there before."""

_DIALECT: sa.Dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its dialects untyped


class _Misfit(Exception):
    """Why a value does not fit."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns that a bulk write fills, in order, and how each turns a value into what the driver takes."""

    table: sa.Table
    names: tuple[str, ...]
    given: frozenset[str]
    _fits: tuple[_Fit, ...]
    _defaults: Mapping[str, Callable[[], Any]]

    @classmethod
    def of(cls, table: sa.Table, given: Iterable[str]) -> Shape:
        """For rows that have these columns; those with a default of the application's are filled in.

        Raises InvalidInput for a name that is no column of the table.
        """
        named = frozenset(given)
        if strangers := sorted(named - set(table.columns.keys())):
            raise InvalidInput(f"{table.name} has no column {', '.join(strangers)}.", field=strangers[0])
        columns = [c for c in table.columns if c.name in named or _has_default(c)]
        defaults = {c.name: _default(c) for c in columns if c.name not in named}
        return cls(table, tuple(c.name for c in columns), named, tuple(_fit(c) for c in columns), defaults)

    def complete(self, number: int, row: Row) -> dict[str, Any]:
        """The row with its defaults. Raises InvalidInput if it does not have the same columns as the first one."""
        if row.keys() != self.given:
            odd = min(row.keys() ^ self.given)
            lacks = "lacks" if odd in self.given else "has, unlike row 0,"
            raise InvalidInput(f"Row {number} {lacks} the column {odd}. Nothing was written.", field=f"{number}.{odd}")
        if not self._defaults:
            return dict(row)
        return {**row, **{name: make() for name, make in self._defaults.items()}}

    def bound(self, number: int, row: Row) -> tuple[Any, ...]:
        """The values as the driver takes them, in the order of `names`. Raises InvalidInput for a misfit."""
        values = []
        for name, fit in zip(self.names, self._fits, strict=True):
            try:
                values.append(fit(row[name]))
            except _Misfit as misfit:
                where = f"Row {number}, column {name} of {self.table.name}"
                raise InvalidInput(f"{where}: {misfit}. Nothing was written.", field=f"{number}.{name}") from misfit
        return tuple(values)


def key_columns(table: sa.Table, key: Sequence[str] | None) -> tuple[str, ...]:
    """The columns that `key` names, or the primary key. Raises InvalidInput for a name that is no column."""
    names = tuple(key) if key else tuple(column.name for column in table.primary_key.columns)
    if strangers := [name for name in names if name not in table.columns]:
        raise InvalidInput(f"{table.name} has no column {', '.join(strangers)}.", field=strangers[0])
    return names


def changed_columns(shape: Shape, key: Sequence[str]) -> list[str]:
    """What an update writes: the columns that the rows name, but no key and no time of creation."""
    fixed = {*key, *key_columns(shape.table, None), "created_at"}
    return [name for name in shape.names if name in shape.given and name not in fixed]


async def is_new(session: AsyncSession, table: sa.Table) -> str:
    """What to return of an upserted row, to know whether it was inserted.

    Before PostgreSQL 18 an ordinary table tells by the id of the transaction that updated the row. A partitioned one
    does not, and is asked for the time of creation: wrong only for a row that this very transaction made before.
    """
    version = int(await session.scalar(sa.text("SHOW server_version_num")) or 0)
    if version // 10_000 >= _RETURNS_OLD:
        return f"(old.{next(iter(table.primary_key.columns)).name} IS NULL)"
    is_partitioned = table.dialect_options["postgresql"]["partition_by"] is not None
    return f"({table.name}.created_at = now())" if is_partitioned else "(xmax = 0)"


def _has_default(column: sa.Column[Any]) -> bool:
    return column.default is not None and (column.default.is_callable or column.default.is_scalar)


def _default(column: sa.Column[Any]) -> Callable[[], Any]:
    default: Any = column.default
    return (lambda: default.arg(None)) if default.is_callable else (lambda: default.arg)


def _fit(column: sa.Column[Any]) -> _Fit:
    kind = column.type
    look = _look(kind)
    process: _Fit | None = kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)

    def fit(value: Any) -> Any:
        if value is None:
            if not column.nullable:
                raise _Misfit("it may not be empty")
            return None
        value = look(value)
        return value if process is None else process(value)

    return fit


def _look(kind: sa.types.TypeEngine[Any]) -> _Fit:
    """The check of one type: gives the value that goes on to SQLAlchemy's own processor."""
    for known, make in _LOOKS:
        if isinstance(kind, known):
            return make(kind)
    return _plain(*_accepted(kind))


def _accepted(kind: sa.types.TypeEngine[Any]) -> tuple[type, ...]:
    try:
        return (kind.python_type,)
    except NotImplementedError:
        return (object,)


def _plain(*wanted: type) -> _Fit:
    def look(value: Any) -> Any:
        if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in (*wanted, object)):
            raise _Misfit(f"{_shown(value)} is not of type {wanted[0].__name__}")
        return value

    return look


def _document(kind: Document) -> _Fit:
    def look(value: Any) -> Any:
        try:
            return kind.adapter.validate_python(value)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the whole"
            raise _Misfit(f"the JSON does not have its shape at {where} ({first['msg']})") from error

    def storable(value: Any) -> Any:
        fitting = look(value)
        _refuse_unstorable(kind.adapter.dump_python(fitting, mode="json", by_alias=True))
        return fitting

    return storable


def _refuse_unstorable(value: Any) -> None:
    """What JSON in Python may hold and `jsonb` may not, however deep it stands."""
    if isinstance(value, dict):
        for name, inner in value.items():
            _text(None)(name)
            _refuse_unstorable(inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_unstorable(inner)
    elif isinstance(value, str):
        _text(None)(value)
    elif isinstance(value, float):
        _finite(value)


def _array(kind: sa.ARRAY[Any]) -> _Fit:
    each = _look(kind.item_type)

    def look(value: Any) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise _Misfit(f"{_shown(value)} is no list")
        if None in value:
            raise _Misfit("an element is empty")
        return [each(element) for element in value]

    return look


def _finite(value: Any) -> Any:
    if not isinstance(value, float | int | Decimal) or isinstance(value, bool):
        raise _Misfit(f"{_shown(value)} is not a number")
    if not math.isfinite(value):
        raise _Misfit(f"{value} is not a finite number")
    return value


def _enum(kind: sa.Enum) -> _Fit:
    known = set(kind.enums)

    def look(value: Any) -> Any:
        name = getattr(value, "value", value)
        if name not in known:
            raise _Misfit(f"{_shown(value)} is none of {', '.join(kind.enums)}")
        return value if kind.enum_class is None else kind.enum_class(name)

    return look


def _text(limit: int | None) -> _Fit:
    def look(value: Any) -> str:
        if not isinstance(value, str):
            raise _Misfit(f"{_shown(value)} is not text")
        if limit is not None and len(value) > limit:
            raise _Misfit(f"it has {len(value)} characters, and {limit} is the most")
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError as error:
                raise _Misfit("it holds half of a character") from error
        if "\0" in value:
            raise _Misfit("it holds a NUL, which PostgreSQL does not store")
        return value

    return look


def _integer(bits: int) -> _Fit:
    least, most = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1

    def look(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise _Misfit(f"{_shown(value)} is not a whole number")
        if not least <= value <= most:
            raise _Misfit(f"{value} is not between {least} and {most}")
        return value

    return look


def _instant(value: Any) -> datetime:
    if not isinstance(value, datetime):
        raise _Misfit(f"{_shown(value)} is not a time")
    if value.tzinfo is None:
        raise _Misfit(f"{value} has no time zone")
    return value


def _shown(value: Any) -> str:
    """Enough of a value to find it, and not so much that a secret or a whole text ends up in a log."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"  # noqa: PLR2004 -- about a third of a line


_LOOKS: tuple[tuple[type[sa.types.TypeEngine[Any]], Callable[[Any], _Fit]], ...] = (
    (Document, _document),
    (sa.Enum, _enum),  # before String, which it is too
    (Limited, lambda kind: _text(kind.limit)),
    (sa.String, lambda _: _text(None)),
    (sa.SmallInteger, lambda _: _integer(16)),  # both before Integer, which they are too
    (sa.BigInteger, lambda _: _integer(64)),
    (sa.Integer, lambda _: _integer(32)),
    (sa.Numeric, lambda _: _finite),
    (sa.Float, lambda _: _finite),
    (sa.ARRAY, _array),
    (sa.DateTime, lambda kind: _instant if kind.timezone else _plain(datetime)),
)
