"""Backfills: existing rows brought into a new shape, a bounded batch at a time, while everybody goes on working.

A migration that adds a column lets new rows be filled by the application or a trigger, and old ones by a backfill:

    TASK = Backfill(table="content_pieces", change="search = to_words(title, body)", undone="search IS NULL")

    def upgrade() -> None:
        op.add_column(..., if_not_exists=True)  # nullable, no default: no rewrite
        in_migration(TASK)  # leaves the migration's transaction; each batch commits by itself

Where a backfill stands is told by the data alone: `undone` is the condition that a row no longer meets once it was
changed. So one that was killed goes on where it stopped when it is run again, and one that is done changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from alembic import op
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"
_TRIES = 5


@dataclass(frozen=True, kw_only=True)
class Backfill:
    """What to change in which rows. `change` and `undone` are SQL of the migration, never of a user.

    `key` is the table's primary key: batches follow it. With `organization_id` only that organization's rows are
    touched; without, the owner's connection goes through all of them. `pause` (seconds) lets others breathe.
    """

    table: str
    change: str
    undone: str
    key: tuple[str, ...] = ("organization_id", "id")
    batch: int = 1000
    pause: float = 0.02
    organization_id: UUID | None = None

    def __post_init__(self) -> None:
        if self.batch < 1 or self.pause < 0 or not self.key:
            msg = "a backfill needs a key, at least one row per batch and a pause that is not negative"
            raise ValueError(msg)


@dataclass(frozen=True)
class Progress:
    """How far a backfill is: rows changed since it began this time, and the last batch's key."""

    table: str
    rows: int
    position: tuple[Any, ...]


OnProgress = Callable[[Progress], None]


def fill(connection: Connection, task: Backfill, *, on_progress: OnProgress = lambda _progress: None) -> int:
    """Run the backfill to its end; returns how many rows were changed now.

    `connection` must be in autocommit, so that each batch is a transaction of its own. A batch that cannot lock its
    rows in time is tried again a few times; then the error of the driver is raised, and what was done stays done.
    """
    if not connection.dialect.detect_autocommit_setting(connection.connection.dbapi_connection):  # type: ignore[arg-type]
        msg = "a backfill commits each batch: give it a connection in autocommit"
        raise ValueError(msg)
    rows, position = 0, ()
    while (step := _patiently(connection, task, position)) is not None:
        changed, position = step
        rows += changed
        on_progress(Progress(task.table, rows, position))
        time.sleep(task.pause)
    return rows


def in_migration(task: Backfill) -> None:
    """Run the backfill as a step of the migration that is being applied, outside its transaction.

    What the migration did before is committed first, so after an interruption it is done again: write those steps so
    that they can be (`IF NOT EXISTS`, `OR REPLACE`). Written out as SQL (offline) a backfill leaves only a remark.
    """
    context = op.get_context()
    if context.as_sql:
        with context.autocommit_block():
            context.impl.static_output(f"-- a batched backfill of {task.table} stands here")
        return
    attributes = context.config.attributes if context.config is not None else {}
    with context.autocommit_block():
        fill(op.get_bind(), task, on_progress=attributes.get("on_progress") or (lambda _progress: None))


def _patiently(connection: Connection, task: Backfill, after: tuple[Any, ...]) -> tuple[int, tuple[Any, ...]] | None:
    for attempt in range(_TRIES):
        try:
            return _batch(connection, task, after)
        except DBAPIError as error:
            passing = getattr(error.orig, "sqlstate", None) in {_LOCK_NOT_AVAILABLE, _DEADLOCK}
            if not passing or attempt == _TRIES - 1:
                raise
            time.sleep(0.1 * 2**attempt)
    raise AssertionError  # the last attempt returned or raised


def _batch(connection: Connection, task: Backfill, after: tuple[Any, ...]) -> tuple[int, tuple[Any, ...]] | None:
    """One batch after this key: how many rows were changed, and the last key; None when no row was left."""
    values: dict[str, Any] = {f"after_{place}": value for place, value in enumerate(after)}
    if task.organization_id is not None:
        values["organization"] = task.organization_id
    row = connection.execute(text(_statement(task, follows=bool(after))), {**values, "batch": task.batch}).first()
    return None if row is None else (row[0], tuple(row[1:]))


def _statement(task: Backfill, *, follows: bool) -> str:
    places = range(len(task.key))
    keys = ", ".join(task.key)
    conditions = [f"({task.undone})"]
    if follows:
        conditions.append(f"({keys}) > ({', '.join(f':after_{place}' for place in places)})")
    if task.organization_id is not None:
        conditions.append("organization_id = :organization")
    named = ", ".join(f"{column} AS key_{place}" for place, column in enumerate(task.key))
    same = " AND ".join(f"t.{column} = chosen.key_{place}" for place, column in enumerate(task.key))
    last = ", ".join(f"key_{place}" for place in places)
    # Locked in the order of the key, so that two backfills (or a person's transaction) do not wait for each other.
    return f"""
        WITH chosen AS MATERIALIZED (
            SELECT {named} FROM {task.table} WHERE {" AND ".join(conditions)}
             ORDER BY {keys} LIMIT :batch FOR NO KEY UPDATE),
        changed AS (UPDATE {task.table} AS t SET {task.change} FROM chosen WHERE {same} RETURNING 1)
        SELECT (SELECT count(*) FROM changed), {last} FROM chosen
         ORDER BY {", ".join(f"key_{place} DESC" for place in places)} LIMIT 1
    """  # noqa: S608 -- names and conditions come from a migration, values are bound
