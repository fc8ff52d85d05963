"""The schema on Citus: the statements that spread it over several servers by organization, and the limits it must keep.

Everything here is worked out from the models. It is held against the limits that Citus 14 documents and has in its
source; there is no Citus among the servers that this was developed with, so the statements were never run on one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, MetaData, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import ExcludeConstraint

ROOT = "organizations"
"""The table whose rows are the tenants: distributed by its own key, and all others beside it."""
TENANT = "organization_id"

LOCAL = {"alembic_version": "only the coordinator migrates"}
"""Tables that stay where migrations run, and why."""

_READS = re.compile(r"\b(SELECT|PERFORM|INSERT|UPDATE|DELETE|MERGE|EXECUTE)\b", re.IGNORECASE)
_ONLY_KEY_RULES = {None, "NO ACTION", "RESTRICT", "CASCADE"}


@dataclass(frozen=True)
class Plan:
    """Which tables become what, parents first."""

    reference: tuple[str, ...]
    """On every server, whole: what belongs to no organization."""
    distributed: tuple[tuple[str, str], ...]
    """Table and the column by which it is spread."""

    def statements(self) -> Iterator[str]:
        """What the owner runs on the coordinator, after the migrations and before there is much data."""
        yield "CREATE EXTENSION IF NOT EXISTS citus"
        # Our triggers look at their own row only, which `refusals_of_triggers` holds them to.
        yield "SET citus.enable_unsafe_triggers TO on"
        # Without the second one the policies on the other servers would know of no organization, and show no row.
        for setting in ("citus.enable_unsafe_triggers = on", "citus.propagate_set_commands = local"):
            yield f"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET {setting}', current_database()); END $$"
        for table in self.reference:
            yield f"SELECT create_reference_table('{table}')"
        for table, column in self.distributed:
            beside = "" if table == ROOT else f", colocate_with => '{ROOT}'"
            yield f"SELECT create_distributed_table('{table}', '{column}'{beside})"


def plan(metadata: MetaData) -> Plan:
    """Everything with an `organization_id`, and the organizations, is distributed; the rest is on every server."""
    reference = tuple(table.name for table in metadata.sorted_tables if distribution_column(table) is None)
    spread = [(table.name, column) for table in metadata.sorted_tables if (column := distribution_column(table))]
    return Plan(reference, tuple(sorted(spread, key=lambda pair: pair[0] != ROOT)))


def distribution_column(table: Table) -> str | None:
    """The column that says whose a row is; None for a table that belongs to no organization."""
    if table.name == ROOT:
        return "id"
    return TENANT if TENANT in table.columns else None


def refusals(metadata: MetaData) -> list[str]:
    """In sentences: what of this schema Citus would refuse. Empty when it can be distributed as it is."""
    found: list[str] = []
    for table in metadata.sorted_tables:
        found += _of_identities(table)
        for key in table.foreign_key_constraints:
            found += _of_key(table, key)
        if (column := distribution_column(table)) is not None:
            found += _of_uniqueness(table, column)
            if table.columns[column].nullable:
                found.append(f"{table.name}.{column} may be NULL, and says on which server a row lies")
    return sorted(found)


def refusals_of_triggers(triggers: Iterable[tuple[str, str]]) -> list[str]:
    """Of pairs of a trigger's name and its function's source: those that look at rows other than their own.

    On a distributed table such a trigger would see one shard only.
    """
    return sorted(
        f"the trigger {name} reads or writes other rows: {word.group(1).upper()}"
        for name, source in triggers
        if (word := _READS.search(_without_comments(source)))
    )


def _without_comments(source: str) -> str:
    return re.sub(r"--[^\n]*|'(?:[^']|'')*'", "", source)


def _of_identities(table: Table) -> Iterator[str]:
    for column in table.columns:
        numbered = column.identity is not None or column.autoincrement is True
        if numbered and not isinstance(column.type, BigInteger):
            yield f"{table.name}.{column.name} is numbered by a sequence that is no bigint"
        if column.computed is not None and column.name == distribution_column(table):
            yield f"{table.name}.{column.name} is generated, and says on which server a row lies"


def _of_uniqueness(table: Table, column: str) -> Iterator[str]:
    for constraint in table.constraints:
        if isinstance(constraint, (PrimaryKeyConstraint, UniqueConstraint)) and column not in constraint.columns:
            yield f"{table.name}: the constraint {constraint.name or 'of its key'} does not contain {column}"
        if isinstance(constraint, ExcludeConstraint) and (column, "=") not in _operators(constraint):
            yield f"{table.name}: the exclusion {constraint.name} does not compare {column} with ="
    for index in table.indexes:
        if index.unique and column not in {part.name for part in index.expressions if isinstance(part, Column)}:
            yield f"{table.name}: the unique index {index.name} does not contain {column}"


def _operators(constraint: ExcludeConstraint) -> set[tuple[str | None, str]]:
    return {(name, operator) for _, name, operator in constraint._render_exprs}  # noqa: SLF001 -- nothing public has it


def _of_key(table: Table, key: ForeignKeyConstraint) -> Iterator[str]:
    target = key.referred_table
    here, there = distribution_column(table), distribution_column(target)
    name = f"{table.name}: the foreign key {key.name or '(' + ', '.join(key.column_keys) + ')'}"
    if there is None:
        return
    if here is None:
        yield f"{name} leads from a table on every server to {target.name}, which is distributed"
        return
    pairs = {(element.parent.name, element.column.name) for element in key.elements}
    if (here, there) not in pairs:
        yield f"{name} does not contain {here}, so that it could lead to another server"
    for rule in (key.ondelete, key.onupdate):
        if rule is not None and rule.upper() not in _ONLY_KEY_RULES:
            yield f"{name} would {rule.upper()}, which would write {here}"
    if (key.onupdate or "").upper() == "CASCADE":
        yield f"{name} would cascade an update of {here}"
