"""What a name does not say: short meanings from `meanings.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from aipromote.db.dictionary.catalog import Catalog, Table


@lru_cache(maxsize=1)
def _all() -> dict[str, dict[str, Any]]:
    return tomllib.loads((Path(__file__).parent / "meanings.toml").read_text("utf-8"))


def of_column(table: Table, name: str) -> str:
    """What the column holds; empty where its name says it."""
    columns = _all()["columns"]
    special = columns.get(table.name, {})
    found = special.get(name) or table.column(name).comment or columns.get(name)
    return found if isinstance(found, str) else ""


def of_index(name: str) -> str:
    """What the index is for."""
    return str(_all()["indexes"].get(name, ""))


def of_trigger(table: Table, name: str) -> str:
    """What the trigger sees to."""
    kind = name.removeprefix(f"{table.name}_")
    if kind == "kept":
        return str(_all()["kept"].get(table.name, ""))
    return str(_all()["triggers"].get(kind, ""))


def of_door(name: str) -> str:
    """Why the door is there."""
    return str(_all()["doors"].get(name, ""))


def missing(catalog: Catalog) -> Iterator[str]:
    """Indexes, triggers and doors that nobody explained."""
    for table in catalog.tables.values():
        yield from (f"indexes.{i.name}" for i in table.indexes if not i.is_constraint and not of_index(i.name))
        yield from (f"triggers.{name}" for name in table.triggers if not of_trigger(table, name))
    yield from (f"doors.{door.name}" for door in catalog.doors if not of_door(door.name))


def stale(catalog: Catalog) -> Iterator[str]:
    """Meanings of what is not there."""
    known = {name: {column.name for column in table.columns} for name, table in catalog.tables.items()}
    for key, value in _all()["columns"].items():
        if isinstance(value, str):
            if not any(key in columns for columns in known.values()):
                yield f"columns.{key}"
        else:
            yield from (f"columns.{key}.{name}" for name in value if name not in known.get(key, ()))
    indexes = {index.name for table in catalog.tables.values() for index in table.indexes}
    yield from (f"indexes.{name}" for name in _all()["indexes"] if name not in indexes)
    yield from (f"kept.{name}" for name in _all()["kept"] if f"{name}_kept" not in _triggers(catalog))
    doors = {door.name for door in catalog.doors}
    yield from (f"doors.{name}" for name in _all()["doors"] if name not in doors)


def _triggers(catalog: Catalog) -> set[str]:
    return {name for table in catalog.tables.values() for name in table.triggers}
