"""The statements that ask the catalog what there is."""

from __future__ import annotations

TABLES = """
SELECT c.oid, c.relname AS name, c.relkind = 'p' AS is_partitioned,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key
  FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND c.relname <> 'alembic_version'
 ORDER BY c.relname
"""
COLUMNS = """
SELECT a.attrelid AS oid, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS is_null,
       CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS default,
       CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END AS generated,
       col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attrelid, a.attnum
"""
CONSTRAINTS = """
SELECT k.conrelid AS oid, k.conname AS name, k.contype::text AS kind, pg_get_constraintdef(k.oid) AS definition,
       k.confdeltype::text AS on_delete, k.condeferrable AS is_deferrable,
       (SELECT f.relname FROM pg_class f WHERE f.oid = k.confrelid) AS target,
       ARRAY(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY AS c (number, position)
               JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.number
              ORDER BY c.position)::text[] AS columns
  FROM pg_constraint k
 WHERE k.conrelid = ANY ($1) AND k.contype IN ('c', 'f', 'u', 'p', 'x') AND k.conparentid = 0
 ORDER BY k.conrelid, k.conname
"""
INDEXES = """
SELECT i.indrelid AS oid, c.relname AS name, m.amname AS method, i.indisunique AS is_unique,
       pg_get_expr(i.indpred, i.indrelid) AS condition,
       EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
           AS is_constraint,
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true) FROM generate_series(1, i.indnkeyatts) AS n)::text[]
           AS columns
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
 WHERE i.indrelid = ANY ($1) ORDER BY i.indrelid, c.relname
"""
POLICIES = """
SELECT p.polrelid AS oid, p.polname AS name, pg_get_expr(p.polqual, p.polrelid) AS condition
  FROM pg_policy p WHERE p.polrelid = ANY ($1) ORDER BY p.polrelid, p.polname
"""
TRIGGERS = """
SELECT t.tgrelid AS oid, t.tgname AS name, pg_get_triggerdef(t.oid) AS definition
  FROM pg_trigger t WHERE t.tgrelid = ANY ($1) AND NOT t.tgisinternal ORDER BY t.tgrelid, t.tgname
"""
ENUMS = """
SELECT t.typname AS name, array_agg(e.enumlabel::text ORDER BY e.enumsortorder) AS labels
  FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
 WHERE t.typnamespace = 'public'::regnamespace GROUP BY t.typname ORDER BY t.typname
"""
DOORS = """
SELECT p.proname AS name, pg_get_function_arguments(p.oid) AS arguments, pg_get_function_result(p.oid) AS result
  FROM pg_proc p WHERE p.pronamespace = to_regnamespace('doors') ORDER BY p.proname, 2
"""
