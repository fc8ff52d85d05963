"""The way back: into an empty instance, whole or not at all, and nothing goes out until a person says so."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import asyncpg
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.ai import actions as requests
from aipromote.assets import storage
from aipromote.backup import emptying, opening, tables
from aipromote.backup.container import members
from aipromote.backup.envelope import Reader, Secret
from aipromote.backup.errors import RestoreFailed, RestoreRefused
from aipromote.backup.manifest import DUMP, FILES, Manifest
from aipromote.backup.programs import Programs
from aipromote.backup.stopping import Check, in_thread
from aipromote.db import migrate, roles
from aipromote.db.database import create_engine
from aipromote.db.sealing import KeyRing
from aipromote.notifications import actions as notifications
from aipromote.publishing import holds

_SCRATCH = "aipromote_verify_"
_LOCK = 0x41495056  # "AIPV"
_NOT_WRITTEN = "It was not finished when the backup was made. Order it again if it is still wanted."
_NOT_MAILED = "Restored from a backup. It may have been mailed before, so it is not mailed again."


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore came to. `applied` are the migrations that the backup was older than."""

    manifest: Manifest
    applied: list[str]
    held: int
    """Organizations whose posts wait for a person."""
    not_mailed: int
    """Messages that were owed and stay in the inboxes only."""
    unreadable: tuple[str, ...]
    """Ids of keys that stored tokens need and this instance does not have."""


async def restore(url: str, path: Path, *, secret: Secret, programs: Programs, ring: KeyRing) -> Restored:
    """Put a backup into the empty database at `url` (the owner's) and the empty folder of assets; hold publishing.

    `ring` is what the instance will open stored tokens with.

    Everything is opened and compared before anything is touched, and counted again at the end. Raises BackupUnusable
    or RestoreRefused (nothing was touched) or RestoreFailed (what was made is removed again).
    """
    manifest = await asyncio.to_thread(opening.check, path, secret=secret)
    _refuse_files()
    await roles.ensure(url)
    async with _alone(url, manifest) as connection:
        draft = storage.folder().with_name(f".assets.{os.getpid()}")
        try:
            await in_thread(lambda check: _pour(url, path, secret, programs, folder=draft, check=check))
            await _compare(connection, manifest)
            before = await migrate.status(url)
            await migrate.upgrade(url)
            held, not_mailed = await _hold(url, manifest)
            unreadable = await tables.unreadable(connection, ring)
            _put_in_place(draft)
        except OSError as error:
            raise RestoreFailed(f"The restore broke off: {error}. What it had made was removed.") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)  # not there any more where all went well
    return Restored(manifest, before.pending, held, not_mailed, unreadable)


async def verify(url: str, path: Path, *, secret: Secret, programs: Programs) -> Manifest:
    """Restore a backup into a database beside the one at `url`, compare all of it, and drop that database again.

    BackupUnusable or RestoreFailed says what is wrong. The instance itself is not touched.
    """
    manifest = await asyncio.to_thread(opening.check, path, secret=secret)
    await roles.ensure(url)
    async with _scratch(url) as scratch:
        connection = await tables.connect(scratch)
        try:
            _refuse_older_server(connection, manifest)
            await in_thread(lambda check: _pour(scratch, path, secret, programs, folder=None, check=check))
            await _compare(connection, manifest)
        finally:
            await connection.close()
    return manifest


@asynccontextmanager
async def _alone(url: str, manifest: Manifest) -> AsyncIterator[asyncpg.Connection]:
    """A connection to an empty database that only the owner can come to until this ends well.

    So no worker can take a post between the moment it is restored and the moment publishing is held, and where a
    restore is killed, the product cannot start on what it left; only another restore can.
    """
    connection = await tables.connect(url)
    try:
        _refuse_older_server(connection, manifest)
        await emptying.refuse_company(connection)
        if not await emptying.is_closed(connection):  # else what is in it was left by a restore that was killed
            await emptying.refuse_rows(connection)
        await emptying.close(connection)
        try:
            await emptying.refuse_company(connection)  # who came in the meantime would stay
            yield connection
        except BaseException:
            await emptying.empty(connection)  # if even that fails, the database stays closed
            await emptying.reopen(connection)
            raise
        await emptying.reopen(connection)
    finally:
        await connection.close()


@asynccontextmanager
async def _scratch(url: str) -> AsyncIterator[str]:
    """A database that is dropped at the end, as are those that a killed process left."""
    connection = await tables.connect(url)
    try:
        number = await connection.fetchval("SELECT oid FROM pg_database WHERE datname = current_database()")
        name = f"{_SCRATCH}{number}_{token_hex(6)}"
        try:
            await _drop_stale(connection, f"{_SCRATCH}{number}_")
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        except asyncpg.InsufficientPrivilegeError as refused:
            raise RestoreRefused(
                "The owner in DATABASE_URL may not create a database to try the backup in. "
                "Grant it CREATEDB, or verify on another server."
            ) from refused
        try:
            yield make_url(url).set(database=name).render_as_string(hide_password=False)
        finally:
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


async def _drop_stale(connection: asyncpg.Connection, beginning: str) -> None:
    """Unless another check of this database is under way. Leaves this connection's lock, which says that one is."""
    is_alone = await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK)
    await connection.execute("SELECT pg_advisory_lock_shared($1)", _LOCK)
    if is_alone:
        stale = "SELECT datname FROM pg_database WHERE starts_with(datname, $1)"
        for row in await connection.fetch(stale, beginning):
            await connection.execute(f"DROP DATABASE {row['datname']} WITH (FORCE)")
        await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


def _refuse_older_server(connection: asyncpg.Connection, manifest: Manifest) -> None:
    major = connection.get_server_version().major
    if major < manifest.server_major:
        raise RestoreRefused(
            f"This backup comes from PostgreSQL {manifest.server_version}, and this server is version {major}. "
            f"Restore it into PostgreSQL {manifest.server_major} or later. Nothing was touched."
        )


def _refuse_files() -> None:
    folder = storage.folder()
    if folder.exists() and any(folder.rglob("*")):
        raise RestoreRefused(
            f"{folder} is not empty. Restore into a fresh data folder (--data DIR). Nothing was touched."
        )


def _pour(url: str, path: Path, secret: Secret, programs: Programs, *, folder: Path | None, check: Check) -> None:
    """The second reading: the dump into the database, the files into `folder` (None: nowhere)."""
    with opening.opened(path) as file:
        for name, blocks in members(Reader(file, secret)):
            if name == DUMP:
                programs.restore(url, _checked(blocks, check))
            elif name.startswith(FILES) and folder is not None:
                _store(folder / name.removeprefix(FILES), _checked(blocks, check))


def _checked(blocks: Iterable[bytes], check: Check) -> Iterator[bytes]:
    for block in blocks:
        check()
        yield block
    check()


def _store(path: Path, blocks: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("xb") as file:
        for block in blocks:
            file.write(block)
        file.flush()
        os.fsync(file.fileno())


def _put_in_place(draft: Path) -> None:
    if draft.exists():
        with suppress(FileNotFoundError):
            storage.folder().rmdir()
        draft.rename(storage.folder())


async def _compare(connection: asyncpg.Connection, manifest: Manifest) -> None:
    if wrong := tables.differences(manifest.tables, await tables.facts(connection)):
        raise RestoreFailed(f"What was restored is not what was backed up: {'; '.join(wrong[:5])}. It was removed.")


async def _hold(url: str, manifest: Manifest) -> tuple[int, int]:
    """As the owner, who sees every organization."""
    engine = create_engine(url, pool_size=1, application="aipromote restore")
    reason = f"The data was restored from a backup of {manifest.made_at:%Y-%m-%d %H:%M} UTC."
    try:
        async with AsyncSession(engine) as session, session.begin():
            held = await holds.hold_all(session, reason=reason, known_until=manifest.made_at)
            await requests.end_owed(session, reason=_NOT_WRITTEN)
            return held, await notifications.withhold_owed(session, reason=_NOT_MAILED)
    finally:
        await engine.dispose()
