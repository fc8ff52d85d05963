"""Rotation of keys: every stored secret sealed anew by the first key of the ring, while everybody goes on working.

Where a rotation stands is told by the data: each sealed value names its key. So a rotation that was killed goes on when
it is run again. A value is replaced only if it is still the one that was read: a token that was refreshed meanwhile
stays. All of it runs as the application, organization by organization; two doors tell which rows are meant.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, Uuid, bindparam, literal, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.db.base import Base
from aipromote.db.database import Database
from aipromote.db.sealing import NOBODY, KeyRing, SealBroken, Sealed, key_of
from aipromote.errors import SetupError, Unavailable

_BATCH = 200
_PASSES = 20
_PAUSE = 0.5

Row = tuple[UUID, UUID]
"""An organization (`NOBODY` for what belongs to a person) and a row's id."""
OnProgress = Callable[[int, int], None]
"""Called with how many secrets were sealed anew, and how many there were to do."""


@dataclass(frozen=True)
class Place:
    """A sealed attribute of a model: its table, and the column that holds its values."""

    table: Table
    sealed: Sealed
    column: str

    @property
    def name(self) -> str:
        """As the doors name it: `table.column`."""
        return f"{self.table.name}.{self.column}"


@dataclass(frozen=True)
class Count:
    """How many secrets of one place one key seals."""

    place: str
    key_id: str
    secrets: int


@dataclass(frozen=True)
class Rotated:
    """What a rotation did: `sealed_anew` by the first key, and rows (with their place) whose secret does not open."""

    key_id: str
    sealed_anew: int
    broken: tuple[tuple[str, Row], ...]


def places() -> list[Place]:
    """Every sealed attribute of every model that is loaded."""
    found = [
        Place(mapper.local_table, value, mapper.columns[value.column].name)
        for mapper in Base.registry.mappers
        for value in vars(mapper.class_).values()
        if isinstance(value, Sealed) and isinstance(mapper.local_table, Table)
    ]
    return sorted(found, key=lambda place: place.name)


async def counts(database: Database) -> list[Count]:
    """How many secrets each key seals, by place. Nothing is opened."""
    async with database.transaction() as session:
        rows = await session.execute(
            text("SELECT place, key_id, secrets FROM doors.sealed_secrets() ORDER BY place, key_id")
        )
        return [Count(row.place, row.key_id, row.secrets) for row in rows]


def refuse_unknown(ring: KeyRing, found: Sequence[Count]) -> None:
    """SetupError when secrets are sealed with keys that the ring does not have."""
    missing = {count.key_id for count in found} - set(ring.keys)
    if missing:
        secrets = sum(count.secrets for count in found if count.key_id in missing)
        names = ", ".join(sorted(repr(name) for name in missing))
        raise SetupError(
            f"{names} sealed {secrets} of the stored secrets, and the key ring does not have it "
            f"(it has {', '.join(repr(name) for name in ring.keys)}). Put the key back into the ring (from a backup of "
            "secrets.json or AIPROMOTE_ENCRYPTION_KEYS) and run this again. Nothing was changed."
        )


async def rotate(
    database: Database, ring: KeyRing, *, on_progress: OnProgress = lambda _done, _all: None, batch: int = _BATCH
) -> Rotated:
    """Seal anew what another key than the ring's first sealed, until nothing is left.

    Raises SetupError for keys that the ring lacks, and Unavailable when rows stay locked by others for long.
    """
    first = next(iter(ring.keys))
    found = await counts(database)
    refuse_unknown(ring, found)
    total = sum(count.secrets for count in found if count.key_id != first)
    done, broken = 0, set[tuple[str, Row]]()
    for attempt in range(_PASSES):
        for place in places():
            async for rows in _rows(database, place, sealed_otherwise_than=first, batch=batch):
                sealed, bad = await _seal_anew(database, place, ring, rows)
                done += sealed
                broken |= {(place.name, row) for row in bad}
                on_progress(done, total)
        left = sum(count.secrets for count in await counts(database) if count.key_id != first)
        if left <= len(broken):
            return Rotated(first, done, tuple(sorted(broken)))
        await asyncio.sleep(_PAUSE * min(attempt, 4))
    raise Unavailable(f"{left} secrets are still in use by others. What was done stays done: run this again.")


async def prove(database: Database, ring: KeyRing, *, batch: int = _BATCH) -> int:
    """Open every stored secret with the ring's first key alone; how many there are. Raises SealBroken."""
    first, key = next(iter(ring.keys.items()))
    alone, opened = KeyRing({first: key}), 0
    for place in places():
        async for rows in _rows(database, place, sealed_otherwise_than="", batch=batch):
            async with database.transaction(*{organization for organization, _ in rows}) as session:
                for (organization, row), value in await _values(session, place, rows):
                    alone.open(value, place.sealed.place(place.table.name, organization, row))
                    opened += 1
    return opened


async def open_since(database: Database, instant: Any) -> int:
    """How many transactions of the product began before this instant and are not over."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND usename = current_user AND xact_start < :instant"
    )
    async with database.transaction() as session:
        return int(await session.scalar(text(query), {"instant": instant}) or 0)


async def _rows(
    database: Database, place: Place, *, sealed_otherwise_than: str, batch: int
) -> AsyncIterator[list[Row]]:
    last = (NOBODY, NOBODY)
    query = text("SELECT organization_id, id FROM doors.sealed_otherwise(:place, :key, :organization, :row, :batch)")
    while True:
        values = {"place": place.name, "key": sealed_otherwise_than, "batch": batch}
        async with database.transaction() as session:
            found = await session.execute(query, {**values, "organization": last[0], "row": last[1]})
            rows = [(row.organization_id, row.id) for row in found]
        if not rows:
            return
        yield rows
        last = rows[-1]


async def _values(session: AsyncSession, place: Place, rows: Sequence[Row]) -> list[tuple[Row, bytes]]:
    table, column = place.table, place.table.columns[place.column]
    whose = _whose(table)
    key = tuple_(whose, table.columns.id)
    query = table.select().with_only_columns(whose, table.columns.id, column)
    found = await session.execute(query.where(key.in_(rows), column.is_not(None)))
    return [((organization, row), value) for organization, row, value in found]


def _whose(table: Table) -> ColumnElement[UUID]:
    owner: ColumnElement[UUID] = table.columns.get("organization_id", literal(NOBODY, Uuid()))
    return owner


async def _seal_anew(database: Database, place: Place, ring: KeyRing, rows: Sequence[Row]) -> tuple[int, list[Row]]:
    """One batch: how many were sealed anew, and the rows whose secret does not open."""
    first, table, column = next(iter(ring.keys)), place.table, place.table.columns[place.column]
    replace = (
        table.update()
        .where(
            _whose(table) == bindparam("organization", type_=Uuid()),
            table.columns.id == bindparam("row"),
            column == bindparam("old"),
        )
        .values({column: bindparam("new")})
    )
    changed, broken = 0, []
    async with database.transaction(*{organization for organization, _ in rows}) as session:
        found = await _values(session, place, rows)
    for (organization, row), old in found:
        if key_of(old) == first:
            continue
        bound_to = place.sealed.place(table.name, organization, row)
        try:
            new = ring.seal(ring.open(old, bound_to), bound_to)
        except SealBroken:
            broken.append((organization, row))
            continue
        # Each by itself: a row that is being refreshed is held for as long as its network takes to answer.
        async with database.transaction(organization) as session:
            values = {"organization": organization, "row": row, "old": old, "new": new}
            changed += (await session.execute(replace, values)).rowcount  # type: ignore[attr-defined]
    return changed, broken
