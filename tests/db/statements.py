"""Statements that a tenant might send. Somebody who may see everything sends the reading ones too, with the rows named.

`{a}` and `{b}` are tables, `{ka}` and `{kb}` the columns that say whose their rows are, `{seen}` the organizations that
the transaction has named, `{victim}` somebody else. In the reading ones every table has a name of its own.
"""

from __future__ import annotations

_TRAP = "CASE WHEN x.{ka} = ANY ({seen}) THEN {good} ELSE {bad} END"

READS = (
    "SELECT x::text FROM {a} AS x",
    "SELECT count(*), min(x::text), max(x::text) FROM {a} AS x",
    "SELECT x.{ka}, count(*) FROM {a} AS x GROUP BY 1",
    "SELECT DISTINCT x.{ka} FROM {a} AS x ORDER BY 1",
    "SELECT x::text, y::text FROM {a} AS x JOIN {b} AS y ON x.{ka} = y.{kb}",
    "SELECT x::text, y::text FROM {a} AS x LEFT JOIN {b} AS y ON x.{ka} <> y.{kb}",
    "SELECT x.{ka}, y.{kb} FROM {a} AS x FULL JOIN {b} AS y ON x.{ka} = y.{kb}",
    "SELECT count(*) FROM {a} AS x, {b} AS y",
    "SELECT x::text FROM {a} AS x WHERE EXISTS (SELECT 1 FROM {b} AS y WHERE y.{kb} <> x.{ka})",
    "SELECT x::text FROM {a} AS x WHERE x.{ka} NOT IN (SELECT y.{kb} FROM {b} AS y)",
    "SELECT (SELECT count(*) FROM {a} AS x), (SELECT max(y::text) FROM {b} AS y)",
    "WITH RECURSIVE w AS (SELECT x.{ka} AS k FROM {a} AS x UNION SELECT y.{kb} FROM {b} AS y, w) SELECT k FROM w",
    "WITH w AS MATERIALIZED (SELECT x.{ka} AS k FROM {a} AS x) SELECT k FROM w UNION ALL SELECT y.{kb} FROM {b} AS y",
    "SELECT x.{ka}, row_number() OVER (PARTITION BY x.{ka}) FROM {a} AS x",
    "SELECT x.{ka}, z.found FROM {a} AS x, LATERAL (SELECT y::text AS found FROM {b} AS y WHERE y.{kb} <> x.{ka}) AS z",
    "SELECT x::text FROM {a} AS x WHERE x.{ka} = '{victim}'",
    "SELECT x::text FROM {a} AS x WHERE x.{ka} = '{victim}' OR true",
    "SELECT x::text FROM {a} AS x FOR UPDATE",
    # An error would tell that a row of somebody else was looked at.
    "SELECT x::text FROM {a} AS x WHERE 1 / (" + _TRAP.replace("{good}", "1").replace("{bad}", "0") + ") = 1",
    "SELECT x::text FROM {a} AS x WHERE ("
    + _TRAP.replace("{good}", "'1'").replace("{bad}", "'secret ' || x::text")
    + ")::int = 1",
)
"""Of two tables each, for the differential test: what these return is a function of the rows that may be seen."""

WRITES = (
    "UPDATE {a} SET updated_at = 'epoch'",
    "UPDATE {a} SET updated_at = 'epoch' WHERE {ka} = '{victim}'",
    "UPDATE {a} SET {ka} = '{victim}'",
    "UPDATE {a} SET {ka} = '{victim}' WHERE {ka} = '{victim}' RETURNING {a}::text",
    "UPDATE {a} AS x SET updated_at = 'epoch' FROM {b} AS y WHERE x.{ka} <> y.{kb} RETURNING x::text, y::text",
    "DELETE FROM {a}",
    "DELETE FROM {a} WHERE {ka} = '{victim}' RETURNING {a}::text",
    "DELETE FROM {a} AS x USING {b} AS y WHERE x.{ka} <> y.{kb} RETURNING x::text",
    "WITH gone AS (DELETE FROM {a} RETURNING *) SELECT gone::text FROM gone",
    "INSERT INTO {a} ({columns}) SELECT {columns} FROM json_populate_record(NULL::{a}, '{fresh}')",
    "INSERT INTO {a} ({columns}) SELECT {columns} FROM json_populate_record(NULL::{a}, '{row}') ON CONFLICT DO NOTHING",
    (
        "INSERT INTO {a} ({columns}) SELECT {columns} FROM json_populate_record(NULL::{a}, '{row}') "
        "ON CONFLICT ({key}) DO UPDATE SET updated_at = 'epoch' RETURNING {a}::text"
    ),
    "INSERT INTO {a} ({columns}) SELECT {columns} FROM {a} ON CONFLICT DO NOTHING RETURNING {a}::text",
    (
        "MERGE INTO {a} AS x USING json_populate_record(NULL::{a}, '{row}') AS y ON x.{ka} = y.{ka} AND x.id = y.id "
        "WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({values}) RETURNING merge_action()"
    ),
    (
        "MERGE INTO {a} AS x USING json_populate_record(NULL::{a}, '{row}') AS y ON x.{ka} <> y.{ka} "
        "WHEN MATCHED THEN UPDATE SET {ka} = y.{ka}"
    ),
    "TRUNCATE {a}",
    "ALTER TABLE {a} DISABLE ROW LEVEL SECURITY",
    "DROP POLICY {a}_tenant ON {a}",
    "CREATE POLICY mine ON {a} USING (true)",
    "ALTER TABLE {a} OWNER TO CURRENT_USER",
)
"""`{row}` is a whole row of the victim, `{fresh}` the same with an id that nobody has."""
