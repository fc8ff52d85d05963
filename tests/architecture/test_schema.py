"""The conventions of the data model, read from the live catalog."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import is_dataclass
from typing import get_args

import asyncpg
import catalog
import pytest
from pydantic import BaseModel
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from aipromote import schema
from aipromote.db import migrate
from aipromote.db.database import driver_url
from aipromote.db.sealing import Sealed
from aipromote.db.types import Document


async def test_the_fifteen_models_have_their_tables(owner: asyncpg.Connection) -> None:
    names = {table["name"] for table in await owner.fetch(catalog.TABLES)}
    assert set(schema.FIFTEEN) <= names
    assert names == set(schema.metadata.tables)


async def test_every_tenant_table_has_the_tenant_first_in_its_key(owner: asyncpg.Connection) -> None:
    for table in await catalog.tenant_tables(owner):
        key = [row["attname"] for row in await owner.fetch(catalog.KEY, table["oid"])]
        assert key[:2] == catalog.COUNTED.get(table["name"], ["organization_id", "id"]), table["name"]


async def test_every_foreign_key_between_tenant_tables_carries_the_tenant(owner: asyncpg.Connection) -> None:
    for table in await catalog.tenant_tables(owner):
        for key in await owner.fetch(catalog.FOREIGN_KEYS, table["oid"]):
            if key["target"] not in catalog.GLOBAL:
                assert key["columns"][0] == "organization_id", key["name"]
            assert key["on_delete"] != "n", f"{key['name']}: SET NULL is refused on distributed tables"


async def test_every_unique_index_of_a_tenant_table_includes_the_tenant(owner: asyncpg.Connection) -> None:
    for table in await catalog.tenant_tables(owner):
        for index in await owner.fetch(catalog.INDEXES, table["oid"]):
            if index["is_unique"]:
                assert index["columns"][0] == "organization_id", index["name"]


async def test_every_tenant_table_is_guarded_by_a_policy(owner: asyncpg.Connection) -> None:
    guarded = [*await catalog.tenant_tables(owner)]
    guarded += [table for table in await owner.fetch(catalog.TABLES) if table["name"] == "organizations"]
    for table in guarded:
        policies = await owner.fetch(
            "SELECT pg_get_expr(polqual, polrelid) AS reads, pg_get_expr(polwithcheck, polrelid) AS writes, "
            "polcmd::text FROM pg_policy WHERE polrelid = $1",
            table["oid"],
        )
        assert table["guarded"], table["name"]
        assert len(policies) == 1, table["name"]
        column = "id" if table["name"] == "organizations" else "organization_id"
        for condition in (policies[0]["reads"], policies[0]["writes"]):
            assert condition.startswith(f"({column} = ANY (("), (table["name"], condition)
            assert "aipromote.organizations" in condition
        assert policies[0]["polcmd"] == "*"


async def test_the_application_is_not_the_owner_and_cannot_pass_the_policies(
    owner: asyncpg.Connection, owner_url: str
) -> None:
    from aipromote.db.roles import application_url  # noqa: PLC0415 -- after the settings point at the test database

    application = await asyncpg.connect(application_url())
    try:
        role = await application.fetchrow(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb "
            "FROM pg_roles WHERE rolname = current_user"
        )
        assert not any((role["rolsuper"], role["rolbypassrls"], role["rolcreaterole"], role["rolcreatedb"]))
        owners = {table["owner"] for table in await owner.fetch(catalog.TABLES)}
        assert role["rolname"] not in owners
        partitions = await application.fetch(
            "SELECT inhrelid::regclass::text AS name, has_table_privilege(inhrelid, 'SELECT') AS readable "
            "FROM pg_inherits WHERE inhparent = 'analytics'::regclass"
        )
        assert partitions
        assert not any(partition["readable"] for partition in partitions), "a partition has no policy of its own"
    finally:
        await application.close()


async def test_times_have_a_zone_and_texts_no_length_in_their_type(owner: asyncpg.Connection) -> None:
    for table in await owner.fetch(catalog.TABLES):
        for column in await owner.fetch(catalog.COLUMNS, table["oid"]):
            place = f"{table['name']}.{column['name']}"
            assert not column["type"].startswith(("character", "json ")), place
            if column["type"] == "timestamp without time zone":
                assert place == "scheduled_posts.local_time", place  # a wall-clock time: its zone stands beside it


async def test_every_table_stamps_its_rows(owner: asyncpg.Connection) -> None:
    stamped = {
        trigger["relation"] for trigger in await owner.fetch(catalog.TRIGGERS) if trigger["name"].endswith("_stamp")
    }
    frozen = {
        trigger["relation"] for trigger in await owner.fetch(catalog.TRIGGERS) if trigger["name"].endswith("_frozen")
    }
    assert frozen == {"audit_log"}, "what refuses every change needs no stamp of the last one"
    for table in await owner.fetch(catalog.TABLES):
        defaults = {column["name"]: column["default"] for column in await owner.fetch(catalog.COLUMNS, table["oid"])}
        assert defaults.get("created_at") == defaults.get("updated_at") == "now()", table["name"]
        assert table["name"] in stamped | frozen, table["name"]


async def test_every_json_column_has_a_shape_and_a_check(owner: asyncpg.Connection) -> None:
    checks = {check["name"] for check in await owner.fetch(catalog.CHECKS)}
    for table in schema.metadata.tables.values():
        live = await owner.fetch(catalog.COLUMNS, await owner.fetchval("SELECT $1::text::regclass::oid", table.name))
        for column in live:
            if column["type"] == "jsonb":
                kind = table.columns[column["name"]].type
                assert isinstance(kind, Document), f"{table.name}.{column['name']}"
                shape = get_args(kind.shape)[0] if kind.json_type == "array" else kind.shape
                has_fields = issubclass(shape, BaseModel) or is_dataclass(shape)
                assert has_fields, f"{table.name}.{column['name']} is JSON of any shape"
                assert f"ck_{table.name}_{column['name']}_{kind.json_type}" in checks


async def test_every_foreign_key_has_an_index_that_serves_it(owner: asyncpg.Connection) -> None:
    for table in await owner.fetch(catalog.TABLES):
        full = [
            index["columns"] for index in await owner.fetch(catalog.INDEXES, table["oid"]) if index["condition"] is None
        ]
        for key in await owner.fetch(catalog.FOREIGN_KEYS, table["oid"]):
            width = len(key["columns"])
            assert any(set(columns[:width]) == set(key["columns"]) for columns in full), key["name"]


async def test_no_index_repeats_another(owner: asyncpg.Connection) -> None:
    for table in await owner.fetch(catalog.TABLES):
        indexes = [i for i in await owner.fetch(catalog.INDEXES, table["oid"]) if not i["has_expressions"]]
        for one in indexes:
            for other in indexes:
                same_rows = one["condition"] == other["condition"] and one["method"] == other["method"] == "btree"
                prefix = other["columns"][: len(one["columns"])] == one["columns"]
                assert not (one is not other and same_rows and prefix and not one["is_unique"]), (
                    f"{one['name']} is a prefix of {other['name']}"
                )


async def test_arrays_searched_by_membership_have_gin_and_none_a_btree(owner: asyncpg.Connection) -> None:
    for table in await owner.fetch(catalog.TABLES):
        arrays = {c["name"] for c in await owner.fetch(catalog.COLUMNS, table["oid"]) if c["type"].endswith("[]")}
        for index in await owner.fetch(catalog.INDEXES, table["oid"]):
            if arrays & set(index["columns"]):
                assert index["method"] == "gin", index["name"]
    assert await owner.fetchval("SELECT count(*) FROM pg_indexes WHERE indexname = 'ix_assets_tags'") == 1


async def test_the_database_refuses_the_same_status_moves_as_the_code(owner: asyncpg.Connection) -> None:
    live = {
        trigger["relation"]: set(trigger["arguments"])
        for trigger in await owner.fetch(catalog.TRIGGERS)
        if trigger["name"].endswith("_moves")
    }
    code = {
        table: {f"{before}>{after}" for before, allowed in moves.items() for after in allowed}
        for table, moves in schema.MOVES.items()
    }
    assert live == code


async def test_the_doors_across_tenants_are_the_listed_ones(owner: asyncpg.Connection) -> None:
    listed = {
        "due_posts", "owed_requests", "due_captures", "owed_notifications", "owed_summaries", "owed_placements",
        "memberships_of", "overdue", "make_partition", "organizations_for", "drop_partition", "uncounted_posts",
        "moved_calendars", "expired_snapshots", "holds", "search_pieces", "sealed_secrets", "sealed_otherwise",
        "due_forecasts", "forecasts", "expiring_accounts", "planned_of_owners", "purge_drafts", "find_passages",
        "due_feeds", "due_series", "owed_indexes", "due_preparations", "network_apps",
    }  # fmt: skip
    doors = await owner.fetch(catalog.DOORS)
    assert {door["name"] for door in doors} == listed
    for door in doors:
        assert door["as_owner"]
        assert any(setting.startswith("search_path=") for setting in door["config"]), door["name"]
        assert not door["open_to_all"], door["name"]


async def test_secrets_are_stored_as_bytes_that_the_model_opens() -> None:
    sealed = {
        f"{mapper.class_.__tablename__}.{name}"
        for mapper in schema.Base.registry.mappers
        for name, value in vars(mapper.class_).items()
        if isinstance(value, Sealed)
    }
    assert sealed == {
        "social_accounts.access_token",
        "social_accounts.refresh_token",
        "oauth_flows.code_verifier",
        "oauth_flows.hint",
        "connect_choices.grants",
        "network_apps.client_secret",
        "app_factors.secret",
    }
    for place in sealed:
        table, column = place.split(".")
        assert str(schema.metadata.tables[table].columns[column].type) == "BLOB"


@pytest.fixture
async def from_models(owner_url: str, owner: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """A second database, made from the models instead of by the migrations."""
    name = f"{make_url(owner_url).database}_models"
    await owner.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await owner.execute(f"CREATE DATABASE {name}")
    url = make_url(owner_url).set(database=name).render_as_string(hide_password=False)
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE EXTENSION btree_gin")
    for function in ("json_sum(jsonb, text)", "json_total(jsonb)", "json_days(jsonb, text)"):
        await connection.execute(await owner.fetchval("SELECT pg_get_functiondef($1::text::regprocedure)", function))
    engine = create_async_engine(driver_url(url))
    async with engine.begin() as begun:
        await begun.run_sync(schema.metadata.create_all)
    await engine.dispose()
    yield connection
    await connection.close()
    await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def test_the_migrations_make_what_the_models_say(
    owner: asyncpg.Connection, owner_url: str, from_models: asyncpg.Connection
) -> None:
    assert await migrate.differences(owner_url, schema.metadata) == []
    migrated = {(row["relation"], row["name"], row["definition"]) for row in await owner.fetch(catalog.CHECKS)}
    modelled = {(row["relation"], row["name"], row["definition"]) for row in await from_models.fetch(catalog.CHECKS)}
    assert {row for row in migrated if "NOT NULL" not in row[2]} == {
        row for row in modelled if "NOT NULL" not in row[2]
    }
