"""What PostgreSQL was asked during a run, by pg_stat_statements: how often each statement ran, and how long it took."""

from __future__ import annotations

import asyncpg

_FOUND = """
SELECT s.calls, s.total_exec_time + s.total_plan_time AS ms, s.rows, r.rolname LIKE '%\\_login' AS is_app,
       regexp_replace(s.query, '\\s+', ' ', 'g') AS query
  FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
 WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = $1) AND s.toplevel
 ORDER BY ms DESC
"""


async def reset(base_url: str) -> None:
    """Forget what was asked so far."""
    connection = await asyncpg.connect(base_url)
    try:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        await connection.execute("SELECT pg_stat_statements_reset()")
    finally:
        await connection.close()


async def table(base_url: str, database: str, *, posts: int, most: int = 40) -> str:
    """For people: the costly ones first, per 1,000 posts."""
    connection = await asyncpg.connect(base_url)
    try:
        rows = [
            row for row in await connection.fetch(_FOUND, database) if not row["query"].startswith(("COPY", "VACUUM"))
        ]
    finally:
        await connection.close()
    scale = 1000 / posts
    calls, spent = sum(row["calls"] for row in rows), sum(row["ms"] for row in rows)
    lines = [f"{calls * scale:.0f} statements and {spent * scale:.0f} ms in PostgreSQL for 1,000 posts"]
    for row in rows[:most]:
        costs = f"{row['calls'] * scale:>8.1f} calls{row['ms'] * scale:>8.1f} ms{row['rows'] * scale:>9.0f} rows"
        lines.append(f"{costs}  {row['query'][:150]}")
    return "\n".join(lines)
