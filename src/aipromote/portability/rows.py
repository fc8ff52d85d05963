"""One line of a file, judged as a stranger's: every column has to fit its model before the database sees any of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import ValidationError

from aipromote.portability import shape
from aipromote.portability.errors import refused
from aipromote.portability.form import ROWS
from aipromote.portability.remapping import Remapping
from aipromote.portability.shape import Column
from aipromote.portability.sources import Files, facts_of

Row = dict[str, Any]
_VERBATIM = frozenset({"publish_attempts.text_sent"})
"""What was really sent stays as it is: its checksum stands beside it."""


def rows_of(files: Files, table: sa.Table) -> Iterator[tuple[int, Row]]:
    """The rows of a table as JSON objects with the columns that there are, numbered from 1. ImportRefused."""
    name, facts = ROWS.format(table=table.name), facts_of(files, table.name)
    if facts is None:
        return
    count = 0
    for number, line in files.lines(name):
        count = number
        yield number, _object(name, number, line, shape.columns(table))
    if facts.rows is not None and count != facts.rows:
        raise refused(name, f"there are {count} rows, and the manifest says {facts.rows}.")


def ids_of(files: Files) -> frozenset[UUID]:
    """The ids of all rows."""
    found = set()
    for table in shape.tables():
        if "id" in shape.columns(table):
            for number, row in rows_of(files, table):
                column = shape.columns(table)["id"]
                found.add(_value(ROWS.format(table=table.name), number, column, row.get("id")))
    return frozenset(found)


def judged(table: sa.Table, number: int, row: Row, *, remapping: Remapping, owner: UUID) -> Row:
    """The row's values for the database: each fits its column, ids are the new ones, people are the owner."""
    name, tenant = ROWS.format(table=table.name), shape.tenant_column(table)
    values: Row = {}
    for column in shape.columns(table).values():
        if column.name not in row and column.has_default:
            continue
        given = row.get(column.name)
        if remapping.rows and not column.is_key and f"{table.name}.{column.name}" not in _VERBATIM:
            given = remapping.words(given)
        value = _value(name, number, column, given)
        if column.is_person:
            value = owner if value else None
        elif column.is_key and value is not None:
            value = remapping.key(value) if column.name != tenant else _own(name, number, column, value, remapping)
        values[column.name] = value
    return values | dict(shape.IMPORTED.get(table.name, {}))


def _own(name: str, number: int, column: Column, value: UUID, remapping: Remapping) -> UUID:
    if value != remapping.old:
        raise refused(name, "this row belongs to another organization.", row=number, column=column.name)
    return remapping.new


def _object(name: str, number: int, line: bytes, columns: Any) -> Row:
    try:
        row = json.loads(line)
        json.dumps(row, ensure_ascii=False).encode()  # halves of surrogate pairs end here
    except (ValueError, RecursionError) as broken:
        raise refused(name, "this is not JSON in UTF-8.", row=number) from broken
    if not isinstance(row, dict):
        raise refused(name, "this is not a JSON object.", row=number)
    for unknown in row.keys() - columns.keys():
        raise refused(name, "there is no such column, or it does not travel.", row=number, column=str(unknown)[:100])
    return row


def _holds_nul(value: Any) -> bool:
    """PostgreSQL has no place for the character number 0, nor has its JSON."""
    if isinstance(value, dict):
        return any(_holds_nul(part) for pair in value.items() for part in pair)
    return any(_holds_nul(part) for part in value) if isinstance(value, list) else "\0" in str(value)


def _value(name: str, number: int, column: Column, given: Any) -> Any:
    if _holds_nul(given):
        raise refused(name, "it holds the character number 0.", row=number, column=column.name)
    try:
        return column.adapter.validate_python(given)
    except ValidationError as unfit:
        first = unfit.errors(include_url=False, include_input=False)[0]
        place = "".join(f".{part}" for part in first["loc"])
        raise refused(name, f"{first['msg']}.", row=number, column=f"{column.name}{place}") from unfit
