"""What the diagram shows of each table: its key, what is unique, its status, and where its foreign keys lead."""

from __future__ import annotations

from dataclasses import dataclass

from aipromote.db.dictionary.catalog import Catalog, ForeignKey, Table


@dataclass(frozen=True)
class Row:
    """One line of a box: a mark (`PK`, `FK`, `U`), the column, and words in grey beside it."""

    mark: str
    name: str
    aside: str = ""


@dataclass(frozen=True)
class Edge:
    """A drawn relation: many rows of `source` (from its `row`) belong to one of `target`, or to none if `optional`."""

    source: str
    row: int
    target: str
    optional: bool
    single: bool
    """Whether at most one row of the source belongs to one of the target."""


@dataclass(frozen=True)
class Box:
    """A table as it is drawn."""

    name: str
    is_tenant: bool
    rows: tuple[Row, ...]
    edges: tuple[Edge, ...]


def boxes(catalog: Catalog) -> dict[str, Box]:
    """All tables, by name."""
    return {name: _box(table) for name, table in catalog.tables.items()}


def _box(table: Table) -> Box:
    rows, edges = [], []
    keys = {key.own[0]: key for key in sorted(table.foreign_keys, key=_width) if key.own}
    for column in table.columns:
        if column.name == "organization_id":
            if ("organization_id",) in (*table.unique, table.key):
                rows.append(Row("U", column.name, "one each"))
            continue
        key = keys.get(column.name)
        if key is not None:
            if _is_drawn(key):
                single = any(set(key.columns) == set(columns) for columns in (*table.unique, table.key))
                edges.append(Edge(table.name, len(rows), key.target, column.is_null, single))
            aside = "" if _is_drawn(key) else f"→ {key.target}"
            rows.append(Row("PK" if column.name in _own_key(table) else "FK", column.name, aside))
        elif column.name in _own_key(table):
            rows.append(Row("PK", column.name))
        elif _is_unique(table, column.name):
            rows.append(Row("U", column.name))
        elif column.name == "status":
            rows.append(Row("", column.name, column.type))
    rest = len(table.columns) - len(rows) - (1 if table.is_tenant and not _is_alone(rows) else 0)
    if rest:
        rows.append(Row("", "", f"and {rest} more"))
    return Box(table.name, table.is_tenant, tuple(rows), tuple(edges))


def _is_alone(rows: list[Row]) -> bool:
    return any(row.name == "organization_id" for row in rows)


def _own_key(table: Table) -> tuple[str, ...]:
    """The key's columns, where they are not the usual ones."""
    own = tuple(name for name in table.key if name != "organization_id")
    return () if own == ("id",) else own


def _width(key: ForeignKey) -> int:
    """Of two keys that begin with one column the narrower is drawn: it leads to what owns the row."""
    return -len(key.own)


def _is_drawn(key: ForeignKey) -> bool:
    """Who wrote or decided something is only named: lines to people from everywhere would hide the rest."""
    return key.target != "users" or key.on_delete == "goes with it"


def _is_unique(table: Table, name: str) -> bool:
    constraints = any(name in columns for columns in table.unique)
    return constraints or any(
        index.is_unique and not index.is_constraint and name in index.columns for index in table.indexes
    )
