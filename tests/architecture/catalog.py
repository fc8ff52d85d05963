"""Questions to the live catalog."""

from __future__ import annotations

import asyncpg

TABLES = """
SELECT c.oid, c.relname AS name, c.relrowsecurity AS guarded, pg_get_userbyid(c.relowner) AS owner
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'alembic_version'
 ORDER BY c.relname
"""
KEY = """
SELECT a.attname FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (number, position)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
 WHERE i.indrelid = $1 AND i.indisprimary ORDER BY k.position
"""
COLUMNS = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS required,
       pg_get_expr(d.adbin, d.adrelid) AS default
  FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
FOREIGN_KEYS = """
SELECT k.conname AS name, k.confrelid::regclass::text AS target, k.confdeltype::text AS on_delete,
       ARRAY(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY AS c (number, position)
               JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.number
              ORDER BY c.position)::text[] AS columns
  FROM pg_constraint k WHERE k.conrelid = $1 AND k.contype = 'f' AND k.conparentid = 0
"""
INDEXES = """
SELECT i.indexrelid::regclass::text AS name, am.amname AS method, i.indisunique AS is_unique,
       pg_get_expr(i.indpred, i.indrelid) AS condition, i.indexprs IS NOT NULL AS has_expressions,
       ARRAY(SELECT coalesce(a.attname, '(expression)')
               FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS c (number, position)
               LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = c.number AND c.number > 0
              ORDER BY c.position)::text[] AS columns
  FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am am ON am.oid = x.relam WHERE i.indrelid = $1
"""
CHECKS = """
SELECT k.conname AS name, pg_get_constraintdef(k.oid) AS definition, k.conrelid::regclass::text AS relation,
       k.contype::text AS kind
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND NOT c.relispartition AND c.relname <> 'alembic_version'
   AND k.contype IN ('c', 'f', 'u', 'p')
 ORDER BY 3, 1
"""
TRIGGERS = """
SELECT t.tgname AS name, t.tgrelid::regclass::text AS relation,
       array_remove(string_to_array(encode(t.tgargs, 'escape'), '\\000'), '') AS arguments
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND NOT c.relispartition
"""
DOORS = """
SELECT p.proname AS name, p.prosecdef AS as_owner, p.proconfig AS config,
       has_function_privilege('public', p.oid, 'EXECUTE') AS open_to_all
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname IN ('doors', 'public') AND (n.nspname = 'doors' OR p.prosecdef)
"""

GLOBAL = {
    "users", "sessions", "account_letters", "user_identities", "sign_in_flows", "subscriptions", "usage",
    "app_factors", "recovery_codes", "passkeys", "passkey_challenges", "pending_sign_ins",
    "organizations", "periodic_runs", "incidents", "brief_drafts",
}  # fmt: skip
"""Tables that no organization owns. Everything else belongs to one."""


COUNTED = {
    "analytics_calendars": ["organization_id"],
    "analytics_latest": ["organization_id", "scheduled_post_id"],
    "analytics_daily": ["organization_id", "scheduled_post_id"],
    "content_bands": ["organization_id", "band"],
}
"""Tables that are computed from others, and how their keys begin: a row is named by what it is about."""


async def tenant_tables(owner: asyncpg.Connection) -> list[asyncpg.Record]:
    return [table for table in await owner.fetch(TABLES) if table["name"] not in GLOBAL]
