"""What PostgreSQL says of the schema, as plain records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import asyncpg

from aipromote.db.dictionary import questions

ON_DELETE = {"c": "goes with it", "r": "keeps it from going", "a": "must be gone by the end of the transaction"}
"""What becomes of a row when the row that it points to is deleted, by pg_constraint.confdeltype."""


@dataclass(frozen=True)
class Column:
    """One column. `default` and `generated` are SQL."""

    name: str
    type: str
    is_null: bool
    default: str | None
    generated: str | None
    comment: str | None


@dataclass(frozen=True)
class ForeignKey:
    """From `columns` to the key of `target`."""

    name: str
    columns: tuple[str, ...]
    target: str
    on_delete: str

    @property
    def own(self) -> tuple[str, ...]:
        """The columns beside the tenant, which every key between tenant tables carries."""
        return tuple(name for name in self.columns if name != "organization_id")

    @property
    def is_tenancy(self) -> bool:
        """Whether it only says whose the row is."""
        return self.target == "organizations" and not self.own


@dataclass(frozen=True)
class Check:
    """A condition that every row meets. `name` without its table."""

    name: str
    sql: str


@dataclass(frozen=True)
class Index:
    """An index that is there beside the key and the unique constraints, or for one of them."""

    name: str
    method: str
    is_unique: bool
    columns: tuple[str, ...]
    condition: str | None
    is_constraint: bool


@dataclass
class Table:
    """One table, with everything that hangs on it."""

    name: str
    partition_key: str | None = None
    columns: list[Column] = field(default_factory=list)
    key: tuple[str, ...] = ()
    unique: list[tuple[str, ...]] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    policies: list[str] = field(default_factory=list)
    triggers: dict[str, str] = field(default_factory=dict)

    def column(self, name: str) -> Column:
        """The column of this name. Raises StopIteration where there is none."""
        return next(column for column in self.columns if column.name == name)

    @property
    def is_tenant(self) -> bool:
        """Whether its rows belong to organizations."""
        return any(column.name == "organization_id" for column in self.columns)


@dataclass(frozen=True)
class Door:
    """A function across tenants."""

    name: str
    arguments: str
    result: str


@dataclass(frozen=True)
class Catalog:
    """The whole schema. `enums` are labels by type."""

    tables: dict[str, Table]
    enums: dict[str, tuple[str, ...]]
    doors: list[Door]


async def read(owner: asyncpg.Connection) -> Catalog:
    """Ask the catalog; in the order of names, so that two readings of one schema are equal."""
    found = await owner.fetch(questions.TABLES)
    tables = {row["oid"]: Table(row["name"], row["partition_key"]) for row in found}
    oids = list(tables)
    for row in await owner.fetch(questions.COLUMNS, oids):
        fields = ("name", "type", "is_null", "default", "generated", "comment")
        tables[row["oid"]].columns.append(Column(**{name: row[name] for name in fields}))
    for row in await owner.fetch(questions.CONSTRAINTS, oids):
        _constrain(tables[row["oid"]], row)
    for row in await owner.fetch(questions.INDEXES, oids):
        facts = {name: row[name] for name in ("name", "method", "is_unique", "condition", "is_constraint")}
        tables[row["oid"]].indexes.append(Index(columns=tuple(row["columns"]), **facts))
    for row in await owner.fetch(questions.POLICIES, oids):
        tables[row["oid"]].policies.append(row["condition"])
    for row in await owner.fetch(questions.TRIGGERS, oids):
        tables[row["oid"]].triggers[row["name"]] = row["definition"]
    enums = {row["name"]: tuple(row["labels"]) for row in await owner.fetch(questions.ENUMS)}
    doors = [Door(row["name"], row["arguments"], row["result"]) for row in await owner.fetch(questions.DOORS)]
    return Catalog({table.name: table for table in tables.values()}, enums, doors)


def _constrain(table: Table, row: Any) -> None:
    columns = tuple(row["columns"])
    match row["kind"]:
        case "p":
            table.key = columns
        case "u":
            table.unique.append(columns)
        case "f":
            table.foreign_keys.append(ForeignKey(row["name"], columns, row["target"], ON_DELETE[row["on_delete"]]))
        case "c":
            name = row["name"].removeprefix(f"ck_{table.name}_")
            table.checks.append(Check(name, row["definition"].removeprefix("CHECK (").removesuffix(")")))
