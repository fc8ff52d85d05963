"""Nothing is lost by a restore: the database is empty, nobody works on it, and it is empty again if that fails."""

from __future__ import annotations

import asyncpg

from aipromote.backup import tables
from aipromote.backup.errors import RestoreRefused

_MARK, _WAS_OPEN, _WAS_CLOSED = "aipromote_restoring", "was open to all", "was open to some"
_COMPANY = """
    SELECT coalesce(nullif(application_name, ''), 'unnamed') AS name, pid FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY pid
"""
# Everything that this login may drop and no extension brought: other schemas whole, then what is in `public`.
_EMPTY = """
    DO $$ DECLARE one record; BEGIN
        FOR one IN SELECT nspname AS name FROM pg_namespace n
                    WHERE nspname <> 'information_schema' AND nspname <> 'public' AND nspname NOT LIKE 'pg\\_%'
                      AND nspname <> 'aipromote_restoring'
                      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = n.oid AND d.deptype = 'e')
        LOOP EXECUTE format('DROP SCHEMA %I CASCADE', one.name); END LOOP;
        FOR one IN SELECT c.oid::regclass AS name FROM pg_class c
                    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
        LOOP EXECUTE format('DROP TABLE %s CASCADE', one.name); END LOOP;
        FOR one IN SELECT p.oid::regprocedure AS name FROM pg_proc p
                    WHERE p.pronamespace = 'public'::regnamespace AND p.prokind IN ('f', 'p')
                      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
        LOOP EXECUTE format('DROP ROUTINE %s CASCADE', one.name); END LOOP;
        FOR one IN SELECT t.oid::regtype AS name FROM pg_type t
                    WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd')
                      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
        LOOP EXECUTE format('DROP TYPE %s CASCADE', one.name); END LOOP;
    END $$
"""


async def refuse_rows(connection: asyncpg.Connection) -> None:
    """RestoreRefused where any table has a row. A schema without rows, as after a first start, is in nobody's way."""
    if names := await tables.filled(connection):
        shown = ", ".join(names[:4]) + (" and more" if len(names) > 4 else "")  # noqa: PLR2004 -- enough to know them
        raise RestoreRefused(
            f"This database is not empty: there are rows in {shown}. Restore into a fresh instance "
            "(--data DIR, or a new database in DATABASE_URL). Nothing was touched."
        )


async def refuse_company(connection: asyncpg.Connection) -> None:
    """RestoreRefused while somebody else is connected: a worker would send what is restored under its eyes."""
    if others := await connection.fetch(_COMPANY):
        raise RestoreRefused(
            f"Somebody works on this database (connected: {others[0]['name']}, {len(others)} in all). "
            "Stop AIPromote's web and workers, then restore. Nothing was touched."
        )


async def is_closed(connection: asyncpg.Connection) -> bool:
    """Whether a restore closed this database and did not come to its end."""
    return bool(await connection.fetchval("SELECT to_regnamespace($1) IS NOT NULL", _MARK))


async def close(connection: asyncpg.Connection) -> None:
    """Empty the database, and let only the owner connect until `reopen`. The mark outlives this process."""
    async with connection.transaction():
        was_open = await connection.fetchval("SELECT has_database_privilege('public', current_database(), 'CONNECT')")
        was_open = was_open or await _mark(connection) == _WAS_OPEN
        await connection.execute(f"REVOKE CONNECT ON DATABASE {await _name(connection)} FROM PUBLIC")
        await empty(connection)
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_MARK}")
        await connection.execute(f"COMMENT ON SCHEMA {_MARK} IS '{_WAS_OPEN if was_open else _WAS_CLOSED}'")


async def reopen(connection: asyncpg.Connection) -> None:
    """Whoever could connect before `close` can again."""
    async with connection.transaction():
        if await _mark(connection) == _WAS_OPEN:
            await connection.execute(f"GRANT CONNECT ON DATABASE {await _name(connection)} TO PUBLIC")
        await connection.execute(f"DROP SCHEMA IF EXISTS {_MARK}")


async def _mark(connection: asyncpg.Connection) -> str | None:
    found: str | None = await connection.fetchval("SELECT obj_description(to_regnamespace($1), 'pg_namespace')", _MARK)
    return found


async def _name(connection: asyncpg.Connection) -> str:
    return str(await connection.fetchval("SELECT quote_ident(current_database())"))


async def empty(connection: asyncpg.Connection) -> None:
    """Remove the schema. Only after `refuse_rows`, or to take back what was just restored."""
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = '10s'")
        await connection.execute(_EMPTY)
