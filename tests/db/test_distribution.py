"""The schema keeps the limits of a database that is distributed by organization; one that does not is refused."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    Uuid,
)
from typer.testing import CliRunner

from aipromote import schema
from aipromote.cli.db.tree import app
from aipromote.db import distribution

_TRIGGERS = """
SELECT t.tgrelid::regclass::text || '.' || t.tgname AS name, p.prosrc AS source
  FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
 WHERE NOT t.tgisinternal AND NOT c.relispartition
"""


def test_the_schema_can_be_distributed_as_it_is() -> None:
    assert distribution.refusals(schema.metadata) == []


async def test_no_trigger_of_the_schema_looks_at_other_rows(owner: asyncpg.Connection) -> None:
    triggers = [(row["name"], row["source"]) for row in await owner.fetch(_TRIGGERS)]
    assert triggers
    assert distribution.refusals_of_triggers(triggers) == []


def test_a_trigger_that_looks_at_other_rows_is_refused() -> None:
    counts = "BEGIN NEW.number := (SELECT max(number) + 1 FROM t); RETURN NEW; END"
    speaks = "BEGIN RAISE EXCEPTION 'do not update'; -- and SELECT nothing\nEND"
    assert distribution.refusals_of_triggers([("t.counts", counts), ("t.speaks", speaks)]) == [
        "the trigger t.counts reads or writes other rows: SELECT"
    ]


def test_parents_are_distributed_before_their_children_and_all_beside_the_organizations() -> None:
    plan = distribution.plan(schema.metadata)
    order = [*plan.reference, *(name for name, _ in plan.distributed)]
    assert sorted(order) == sorted(schema.metadata.tables)
    for position, name in enumerate(order):
        for key in schema.metadata.tables[name].foreign_key_constraints:
            assert order.index(key.referred_table.name) <= position, (name, key.name)
    assert "users" in plan.reference
    assert plan.distributed[0] == ("organizations", "id")
    assert "SELECT create_distributed_table('analytics', 'organization_id', colocate_with => 'organizations')" in set(
        plan.statements()
    )


def _key() -> list[Column[Any]]:
    return [Column("organization_id", Uuid, nullable=False), Column("id", Uuid)]


def _schema(*of_piece: Any, users: tuple[Any, ...] = ()) -> MetaData:
    """Organizations, plans and pieces; with these constraints on the pieces, and on the users."""
    metadata = MetaData()
    Table("organizations", metadata, Column("id", Uuid, primary_key=True))
    Table("users", metadata, Column("id", Uuid, primary_key=True), Column("favourite", Uuid), *users)
    Table("plans", metadata, *_key(), PrimaryKeyConstraint("organization_id", "id"))
    columns = (Column("plan_id", Uuid), Column("number", Integer), Column("user_id", Uuid))
    own_key = (
        ()
        if any(isinstance(one, PrimaryKeyConstraint) for one in of_piece)
        else (PrimaryKeyConstraint("organization_id", "id"),)
    )
    Table("pieces", metadata, *_key(), *columns, *own_key, *of_piece)
    return metadata


def _to_plan(**rules: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["organization_id", "plan_id"], ["plans.organization_id", "plans.id"], **rules)


def test_a_schema_that_keeps_the_limits_is_taken() -> None:
    to_user = ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="SET NULL")
    assert distribution.refusals(_schema(_to_plan(ondelete="CASCADE"), to_user)) == []


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (_schema(_to_plan(ondelete="SET NULL")), "would SET NULL, which would write organization_id"),
        (_schema(_to_plan(ondelete="SET NULL (plan_id)")), "would SET NULL (PLAN_ID)"),
        (_schema(_to_plan(ondelete="SET DEFAULT")), "would SET DEFAULT"),
        (_schema(_to_plan(onupdate="CASCADE")), "would cascade an update of organization_id"),
        (
            _schema(ForeignKeyConstraint(["plan_id"], ["plans.id"])),
            "does not contain organization_id, so that it could lead to another server",
        ),
        (
            _schema(ForeignKeyConstraint(["plan_id", "organization_id"], ["plans.organization_id", "plans.id"])),
            "does not contain organization_id",
        ),
        (
            _schema(users=(ForeignKeyConstraint(["favourite"], ["organizations.id"]),)),
            "leads from a table on every server to organizations",
        ),
        (_schema(UniqueConstraint("number", name="uq_number")), "the constraint uq_number does not contain"),
        (_schema(Index("uq_number", "number", unique=True)), "the unique index uq_number does not contain"),
        (_schema(PrimaryKeyConstraint("id")), "does not contain organization_id"),
        (_schema(Column("serial", Integer, Identity())), "pieces.serial is numbered by a sequence that is no bigint"),
    ],
)
def test_a_schema_that_breaks_a_limit_is_refused_with_the_reason(bad: MetaData, told: str) -> None:
    [refusal] = distribution.refusals(bad)
    assert told in refusal


def test_a_number_that_citus_can_hand_out_is_taken() -> None:
    assert distribution.refusals(_schema(Column("serial", BigInteger, Identity()))) == []


def test_the_command_prints_the_statements_without_any_server() -> None:
    shown = CliRunner().invoke(app, ["distribute", "--print"])
    assert shown.exit_code == 0, shown.output
    assert "SELECT create_reference_table('users');" in shown.output
    assert "never run" in shown.output
