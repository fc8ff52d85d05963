"""One run of the migrator: its connection, its turn, its time-outs, its retries, and what it says when it fails.

Inside a migration's transaction a statement that cannot get its lock gives up after a few seconds (whoever waits for a
strong lock makes everybody behind it wait) and the migration is tried again after a pause. Outside of it (an
autocommit_block: indexes built concurrently, constraints validated, backfills) nothing is held that people need, so
statements may take as long as they take.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, NullPool, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from aipromote.db.database import driver_url
from aipromote.errors import AipromoteError

OnEvent = Callable[[str], None]
"""Called with a sentence for the person who waits."""

_LOCK = 7_305_114_882
_PASSING = {"55P03": "could not get a lock in time", "40P01": "ran into a deadlock"}
_TRIES = 5
_FIRST_PAUSE = 1.0
_TURN = 0.2
_INSIDE = {"lock_timeout": "3s", "statement_timeout": "10min"}
_OUTSIDE = {"lock_timeout": "2min", "statement_timeout": "0"}
_INVALID = """
    SELECT i.indexrelid::regclass::text AS name, i.indrelid::regclass::text AS relation
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE NOT i.indisvalid AND c.relkind = 'i' AND c.relnamespace = 'public'::regnamespace
       AND NOT EXISTS (SELECT 1 FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
     ORDER BY 1
"""


class MigrationFailed(AipromoteError):
    """A migration did not go through; the message says at which statement, what of it is applied, and what to do."""


@dataclass
class Watch:
    """What a run has executed of the migration that it is at. `committed` stays whatever happens."""

    committed: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    _has_ended: bool = False
    _outside: bool | None = None

    def attach(self, connection: Connection) -> None:
        """Listen to what this connection executes, and set the time-outs that fit where it stands."""
        event.listen(connection, "before_cursor_execute", self._before)
        event.listen(connection, "after_cursor_execute", self._after)
        event.listen(connection, "commit", self._commit)
        event.listen(connection, "rollback", lambda _connection: self.open.clear())

    def applied(self, **_facts: Any) -> None:
        """Alembic's hook: the migration's statements are through; its commit comes next."""
        self._has_ended = True

    def _before(self, connection: Connection, cursor: Any, *_others: Any) -> None:
        outside = _commits_each(connection)
        if outside is not self._outside:
            for name, value in (_OUTSIDE if outside else _INSIDE).items():
                cursor.execute(f"SET {name} = '{value}'")
            self._outside = outside

    def _after(self, connection: Connection, _cursor: Any, statement: str, *_others: Any) -> None:
        if not re.match(r"\s*(SELECT|SHOW|SET)\b", statement, re.IGNORECASE):
            (self.committed if _commits_each(connection) else self.open).append(statement)

    def _commit(self, _connection: Connection) -> None:
        self.committed = [] if self._has_ended else [*self.committed, *self.open]
        self.open, self._has_ended = [], False


def _commits_each(connection: Connection) -> bool:
    driver = connection.connection.dbapi_connection
    return driver is not None and connection.dialect.detect_autocommit_setting(driver)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[AsyncConnection]:
    """A connection of the owner, by itself. The server notices within a second when this process has died."""
    options = {"application_name": "aipromote migrations", "client_connection_check_interval": "1s", "timezone": "UTC"}
    engine = create_async_engine(
        driver_url(url), poolclass=NullPool, connect_args={"timeout": 10, "server_settings": options}
    )
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


async def take_turn(connection: AsyncConnection, on_event: OnEvent) -> None:
    """Wait until no other migrator is at work on this database.

    By asking again and again: a session that waits inside a statement holds a snapshot, and an index that the other
    migrator builds concurrently would wait for it for ever.
    """
    told = False
    while not await connection.scalar(text(f"SELECT pg_try_advisory_lock({_LOCK})")):
        if not told:
            on_event(await _who_is_at_it(connection))
            told = True
        await connection.commit()
        await asyncio.sleep(_TURN)
    await connection.commit()


async def _who_is_at_it(connection: AsyncConnection) -> str:
    row = (
        await connection.execute(
            text(
                "SELECT a.pid, a.application_name, date_trunc('second', now() - a.backend_start) AS since "
                "FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted "
                "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
                "AND (l.classid::bigint << 32) | l.objid::bigint = :lock"
            ),
            {"lock": _LOCK},
        )
    ).first()
    who = f" (server process {row.pid}, {row.application_name!r}, for {row.since})" if row else ""
    return f"Another migrator is at work on this database{who}. Waiting for it to end."


async def mend_indexes(url: str, on_event: OnEvent) -> list[str]:
    """Build anew what an interrupted CREATE INDEX CONCURRENTLY left behind: it costs every write and serves no query.

    Left-overs of an interrupted REINDEX have a valid twin, and are dropped. Returns the names. Raises MigrationFailed.
    """
    async with connected(url) as connection:
        free = await connection.execution_options(isolation_level="AUTOCOMMIT")
        found = (await free.execute(text(_INVALID))).all()
        for name, value in _OUTSIDE.items():
            await free.execute(text(f"SET {name} = '{value}'"))
        for name, relation in found:
            is_left_over = re.search(r"_cc(new|old)\d*\"?$", name)
            on_event(f"{'Removing' if is_left_over else 'Building again'}: {name} on {relation}, left unfinished.")
            verb = "DROP INDEX CONCURRENTLY IF EXISTS" if is_left_over else "REINDEX INDEX CONCURRENTLY"
            try:
                await free.execute(text(f"{verb} {name}"))
            except DBAPIError as error:
                raise MigrationFailed(
                    f"The index {name} on {relation}, whose building was interrupted, cannot be built: {_cause(error)} "
                    f"No migration was applied. Mend the rows it speaks of (or `DROP INDEX {name}`), and run again."
                ) from error
    return [name for name, _ in found]


async def patiently(
    connection: AsyncConnection, work: Callable[[Connection, Watch], None], on_event: OnEvent, *, where: Where
) -> None:
    """Run migrations; what a lock stops is tried again a few times. Raises MigrationFailed."""
    for attempt in range(1, _TRIES + 1):
        watch = Watch()
        try:
            await connection.run_sync(lambda found, watch=watch: _watched(found, watch, work))  # type: ignore[misc]
        except Exception as error:
            passing = _PASSING.get(getattr(getattr(error, "orig", None), "sqlstate", None) or "")
            if connection.closed or connection.invalidated or passing is None or attempt == _TRIES:
                raise _explained(error, watch, await where()) from error
            pause = _FIRST_PAUSE * 2 ** (attempt - 1)
            on_event(f"A migration {passing}; trying again in {pause:g} s (attempt {attempt + 1} of {_TRIES}).")
            await asyncio.sleep(pause)
        else:
            return


Where = Callable[[], Any]
"""Asked after a failure, awaited: the revision that is applied and the one that failed, as text or None."""


def _watched(connection: Connection, watch: Watch, work: Callable[[Connection, Watch], None]) -> None:
    connection.rollback()
    watch.attach(connection)
    try:
        work(connection, watch)
    except BaseException:
        if not connection.closed and not connection.invalidated:
            connection.rollback()
        raise


def _explained(error: Exception, watch: Watch, where: tuple[str | None, str | None]) -> MigrationFailed:
    stands, failed = where
    statement = error.statement if isinstance(error, DBAPIError) else None
    lines = [f"Migration {failed or '(unknown)'} failed: {_cause(error)}"]
    if statement:
        lines.append(f"The statement: {_short(statement)}")
    if watch.committed:
        lines.append("Of this migration these statements are applied, and can be repeated:")
        lines += [f"  {_short(done)}" for done in watch.committed]
    else:
        lines.append("Nothing of this migration is applied.")
    lines.append(f"The schema is at {stands or 'nothing'}. Mend the cause and run `aipromote db migrate` again.")
    return MigrationFailed("\n".join(lines))


def _cause(error: Exception) -> str:
    if isinstance(error, DBAPIError):
        return re.sub(r"^<.*?>: ", "", str(error.orig).split("\n", 1)[0]).rstrip(".") + "."
    return f"{type(error).__name__}: {error}"


def _short(statement: str) -> str:
    flat = " ".join(statement.split())
    return flat if len(flat) <= 300 else f"{flat[:300]} …"  # noqa: PLR2004 -- some four lines of a terminal
