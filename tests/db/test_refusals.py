"""For every constraint and trigger of the live catalog at least one row that the database refuses because of it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from itertools import product
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from pydantic import ValidationError
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.content.actions.moving import move
from aipromote.content.models import ContentPiece
from aipromote.content.states import MOVES as PIECE_MOVES
from aipromote.content.states import ContentStatus
from aipromote.db.base import Base
from aipromote.db.database import set_tenants
from aipromote.db.dictionary import catalog
from aipromote.db.dictionary.catalog import Catalog, Table
from aipromote.db.types import Document
from aipromote.errors import Conflict, NotFound
from aipromote.publishing import actions as posts
from aipromote.publishing.models import ScheduledPost
from aipromote.schema import MOVES
from aipromote.strategy.actions import deciding as strategies
from aipromote.strategy.models import AIStrategy
from factories.rows import CHECKS, KEPT, PARTIAL, ZONES, Rows, rows

_LENGTH = re.compile(r"char_length\((\w+)\) <= (\d+)")
_JSON = re.compile(r"jsonb_typeof\((\w+)\) = '(\w+)'")
_NULLS = re.compile(r"array_position\((\w+), NULL")
_MOST = 16


class World:
    """Two organizations with a row in every table, in a transaction that nobody commits."""

    def __init__(self, owner: asyncpg.Connection, live: Catalog) -> None:
        self.owner, self.live = owner, live
        self.mine: Rows = rows(uuid4())
        self.others: Rows = rows(uuid4())

    async def insert(self, table: str, row: Mapping[str, Any]) -> None:
        names = ", ".join(row)
        statement = f"INSERT INTO {table} ({names}) SELECT {names} FROM json_populate_record(NULL::{table}, $1)"
        await self.owner.execute(statement, json.dumps(row))

    async def change(self, table: str, changes: Mapping[str, Any]) -> None:
        """Change the first organization's row."""
        names, row = ", ".join(changes), self.mine[table]
        key = "id" if "id" in row else "organization_id"
        await self.owner.execute(
            f"UPDATE {table} SET ({names}) = (SELECT {names} FROM json_populate_record(NULL::{table}, $1)) "
            f"WHERE {key} = $2::text::uuid",
            json.dumps(changes),
            row[key],
        )

    async def refuses(self, name: str, work: Any) -> str:
        """Nothing if `work` is refused by this constraint; what is in its way is dropped for as long as it takes."""
        outer = self.owner.transaction()
        await outer.start()
        try:
            for _ in range(_MOST):
                try:
                    async with self.owner.transaction():
                        await work()
                except asyncpg.IntegrityConstraintViolationError as error:
                    found = await self._whole(error.constraint_name)
                    if found == name:
                        return ""
                    await self._drop(error, found)
                else:
                    return f"{name} takes it"
            return f"{name} was never asked"
        finally:
            await outer.rollback()

    async def _whole(self, name: str) -> str:
        """The constraint or index that a partition's belongs to."""
        parent = await self.owner.fetchval(
            "SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = to_regclass($1)", name
        )
        return parent or name

    async def _drop(self, error: Any, name: str) -> None:
        table = await self._whole(error.table_name)
        known = await self.owner.fetchval(
            "SELECT true FROM pg_constraint WHERE conname = $1 AND conrelid = $2::text::regclass", name, table
        )
        how = f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE" if known else f"DROP INDEX {name} CASCADE"
        await self.owner.execute(how)


@pytest.fixture
async def world(owner: asyncpg.Connection) -> AsyncIterator[World]:
    """Triggers of our own are off in it, so that constraints answer themselves."""
    transaction = owner.transaction()
    await transaction.start()
    live = await catalog.read(owner)
    made = World(owner, live)
    await owner.execute("SELECT doors.make_partition('2026-11-23')")
    for planted in (made.mine, made.others):
        assert planted.keys() == live.tables.keys(), "give every table its plain row in tests/factories/rows.py"
        for table, row in planted.items():
            await made.insert(table, row)
    await owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in live.tables:
        await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield made
    await transaction.rollback()


def _breaking(table: Table, name: str, sql: str) -> list[dict[str, Any]]:
    """Changes that this check refuses: by its kind, or as they are listed."""
    if found := _LENGTH.search(sql):
        long = "x" * (int(found[2]) + 1)
        return [{found[1]: f"<{long}>3" if found[1] == "time_zone" else long}]  # which POSIX takes for a zone
    if found := _JSON.search(sql):
        return [{found[1]: {} if found[2] == "array" else []}, {found[1]: "text"}]
    if found := _NULLS.search(sql):
        return [{found[1]: ["1", None]}]
    return CHECKS.get(f"{table.name}.{name}", [])


async def test_every_check_refuses_what_it_is_there_for(world: World) -> None:
    problems = []
    for table in world.live.tables.values():
        for check in table.checks:
            if table.name in ZONES and check.name == "time_zone_known":
                continue
            cases = _breaking(table, check.name, check.sql)
            problems += [f"{table.name}.{check.name} has no case"] * (not cases)
            for case in cases:
                full = f"ck_{table.name}_{check.name}"
                problems.append(await world.refuses(full, lambda t=table.name, c=case: world.change(t, c)))
    assert list(filter(None, problems)) == []


@pytest.mark.parametrize("table", ZONES)
async def test_a_time_zone_that_postgresql_does_not_know_is_refused(world: World, table: str) -> None:
    local = {"local_time": "2026-11-23T10:00:00"} if table == "scheduled_posts" else {}
    with pytest.raises(asyncpg.InvalidParameterValueError, match="Mars/Olympus"):
        await world.change(table, {"time_zone": "Mars/Olympus", **local})


async def test_every_required_column_refuses_null_and_every_enum_other_words(world: World) -> None:
    for table in world.live.tables.values():
        for column in table.columns:
            if not column.is_null:
                with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
                    async with world.owner.transaction():
                        await world.change(table.name, {column.name: None})
                told = refused.value.column_name or str(refused.value.detail)  # a NULL belongs to no partition either
                assert column.name in told, table.name
            if column.type in world.live.enums:
                with pytest.raises(asyncpg.InvalidTextRepresentationError):
                    async with world.owner.transaction():
                        await world.change(table.name, {column.name: "NONSENSE"})


async def test_every_key_and_unique_index_refuses_the_same_again(world: World) -> None:
    problems = []
    for table in world.live.tables.values():
        for index in table.indexes:
            if not index.is_unique:
                continue

            async def again(table: Table = table, name: str = index.name) -> None:
                partial = PARTIAL.get(name, {})
                if partial:
                    await world.change(table.name, partial)
                row = world.mine[table.name] | partial
                if name == "uq_users_email":
                    row["email"] = row["email"].upper()
                await world.insert(table.name, row)

            problems.append(await world.refuses(index.name, again))
    assert list(filter(None, problems)) == []


async def test_every_foreign_key_refuses_rows_that_are_not_there_or_of_another_organization(world: World) -> None:
    problems = []
    for table in world.live.tables.values():
        for key in table.foreign_keys:
            own = key.own or key.columns
            stranger = world.others[key.target]["id"] if table.is_tenant and key.own and key.target != "users" else None
            for target in filter(None, (str(uuid4()), stranger)):
                changes = {own[0]: target}
                problems.append(await world.refuses(key.name, lambda t=table.name, c=changes: world.change(t, c)))
    assert list(filter(None, problems)) == []


async def test_a_row_never_moves_into_another_organization(world: World) -> None:
    problems = []
    for table in world.live.tables.values():
        guard = f"{table.name}_stays"
        if not table.is_tenant:
            continue
        assert guard in table.triggers, table.name
        await world.owner.execute(f"ALTER TABLE {table.name} ENABLE TRIGGER {guard}")
        move_it = {"organization_id": world.others["organizations"]["id"]}
        problems.append(await world.refuses(guard, lambda t=table.name, c=move_it: world.change(t, c)))
    assert list(filter(None, problems)) == []


async def test_history_is_not_rewritten(world: World) -> None:
    problems, guards = [], set()
    for table in world.live.tables.values():
        for guard in table.triggers:
            if guard != f"{table.name}_kept":
                continue
            guards.add(guard)
            for was, change in KEPT.get(guard, []):
                async with world.owner.transaction():
                    if was:
                        await world.change(table.name, was)
                    await world.owner.execute(f"ALTER TABLE {table.name} ENABLE TRIGGER {guard}")
                    problems.append(await world.refuses(guard, lambda t=table.name, c=change: world.change(t, c)))
                    await world.owner.execute(f"ALTER TABLE {table.name} DISABLE TRIGGER {guard}")
    assert guards == KEPT.keys()
    assert list(filter(None, problems)) == []


async def test_what_the_audit_log_says_is_not_changed(world: World) -> None:
    await world.owner.execute("ALTER TABLE audit_log ENABLE TRIGGER audit_log_frozen")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="not changed"):
        await world.change("audit_log", {"actor_name": "Somebody else"})


async def test_every_trigger_is_of_a_kind_that_is_shown_here(world: World) -> None:
    kinds = {guard.removeprefix(f"{table.name}_") for table in world.live.tables.values() for guard in table.triggers}
    assert kinds <= {"stays", "kept", "moves", "frozen", "stamp", "search", "capture"}  # the last three refuse nothing


@pytest.mark.parametrize("table", [*MOVES])
async def test_a_status_makes_the_moves_that_are_listed_and_no_others(world: World, table: str) -> None:
    for check in world.live.tables[table].checks:
        await world.owner.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{check.name}")
    moves = MOVES[table]
    for before, after in product(moves, moves):
        if before is after:
            continue
        async with world.owner.transaction():
            await world.change(table, {"status": before.value})
            await world.owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_moves")
            refused = await world.refuses(f"{table}_moves", lambda a=after: world.change(table, {"status": a.value}))
            await world.owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_moves")
        assert bool(refused) == (after in moves[before]), (before, after)


@pytest.mark.parametrize(("before", "after"), [*product(ContentStatus, ContentStatus)])
def test_the_code_refuses_the_same_moves_of_a_piece(before: ContentStatus, after: ContentStatus) -> None:
    piece = ContentPiece(status=before)
    if before is after or after in PIECE_MOVES[before]:
        move(piece, to=after)
        assert piece.status is after
    else:
        with pytest.raises(Conflict):
            move(piece, to=after)
        assert piece.status is before


@pytest.mark.parametrize(
    ("model", "allowed", "change"),
    [
        (AIStrategy, MOVES["ai_strategies"], lambda s, row, to: strategies._move(s, row, to=to)),
        (ScheduledPost, MOVES["scheduled_posts"], posts._move),
    ],
)
async def test_the_code_asks_the_database_only_for_moves_that_are_listed(
    session: AsyncSession, model: Any, allowed: Any, change: Any
) -> None:
    """The row is not there: a move that is allowed asks for it, any other is refused before."""
    key, asked = uuid4(), list[Any]()
    await set_tenants(session, [key])
    event.listen(session.sync_session, "do_orm_execute", asked.append)
    for before, after in product(allowed, allowed):
        asked.clear()
        with pytest.raises((Conflict, NotFound)):
            await change(session, model(organization_id=key, id=uuid4(), status=before), after)
        stays = before is after and model is ScheduledPost  # it may get another time
        assert bool(asked) == (stays or after in allowed[before]), (before, after)


def test_every_document_refuses_what_does_not_fit_its_shape() -> None:
    for mapper in Base.registry.mappers:
        for column in mapper.local_table.columns:
            if isinstance(column.type, Document):
                for value in ("text", 7, {"no such field": 1} if column.type.json_type == "array" else [1]):
                    with pytest.raises(ValidationError):
                        column.type.process_bind_param(value, None)
