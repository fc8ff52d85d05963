"""The data dictionary in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from aipromote.db.dictionary import meanings
from aipromote.db.dictionary.catalog import Catalog, Check, ForeignKey, Index, Table
from aipromote.db.dictionary.rooms import Room, Schema

COMMAND = "aipromote db describe"
STAMPS = ("created_at", "updated_at")

_FROM_TYPE = re.compile(r"_(length|array|object|no_nulls)$")
_ENUM_CAST = re.compile(r"::(text|integer|numeric|smallint|bigint|[a-z_]+(?:\[\])?)\b")


def page(catalog: Catalog, schema: Schema) -> str:
    """The whole page, of all rooms, enums and doors."""
    parts = [_head(), _contents(schema)]
    parts += [_room(room, catalog, schema) for room in schema.rooms]
    parts += [_enums(catalog), _doors(catalog)]
    return "\n\n".join(parts) + "\n"


def _head() -> str:
    return f"""# The data model

Made by `{COMMAND}` from the live catalog and the models; a test compares it. Do not edit it by hand.

<picture>
  <source media="(prefers-color-scheme: dark)" srcset="images/data-model-dark.svg">
  <img alt="Every table by room, with its keys and relations" src="images/data-model.svg">
</picture>

What holds for every table and is not repeated below:

- A table of an organization has the key `(organization_id, id)` unless another is named, and its foreign keys carry
  `organization_id`: a row cannot point into another organization. Deleting an organization deletes its rows.
- Row-level security lets a transaction see the organizations that it named, and nothing else.
- `id` is a UUIDv7 made by the application. Times are `timestamptz`; `created_at` and `updated_at` are the database's.
- Texts have a limit in characters, JSON documents one type and a documented shape, arrays no NULLs: each by a CHECK.
- Statuses move only as the tables say; a trigger refuses other moves. No row moves into another organization."""


def _contents(schema: Schema) -> str:
    lines = ["| room | tables |", "|---|---|"]
    for room in schema.rooms:
        links = ", ".join(f"[{table}](#{table})" for table in room.tables)
        lines.append(f"| {room.name} | {links} |")
    return "\n".join(lines)


def _room(room: Room, catalog: Catalog, schema: Schema) -> str:
    tables = [_table(catalog.tables[name], schema) for name in room.tables if name in catalog.tables]
    return "\n\n".join([f"## Room {room.name}", room.purpose, *tables])


def _table(table: Table, schema: Schema) -> str:
    blocks = [f"### {table.name}", schema.purposes[table.name], _columns(table, schema)]
    blocks += filter(None, (_facts(table), _moves(table, schema), _checks(table.checks), _indexes(table.indexes)))
    return "\n\n".join(blocks)


def _columns(table: Table, schema: Schema) -> str:
    keys = {key.own[0]: key for key in table.foreign_keys if len(key.own) == 1}
    rows = []
    for column in table.columns:
        if column.name in STAMPS:
            continue
        shape = schema.shapes.get((table.name, column.name), "")
        kind = _type(column.type) + (f" {shape}" if shape else "") + ("" if column.is_null else ", required")
        target = keys.get(column.name)
        meaning = "; ".join(
            filter(
                None,
                (meanings.of_column(table, column.name), f"→ [{target.target}](#{target.target})" if target else ""),
            )
        )
        rows.append((f"`{column.name}`", kind, _default(column.generated or column.default), meaning))
    return _grid(("column", "type", "default", "meaning"), rows)


def _facts(table: Table) -> str:
    lines = []
    if table.key not in {("organization_id", "id"), ("id",)}:
        lines.append(f"- Key: {_names(table.key)}")
    if table.partition_key:
        lines.append(f"- Partitioned: `{table.partition_key}`, by month")
    lines += [f"- Unique: {_names(columns)}" for columns in table.unique]
    lines += [f"- {_relation(key)}" for key in table.foreign_keys if not key.is_tenancy]
    lines += [f"- Policy: `{_squeeze(condition)}`" for condition in table.policies if not _is_usual(condition)]
    kept = f"{table.name}_kept"
    if kept in table.triggers:
        lines.append(f"- {meanings.of_trigger(table, kept)} Refused by the trigger `{kept}`.")
    return "\n".join(lines)


def _relation(key: ForeignKey) -> str:
    return f"{_names(key.own)} → [{key.target}](#{key.target}): {_ENDS[key.on_delete]}"


_ENDS = {
    "goes with it": "goes when that goes",
    "keeps it from going": "keeps that from being deleted",
    "must be gone by the end of the transaction": "keeps that from being deleted, unless both go in one transaction",
}


def _is_usual(condition: str) -> bool:
    return condition.startswith(("(organization_id = ANY", "(id = ANY"))


def _moves(table: Table, schema: Schema) -> str:
    moves = schema.moves.get(table.name)
    if not moves:
        return ""
    rows = [(f"`{before}`", ", ".join(f"`{status}`" for status in after) or "final") for before, after in moves.items()]
    return _grid(("status", "may become"), rows)


def _checks(checks: Iterable[Check]) -> str:
    rows = [
        (check.name.replace("_", " "), f"`{_squeeze(check.sql)}`")
        for check in checks
        if not _FROM_TYPE.search(check.name)
    ]
    return _grid(("every row", "as SQL"), rows) if rows else ""


def _indexes(indexes: Iterable[Index]) -> str:
    rows = [(f"`{i.name}`", _index(i), meanings.of_index(i.name)) for i in indexes if not i.is_constraint]
    return _grid(("index", "on", "serves"), rows) if rows else ""


def _index(index: Index) -> str:
    words = ["unique" if index.is_unique else "", index.method if index.method != "btree" else ""]
    condition = f" where {_squeeze(index.condition)}" if index.condition else ""
    columns = ", ".join(index.columns)
    return " ".join(filter(None, (*words, f"`{columns}{condition}`")))


def _enums(catalog: Catalog) -> str:
    rows = [(f"`{name}`", ", ".join(f"`{label}`" for label in labels)) for name, labels in catalog.enums.items()]
    return "## Enums\n\n" + _grid(("type", "values"), rows)


def _doors(catalog: Catalog) -> str:
    rows = [
        (f"`{door.name}({_short(door.arguments)})`", f"`{_short(door.result)}`", meanings.of_door(door.name))
        for door in catalog.doors
    ]
    text = (
        "Functions of the schema `doors` run as the owner and see all organizations. They return ids and what a queue "
        "carries, never content. The application may call these, and has no other way across:"
    )
    return f"## Doors across organizations\n\n{text}\n\n" + _grid(("door", "returns", "why"), rows)


def _short(sql: str) -> str:
    return sql.replace("timestamp with time zone", "timestamptz").removeprefix("TABLE")


def _type(sql: str) -> str:
    return _short(sql).replace("timestamp without time zone", "timestamp").replace("double precision", "double")


def _default(sql: str | None) -> str:
    return f"`{_squeeze(sql)}`" if sql else ""


def _squeeze(sql: str) -> str:
    """The catalog's SQL without its casts, and without the brackets around the whole."""
    plain = _ENUM_CAST.sub("", " ".join(sql.split()))
    while plain.startswith("(") and _closes(plain) == len(plain) - 1:
        plain = plain[1:-1]
    return plain.replace("|", "\\|")


def _closes(text: str) -> int:
    """Where the bracket that opens the text is closed."""
    depth = 0
    for place, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return place
    return -1


def _names(columns: Iterable[str]) -> str:
    return "`" + ", ".join(columns) + "`"


def _grid(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def lines() -> Iterator[str]:
        yield f"| {' | '.join(heads)} |"
        yield "|" + "---|" * len(heads)
        for row in rows:
            yield f"| {' | '.join(row)} |"

    return "\n".join(lines())
