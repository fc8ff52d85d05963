"""Rows in every table of a tenant, whatever tables there are, and a fingerprint of all that a tenant has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import catalog
from sqlalchemy import URL, make_url

from aipromote.db import migrate, roles

ROWS = 2
"""Of every table, for each tenant."""

KEYS = {
    "account_id": "social_accounts", "asset_id": "assets", "choice_id": "connect_choices",
    "comment_id": "piece_comments", "link_id": "review_links", "fact_id": "facts",
    "feed_id": "feeds", "founder_id": "founders", "invitation_id": "invitations", "key_id": "api_keys",
    "notification_id": "notifications",
    "piece_id": "content_pieces",
    "pillar_id": "content_pillars", "post_id": "scheduled_posts", "request_id": "generation_requests",
    "series_id": "series", "strategy_id": "ai_strategies",
    "signature_id": "post_signatures", "summary_id": "weekly_summaries", "template_id": "post_templates",
    "user_id": "users", "variant_id": "content_variants",
}  # fmt: skip
"""By the name of an argument (or of its plural): the table whose keys it takes."""

_COLUMNS = """
SELECT a.attname AS name, a.attnotnull AS required, t.typname AS type, t.typtype::text AS kind,
       (SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder LIMIT 1) AS label
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
 WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = ''
 ORDER BY a.attnum
"""
_KEYS = """
SELECT k.confrelid::regclass::text AS target,
       ARRAY(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY AS c (number, position) JOIN pg_attribute a
             ON a.attrelid = k.conrelid AND a.attnum = c.number ORDER BY c.position)::text[] AS columns,
       ARRAY(SELECT a.attname FROM unnest(k.confkey) WITH ORDINALITY AS c (number, position) JOIN pg_attribute a
             ON a.attrelid = k.confrelid AND a.attnum = c.number ORDER BY c.position)::text[] AS there
  FROM pg_constraint k WHERE k.conrelid = $1 AND k.contype = 'f' AND k.conparentid = 0
 ORDER BY cardinality(k.conkey) DESC, k.conname
"""
_WHOSE = """
SELECT c.relname AS name, a.attname AS tenant FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid
       AND a.attname = CASE c.relname WHEN 'organizations' THEN 'id' ELSE 'organization_id' END
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
 ORDER BY c.relname
"""
_DROP_CHECKS = """
DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT k.conrelid::regclass AS place, k.conname FROM pg_constraint k
        JOIN pg_class c ON c.oid = k.conrelid AND NOT c.relispartition
        WHERE k.contype = 'c' AND k.connamespace = 'public'::regnamespace
    LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.place, found.conname); END LOOP;
END $$
"""

Rows = dict[str, list[dict[str, Any]]]


class World:
    """A database in which several tenants have rows in every table. Nothing is ever committed to it afterwards.

    `tables` are all that say whose a row is, with the column that does; `keys` are their primary keys. No dataclass: it
    would be printed whole when a property fails.
    """

    def __init__(self, url: URL, tenants: Sequence[UUID]) -> None:
        login = roles.login_name(url.database or "")
        self.tenants = tuple(tenants)
        self.login = login
        self.owner_url = url.render_as_string(hide_password=False)
        self.application_url = url.set(username=login, password=roles.password()).render_as_string(hide_password=False)
        self.rows: dict[UUID, Rows] = {}
        self.tables: dict[str, str] = {}
        self.keys: dict[str, list[str]] = {}

    async def settle(self) -> None:
        """Give every tenant its rows."""
        owner = await asyncpg.connect(self.owner_url)
        try:
            await owner.execute(_DROP_CHECKS)
            self.rows = {tenant: await fill(owner, tenant) for tenant in self.tenants}
            self.tables = await whose(owner)
            self.keys = {table["name"]: await _key(owner, table["oid"]) for table in await owner.fetch(catalog.TABLES)}
        finally:
            await owner.close()


async def make_world(base_url: str, name: str, *, tenants: int = 3) -> World:
    """A database of its own, from the migrations. Its CHECKs are set aside: here only matters whose a row is."""
    await drop_world(base_url, name)
    server = await asyncpg.connect(base_url)
    await server.execute(f"CREATE DATABASE {name}")
    await server.close()
    world = World(make_url(base_url).set(database=name), [uuid4() for _ in range(tenants)])
    await migrate.upgrade(world.owner_url)
    await world.settle()
    return world


async def drop_world(base_url: str, name: str) -> None:
    """Remove it, if it is there."""
    server = await asyncpg.connect(base_url)
    await server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await server.close()


async def _key(owner: asyncpg.Connection, oid: int) -> list[str]:
    return [row["attname"] for row in await owner.fetch(catalog.KEY, oid)]


async def whose(owner: asyncpg.Connection) -> dict[str, str]:
    """Every table that says whose its rows are, and the column that does."""
    return {table["name"]: table["tenant"] for table in await owner.fetch(_WHOSE)}


async def fingerprint(owner: asyncpg.Connection, tables: Mapping[str, str], *, but: Iterable[UUID] = ()) -> list[Any]:
    """One line for each table and tenant, other than `but`: how many rows, and a hash of all that they hold."""
    parts = [
        f"SELECT '{table}' AS place, {tenant} AS tenant, count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) "
        f"FROM {table} AS t WHERE {tenant} <> ALL ($1) GROUP BY 2"
        for table, tenant in tables.items()
    ]
    return [tuple(line) for line in await owner.fetch(" UNION ALL ".join(parts) + " ORDER BY 1, 2", list(but))]


async def fill(owner: asyncpg.Connection, tenant: UUID) -> Rows:
    """Rows for this tenant in every table of the live catalog that has foreign keys to or from its organization."""
    made: Rows = {}
    tables = {table["name"]: table for table in await owner.fetch(catalog.TABLES)}
    keys = {name: await owner.fetch(_KEYS, table["oid"]) for name, table in tables.items()}
    waiting = list(tables)
    while waiting:
        ready = [name for name in waiting if all(key["target"] in made or key["target"] == name for key in keys[name])]
        assert ready, f"foreign keys go round in a circle: {waiting}"
        for name in ready:
            columns = await owner.fetch(_COLUMNS, tables[name]["oid"])
            made[name] = []
            for number in range(ROWS):
                row = _row(name, columns, keys[name], made, tenant=tenant, number=number)
                if await _insert(owner, name, row):
                    made[name].append(row)
            waiting.remove(name)
    return made


async def _insert(owner: asyncpg.Connection, table: str, row: dict[str, Any]) -> bool:
    """False where the table has room for one row only."""
    names = ", ".join(row)
    done = await owner.execute(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM json_populate_record(NULL::{table}, $1) "
        "ON CONFLICT DO NOTHING",
        json.dumps(row, default=str),
    )
    return bool(done.endswith(" 1"))


def _row(name: str, columns: Any, keys: Any, made: Rows, *, tenant: UUID, number: int) -> dict[str, Any]:
    """The nth row: what it points to is the nth row there."""
    known: dict[str, Any] = {"id": str(tenant)} if name == "organizations" else {"organization_id": str(tenant)}
    for key in keys:
        if key["target"] != name:
            there = made[key["target"]]
            target = there[min(number, len(there) - 1)]
            for column, far in zip(key["columns"], key["there"], strict=True):
                known.setdefault(column, target[far])
        else:
            known |= dict.fromkeys((column for column in key["columns"] if column not in known), None)
    row = {
        column["name"]: known[column["name"]] if column["name"] in known else _value(column, tenant, number)
        for column in columns
        if column["name"] in known or column["name"] not in {"created_at", "updated_at"}
    }
    return row if "organization_id" in row or name == "organizations" else row | {"id": str(uuid4())}


def _value(column: Any, tenant: UUID, number: int) -> Any:
    now = datetime.now(UTC) + timedelta(seconds=number)
    if column["kind"] == "e":
        return column["label"]
    plain: dict[str, Any] = {
        "uuid": str(uuid4()),
        "text": f"{column['name']} {number} of {tenant}",
        "bool": False,
        "jsonb": {"whose": str(tenant)},
        "bytea": "\\x" + uuid4().hex * 2,
        "date": (now.date() + timedelta(days=7 * number)).isoformat(),
        "timestamptz": now.isoformat(),
        "timestamp": now.replace(tzinfo=None).isoformat(),
        "float8": 0.5,
    } | dict.fromkeys(("int2", "int4", "int8", "numeric"), number + 1)
    if column["type"].startswith("_"):
        return [f"{number} of {tenant}"] if column["type"] == "_text" else []
    assert column["type"] in plain or not column["required"], f"what is a {column['type']} ({column['name']})?"
    return plain.get(column["type"])
