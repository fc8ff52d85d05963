"""What a person who cares for the database wants to read: slow statements, idle indexes, sizes, missing indexes.

All of it comes from PostgreSQL's own counters, which begin at their last reset; nothing is measured here. Asked as the
owner, since the application's role may not see what others did.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import asyncpg

_SLOW = """
SELECT s.query, s.calls, s.total_exec_time AS total_ms, s.mean_exec_time AS mean_ms, s.rows,
       s.total_exec_time / nullif(sum(s.total_exec_time) OVER (), 0) AS share,
       s.shared_blks_hit::float8 / nullif(s.shared_blks_hit + s.shared_blks_read, 0) AS cache_hits
  FROM {schema}.pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
 WHERE d.datname = $1 AND s.query !~* 'password'
 ORDER BY s.total_exec_time DESC LIMIT $2
"""
_WHERE_STATEMENTS_ARE = """
SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'pg_stat_statements'
"""

# A partition's index or table counts for the one that it is a part of.
_UNUSED = """
SELECT t.relname AS table, i.relname AS name, sum(pg_relation_size(s.indexrelid))::int8 AS bytes
  FROM pg_stat_user_indexes s
  JOIN pg_class i ON i.oid = coalesce((SELECT inhparent FROM pg_inherits WHERE inhrelid = s.indexrelid), s.indexrelid)
  JOIN pg_index x ON x.indexrelid = i.oid
  JOIN pg_class t ON t.oid = x.indrelid
 WHERE NOT x.indisunique AND NOT x.indisexclusion AND s.schemaname = 'public'
 GROUP BY 1, 2 HAVING sum(s.idx_scan) = 0 ORDER BY 3 DESC, 1, 2
"""
_DUPLICATE = """
SELECT t.relname AS table, a.indexrelid::regclass::text AS name, b.indexrelid::regclass::text AS covered_by,
       pg_relation_size(a.indexrelid) AS bytes
  FROM pg_index a
  JOIN pg_index b ON b.indrelid = a.indrelid AND b.indexrelid <> a.indexrelid
   AND coalesce(pg_get_expr(b.indpred, b.indrelid), '') = coalesce(pg_get_expr(a.indpred, a.indrelid), '')
   AND starts_with(b.indkey::text || ' ', a.indkey::text || ' ')
   AND starts_with(b.indclass::text || ' ', a.indclass::text || ' ')
   AND starts_with(b.indcollation::text || ' ', a.indcollation::text || ' ')
   AND starts_with(b.indoption::text || ' ', a.indoption::text || ' ')
   AND (a.indkey::text <> b.indkey::text OR b.indisunique OR a.indexrelid > b.indexrelid)
  JOIN pg_class t ON t.oid = a.indrelid
  JOIN pg_class i ON i.oid = a.indexrelid
  JOIN pg_class j ON j.oid = b.indexrelid
  JOIN pg_am m ON m.oid = i.relam AND m.oid = j.relam AND m.amname = 'btree'
 WHERE NOT a.indisunique AND a.indexprs IS NULL AND b.indexprs IS NULL
   AND t.relnamespace = 'public'::regnamespace AND NOT t.relispartition
 ORDER BY 1, 2, 3
"""
_TABLES = """
SELECT root.relname AS name, sum(pg_table_size(s.relid))::int8 AS table_bytes,
       sum(pg_indexes_size(s.relid))::int8 AS index_bytes, sum(s.n_live_tup)::int8 AS live,
       sum(s.n_dead_tup)::int8 AS dead, max(greatest(s.last_vacuum, s.last_autovacuum)) AS vacuumed_at,
       max(greatest(s.last_analyze, s.last_autoanalyze)) AS analyzed_at
  FROM pg_stat_user_tables s
  JOIN pg_class root ON root.oid = coalesce((SELECT inhparent FROM pg_inherits WHERE inhrelid = s.relid), s.relid)
 WHERE s.schemaname = 'public'
 GROUP BY 1 ORDER BY sum(pg_total_relation_size(s.relid)) DESC, 1
"""
_UNINDEXED = """
SELECT k.conrelid::regclass::text AS table, k.conname AS name,
       (SELECT string_agg(a.attname, ', ' ORDER BY c.position)
          FROM unnest(k.conkey) WITH ORDINALITY AS c (number, position)
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.number) AS columns
  FROM pg_constraint k
 WHERE k.contype = 'f' AND k.conparentid = 0 AND k.connamespace = 'public'::regnamespace
   AND NOT EXISTS (
       SELECT FROM pg_index i
        WHERE i.indrelid = k.conrelid AND i.indpred IS NULL AND i.indisvalid
          AND (SELECT array_agg(n ORDER BY n) FROM unnest((i.indkey::int2[])[0:cardinality(k.conkey) - 1]) AS n)
              = (SELECT array_agg(n ORDER BY n) FROM unnest(k.conkey) AS n))
 ORDER BY 1, 2
"""
_CACHE = """
SELECT blks_hit::float8 / nullif(blks_hit + blks_read, 0) AS ratio, stats_reset AS since
  FROM pg_stat_database WHERE datname = current_database()
"""
_DEAD_SHARE = 0.2
_DEAD_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Slow:
    """A statement, with its values left out, and what it cost in all. `share` of all time, `cache_hits`: 0..1."""

    query: str
    calls: int
    total_ms: float
    mean_ms: float
    rows: int
    share: float | None
    cache_hits: float | None


@dataclass(frozen=True, slots=True)
class Index:
    """An index that costs more than it gives; `covered_by` names the one that does its work too."""

    table: str
    name: str
    bytes: int
    covered_by: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Sizes in bytes, rows as PostgreSQL estimates them, and when it last cleaned up."""

    name: str
    table_bytes: int
    index_bytes: int
    live: int
    dead: int
    vacuumed_at: datetime | None
    analyzed_at: datetime | None

    @property
    def is_bloated(self) -> bool:
        """So many dead rows that a vacuum is due or was kept from its work."""
        return self.dead > _DEAD_ROWS and self.dead > _DEAD_SHARE * (self.live + self.dead)


@dataclass(frozen=True, slots=True)
class Unindexed:
    """A foreign key that no index serves: deleting a parent reads the whole table."""

    table: str
    name: str
    columns: str


@dataclass(frozen=True, slots=True)
class Report:
    """The whole of it. `slow` is None when statements are not counted here; `slow_hint` says why and what to do.

    `since` is None when the counters were never reset.
    """

    since: datetime | None
    slow: list[Slow] | None
    slow_hint: str | None
    unused: list[Index]
    duplicate: list[Index]
    tables: list[Table]
    cache_hits: float | None
    unindexed: list[Unindexed]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


async def collect(
    owner: asyncpg.Connection, *, statistics: Sequence[asyncpg.Connection] = (), limit: int = 20
) -> Report:
    """Ask everything.

    `owner` is connected to the product's database; `statistics` to others of the same server, where pg_stat_statements
    may be instead (it counts for the whole server). `limit`: how many slow statements.
    """
    name = await owner.fetchval("SELECT current_database()")
    slow: list[Slow] | None = None
    hint: str | None = None
    for connection in (owner, *statistics):
        slow, hint = await _slow(connection, name, limit)
        if slow is not None:
            break
    cache = await owner.fetchrow(_CACHE)
    return Report(
        since=cache["since"],
        slow=slow,
        slow_hint=hint,
        unused=[Index(**row) for row in await owner.fetch(_UNUSED)],
        duplicate=[Index(**row) for row in await owner.fetch(_DUPLICATE)],
        tables=[Table(**row) for row in await owner.fetch(_TABLES)],
        cache_hits=cache["ratio"],
        unindexed=[Unindexed(**row) for row in await owner.fetch(_UNINDEXED)],
    )


async def _slow(connection: asyncpg.Connection, database: str, limit: int) -> tuple[list[Slow] | None, str | None]:
    schema = await connection.fetchval(_WHERE_STATEMENTS_ARE)
    if schema is None:
        return None, (
            "Statements are not counted: pg_stat_statements is not there. Add it to shared_preload_libraries, start "
            "the server again and run `CREATE EXTENSION pg_stat_statements` as an administrator."
        )
    if not await connection.fetchval("SELECT pg_has_role('pg_read_all_stats', 'USAGE')"):
        return None, (
            "Statements are counted, but this role may not read those of others. As an administrator run "
            "`GRANT pg_read_all_stats TO` the owner in DATABASE_URL."
        )
    statement = _SLOW.format(schema='"{}"'.format(schema.replace('"', '""')))
    try:
        found = await connection.fetch(statement, database, limit)
    except asyncpg.ObjectNotInPrerequisiteStateError:
        return None, (
            "Statements are not counted: pg_stat_statements was not loaded with the server. Add it to "
            "shared_preload_libraries and start the server again."
        )
    return [Slow(**{**row, "query": re.sub(r"\s+", " ", row["query"]).strip()}) for row in found], None
