"""Whatever a transaction sends as the application, it reads and writes only rows of the organizations that it named."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from statements import READS, WRITES

from aipromote.db.database import TENANTS
from factories.tenants import World, drop_world, fingerprint, make_world

_MALFORMED = ("nonsense", "{", "{not-a-uuid}", "' OR true --", "{00000000-0000-0000-0000-00000000000}")
_PLANS = itertools.count()
_CHANNELS = ("plain", "cursor", "prepared", "copy")


@pytest.fixture(scope="module")
def world(owner_url_base: str, owner_url: str) -> Iterator[World]:
    """Three tenants with rows in every table there is."""
    name = owner_url.rpartition("/")[2].replace("test_", "tenants_")
    yield asyncio.run(make_world(owner_url_base, name))
    asyncio.run(drop_world(owner_url_base, name))


@pytest.fixture
async def owner_of_all(world: World) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(world.owner_url)
    yield connection
    await connection.close()


def _lists(draw: st.DrawFn) -> tuple[str | None, frozenset[int]]:
    """A value of the setting, and the tenants that it names; None resets it."""
    named = draw(st.lists(st.integers(0, 2), max_size=3))
    literal = draw(st.sampled_from(("list", "list", "list", "nulls", "twice", "nested", "spaced", "none", "malformed")))
    numbers = ",".join(f"<{number}>" for number in named)
    if literal == "malformed":
        return draw(st.sampled_from(_MALFORMED)), frozenset()
    if literal == "none":
        return draw(st.sampled_from(("", None, "{}", "{NULL}"))), frozenset()
    made = {
        "list": f"{{{numbers}}}",
        "nulls": f"{{NULL{',' if named else ''}{numbers}}}",
        "twice": f"{{{numbers}{',' if named else ''}{numbers}}}",
        "nested": f"{{{{{numbers}}}}}" if named else "{}",
        "spaced": f"  {{ {numbers.replace(',', ' , ')} }} ",
    }
    return made[literal], frozenset(named)


@st.composite
def step(draw: st.DrawFn) -> tuple[str, Any]:
    kind = draw(st.sampled_from(("see", "read", "read", "read", "write", "write", "savepoint", "back")))
    if kind == "see":
        return kind, _lists(draw)
    if kind in {"savepoint", "back"}:
        return kind, None
    template = draw(st.sampled_from(READS if kind == "read" else WRITES))
    return kind, (template, draw(st.integers(0)), draw(st.integers(0)), draw(st.integers(0, 2)), draw(_channel))


_channel = st.sampled_from(_CHANNELS)


@dataclass
class Intruder:
    """One transaction of somebody who may send any statement, beside the owner's knowledge of what is there."""

    world: World
    connection: asyncpg.Connection
    prints: list[Any]
    seen: frozenset[UUID] = frozenset()
    marks: list[tuple[str, frozenset[UUID], list[Any]]] = field(default_factory=list)

    async def take(self, kind: str, what: Any) -> None:
        await {"see": self._see, "savepoint": self._mark, "back": self._back, "read": self._read, "write": self._write}[
            kind
        ](what)

    async def _see(self, what: tuple[str | None, frozenset[int]]) -> None:
        literal, numbers = what
        if literal is None:
            await self.connection.execute(f"RESET {TENANTS}")
        else:
            for number, tenant in enumerate(self.world.tenants):
                literal = literal.replace(f"<{number}>", str(tenant).upper() if number else str(tenant))
            await self.connection.execute("SELECT set_config($1, $2, true)", TENANTS, literal)
        self.seen = frozenset(self.world.tenants[number] for number in numbers)

    async def _mark(self, _: None) -> None:
        name = f"mark_{len(self.marks)}"
        await self.connection.execute(f"SAVEPOINT {name}")
        self.marks.append((name, self.seen, self.prints))

    async def _back(self, _: None) -> None:
        if self.marks:
            name, self.seen, self.prints = self.marks.pop()
            await self.connection.execute(f"ROLLBACK TO SAVEPOINT {name}")

    async def _read(self, what: Any) -> None:
        template, one, other, victim, channel = what
        names = self._names(one, other, victim)
        statement = template.format(**names)
        got = await self._as_application(statement, channel)
        if got is None:
            assert self.seen == frozenset(), statement
            return
        known = {
            place: f"(SELECT * FROM {names[place]} WHERE {names['k' + place]} = ANY ({names['seen']}) OFFSET 0)"
            for place in ("a", "b")
        }
        expected = await _fetch(self.connection, template.format(**(names | known)), channel="plain")
        if channel == "copy":
            assert len(got) == len(expected), statement
        else:
            assert got == expected, statement
        self._refuse_to_have_seen("".join(got), statement)

    async def _write(self, what: Any) -> None:
        template, one, other, victim, _ = what
        statement = template.format(**self._names(one, other, victim))
        returned = await self._as_application(statement, "plain")
        self._refuse_to_have_seen("".join(returned or []), statement)
        prints = await fingerprint(self.connection, self.world.tables)
        others = [line for line in prints if line[1] not in self.seen]
        assert others == [line for line in self.prints if line[1] not in self.seen], statement
        self.prints = prints

    def _names(self, one: int, other: int, victim: int) -> dict[str, str]:
        tables = sorted(self.world.tables)
        a, b = tables[one % len(tables)], tables[other % len(tables)]
        row = self.world.rows[self.world.tenants[victim]][a][0]
        return {
            "a": a, "ka": self.world.tables[a], "b": b, "kb": self.world.tables[b],
            "victim": str(self.world.tenants[victim]),
            "seen": f"'{{{','.join(map(str, self.seen))}}}'::uuid[]",
            "columns": ", ".join(row), "values": ", ".join(f"y.{column}" for column in row),
            "row": _json(row), "fresh": _json(row | {"id": uuid4()}),
            "key": "id" if a == "organizations" else ", ".join(self.world.keys[a]),
        }  # fmt: skip

    async def _as_application(self, statement: str, channel: str) -> list[str] | None:
        """What it returns, sorted; None when it is refused. The transaction goes on either way."""
        try:
            async with self.connection.transaction():
                await self.connection.execute(f"SET LOCAL ROLE {self.world.login}")
                rows = await _fetch(self.connection, statement, channel=channel, all_tenants=self.world.tenants)
                await self.connection.execute("SET LOCAL ROLE NONE")
        except asyncpg.PostgresError as refused:
            told = f"{refused} {refused.detail} {refused.hint}"
            self._refuse_to_have_seen(told, statement)
            if statement.startswith("SELECT") and "row-level" not in told and self.seen:
                raise
            return None
        return rows

    def _refuse_to_have_seen(self, told: str, statement: str) -> None:
        """No word of others, but what the statement itself said."""
        for tenant in self.world.tenants:
            if tenant not in self.seen:
                assert str(tenant) not in told or str(tenant) in statement, statement


async def _fetch(
    connection: asyncpg.Connection, statement: str, *, channel: str, all_tenants: tuple[UUID, ...] = ()
) -> list[str]:
    if channel == "copy" and statement.startswith(("SELECT", "WITH")) and not statement.endswith("FOR UPDATE"):
        parts: list[bytes] = []

        async def keep(data: bytes) -> None:
            parts.append(data)

        await connection.copy_from_query(statement, output=keep)
        return sorted(b"".join(parts).decode().splitlines())
    if channel == "cursor":
        cursor = f"reading_{next(_PLANS)}"
        await connection.execute(f"DECLARE {cursor} CURSOR FOR {statement}")
        rows = await connection.fetch(f"FETCH ALL FROM {cursor}")
        await connection.execute(f"CLOSE {cursor}")
    elif channel == "prepared":
        # Planned while everything may be seen, run when less may be: the plan must ask again.
        now = await connection.fetchval("SELECT current_setting($1, true)", TENANTS)
        everybody = "{" + ",".join(map(str, all_tenants)) + "}"
        await connection.execute("SELECT set_config($1, $2, true)", TENANTS, everybody)
        plan = f"reading_{next(_PLANS)}"
        await connection.execute(f"PREPARE {plan} AS {statement}")
        if "CASE" not in statement:  # a trap, which is for what may be seen later
            await connection.execute(f"EXECUTE {plan}")
        await connection.execute("SELECT set_config($1, $2, true)", TENANTS, now or "")
        rows = await connection.fetch(f"EXECUTE {plan}")
    else:
        rows = await connection.fetch(statement)
    return sorted(str(tuple(row)) for row in rows)


def _json(row: dict[str, Any]) -> str:
    return json.dumps(row, default=str).replace("'", "''")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step(), min_size=3, max_size=8))
async def test_no_statement_reads_or_writes_a_row_of_another(
    world: World, owner_of_all: asyncpg.Connection, steps: list[tuple[str, Any]]
) -> None:
    transaction = owner_of_all.transaction()
    await transaction.start()
    try:
        intruder = Intruder(world, owner_of_all, await fingerprint(owner_of_all, world.tables))
        for kind, what in steps:
            await intruder.take(kind, what)
    finally:
        await transaction.rollback()
