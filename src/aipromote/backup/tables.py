"""What the database holds, told by itself: rows and content of every table, and the keys that stored secrets need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import asyncpg
from sqlalchemy import make_url

from aipromote import schema
from aipromote.backup.manifest import TableFacts
from aipromote.db.base import Base
from aipromote.db.sealing import NOBODY, KeyRing, SealBroken, Sealed

_FORM = """
    SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET search_path = public, pg_catalog;
    SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex';
    SET extra_float_digits = 1
"""
_COLUMNS = """
    SELECT n.nspname AS schema, c.relname AS name, n.nspname = 'public' AS is_public, a.attname AS column
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                        AND d.deptype = 'e')
     ORDER BY 1, 2, a.attnum
"""
# Two sums over 64 bits of each row's SHA-256: whatever the order, and a row that is there twice counts twice.
_FACTS = """
    SELECT count(*) AS rows,
           coalesce(sum(('x' || substr(h, 1, 16))::bit(64)::int8::numeric), 0)::text || ':' ||
           coalesce(sum(('x' || substr(h, 17, 16))::bit(64)::int8::numeric), 0)::text AS content
      FROM (SELECT encode(sha256(convert_to(ROW({columns})::text, 'UTF8')), 'hex') AS h FROM {table}) hashed
"""
# A sealed value begins with its version (1), the length of its key's id, and the id: see `aipromote.db.sealing`.
_KEY_IDS = """
    SELECT DISTINCT convert_from(substring({column} FROM 3 FOR get_byte({column}, 1)), 'UTF8') AS id
      FROM {table} WHERE octet_length({column}) > 2 AND get_byte({column}, 0) = 1
"""


async def connect(url: str) -> asyncpg.Connection:
    """As the owner, by any spelling of a PostgreSQL URL, set so that rows read the same everywhere."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain, timeout=10)
    await connection.execute(_FORM)
    return connection


async def facts(connection: asyncpg.Connection) -> dict[str, TableFacts]:
    """Rows and content of every table, by name, as this connection's transaction sees them."""
    found = {}
    for table, columns in (await _tables(connection)).items():
        row = await connection.fetchrow(_FACTS.format(columns=", ".join(columns), table=table))
        found[table] = TableFacts(rows=row["rows"], content=row["content"])
    return found


async def key_ids(connection: asyncpg.Connection) -> tuple[str, ...]:
    """The keys of the ring that the stored secrets were sealed with."""
    found: set[str] = set()
    sealed = {(table, column) for table, _, column in _sealed()}
    for row in await connection.fetch(_COLUMNS):
        if (row["name"], row["column"]) in sealed:
            statement = _KEY_IDS.format(column=_quoted(row["column"]), table=_table(row))
            found |= {one["id"] for one in await connection.fetch(statement)}
    return tuple(sorted(found))


def _sealed() -> Iterator[tuple[str, str, str]]:
    """Table, attribute and column of every sealed secret that the models know."""
    assert schema.metadata is Base.metadata  # which loads them all
    for mapper in Base.registry.mappers:
        for value in vars(mapper.class_).values():
            if isinstance(value, Sealed):
                table = mapper.class_.__tablename__
                yield table, value.name, str(mapper.columns[value.column].name)


async def unreadable(connection: asyncpg.Connection, ring: KeyRing) -> tuple[str, ...]:
    """The key ids whose secrets do not open with this ring: another instance's `k1` is another key (a sample)."""
    closed = set()
    for table, name, column in _sealed():
        # What belongs to a person has no organization; it is bound to `NOBODY` in its place.
        owner = "organization_id" if "organization_id" in schema.metadata.tables[table].columns else f"'{NOBODY}'::uuid"
        statement = f"""
            SELECT DISTINCT ON (substring({column} FROM 3 FOR get_byte({column}, 1))) {owner} AS organization_id, id,
                   {column} AS value FROM {table} WHERE octet_length({column}) > 2
        """  # noqa: S608 -- names of our own models
        for row in await connection.fetch(statement):
            try:
                ring.open(row["value"], f"{table}:{name}:{row['organization_id']}:{row['id']}")
            except SealBroken:
                closed.add(row["value"][2 : 2 + row["value"][1]].decode("ascii", "replace"))
    return tuple(sorted(closed))


async def filled(connection: asyncpg.Connection) -> list[str]:
    """The tables that have rows, apart from the one that tells the schema's revision."""
    names = [name for name in await _tables(connection) if name != "alembic_version"]
    return [name for name in names if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {name})")]  # noqa: S608


def differences(expected: Mapping[str, TableFacts], found: Mapping[str, TableFacts]) -> list[str]:
    """In words, where the content is another one. Empty when all is as it was."""
    told = []
    for name in sorted(expected.keys() | found.keys()):
        before, after = expected.get(name), found.get(name)
        if before is None or after is None:
            told.append(f"{name} is {'missing' if after is None else 'not in the backup'}")
        elif before.rows != after.rows:
            told.append(f"{name} has {after.rows} rows instead of {before.rows}")
        elif before.content != after.content:
            told.append(f"{name} has {after.rows} rows, but not the same ones")
    return told


async def _tables(connection: asyncpg.Connection) -> dict[str, list[str]]:
    """Columns by table, both quoted as SQL wants them; what the database computes by itself is left out."""
    tables: dict[str, list[str]] = {}
    for row in await connection.fetch(_COLUMNS):
        tables.setdefault(_table(row), []).append(_quoted(row["column"]))
    return tables


def _table(row: asyncpg.Record) -> str:
    name = str(row["name"])
    plain = name if name.isidentifier() and name.islower() else _quoted(name)
    return plain if row["is_public"] else f"{_quoted(row['schema'])}.{plain}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
