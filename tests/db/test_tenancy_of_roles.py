"""What the application's login may not do, whatever it is told to send."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import catalog
import pytest
from sqlalchemy import make_url

from aipromote.db import roles

_FUNCTIONS = """
SELECT p.oid::regprocedure::text AS name, p.prosecdef AS as_owner, n.nspname AS schema
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE has_function_privilege($1, p.oid, 'EXECUTE')
   AND (p.prosecdef OR n.nspname NOT IN ('pg_catalog', 'information_schema'))
   AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
_BESIDE = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
   AND (c.relkind IN ('v', 'm', 'f', 'S') OR (c.relispartition AND c.relkind = 'r'))
   AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege($1, c.oid, 'USAGE, SELECT')
       ELSE has_table_privilege($1, c.oid, 'SELECT, INSERT, UPDATE, DELETE') END
   AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""
_POLICIES = "SELECT polrelid::regclass::text, pg_get_expr(polqual, polrelid) FROM pg_policy ORDER BY 1"


@pytest.fixture
async def application(owner_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Logged in as the product logs in, and not as an administrator who plays that part."""
    connection = await asyncpg.connect(roles.application_url())
    yield connection
    await connection.close()


@pytest.fixture
def login(owner_url: str) -> str:
    return roles.login_name(make_url(owner_url).database or "")


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE aipromote",
        "SET SESSION AUTHORIZATION aipromote",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "ALTER ROLE CURRENT_USER BYPASSRLS",
        "ALTER ROLE aipromote_app BYPASSRLS",
        "GRANT aipromote TO CURRENT_USER",
        "CREATE ROLE friend LOGIN",
        "CREATE DATABASE elsewhere",
        "CREATE SCHEMA mine",
        "CREATE TABLE public.mine (id int)",
        "CREATE FUNCTION public.leak() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION doors.leak() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION doors.memberships_of(person uuid) RETURNS void LANGUAGE sql AS 'SELECT'",
        "CREATE FUNCTION pg_temp.leak(text) RETURNS bool LANGUAGE sql LEAKPROOF AS 'SELECT true'",
        "ALTER FUNCTION doors.overdue(timestamptz) SECURITY INVOKER",
        "CREATE TRIGGER mine BEFORE INSERT ON founders EXECUTE FUNCTION stamp_updated_at()",
        "CREATE RULE mine AS ON SELECT TO founders DO INSTEAD SELECT 1",
        "CREATE EXTENSION dblink",
        "CREATE PUBLICATION everything FOR ALL TABLES",
        "SET session_replication_role = replica",
        "TRUNCATE founders CASCADE",
        "COPY founders TO '/tmp/founders'",
        "COPY (SELECT 1) TO PROGRAM 'cat'",
        "SELECT * FROM pg_authid",
        "SELECT * FROM pg_statistic",
        "SELECT * FROM pg_user_mapping",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT lo_import('/etc/hostname')",
        "DO $$ BEGIN EXECUTE 'SET ROLE aipromote'; END $$",
    ],
)
async def test_the_login_is_refused_what_would_lead_around_the_policies(
    application: asyncpg.Connection, statement: str
) -> None:
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.WrongObjectTypeError)):
        await application.execute(statement)


async def test_switching_the_policies_off_ends_in_an_error_and_not_in_rows(application: asyncpg.Connection) -> None:
    await application.execute("SET row_security = off")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await application.fetch("SELECT * FROM founders")


async def test_giving_the_role_back_changes_nothing(application: asyncpg.Connection) -> None:
    who = await application.fetchval("SELECT current_user")
    for statement in ("RESET ROLE", "SET ROLE NONE", "RESET SESSION AUTHORIZATION", f"SET ROLE {roles.GROUP}"):
        await application.execute(statement)
        assert await application.fetchval("SELECT current_user") in {who, roles.GROUP}
        assert not await application.fetchval("SELECT row_security_active('founders') IS FALSE")


async def test_the_login_reads_and_writes_rows_and_does_nothing_else_to_a_table(
    owner: asyncpg.Connection, login: str
) -> None:
    for table in await owner.fetch(catalog.TABLES):
        for privilege in ("TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"):
            held = await owner.fetchval("SELECT has_table_privilege($1, $2::oid, $3)", login, table["oid"], privilege)
            assert not held, f"{privilege} on {table['name']}"


async def test_nothing_but_rows_of_guarded_tables_is_there_to_be_read(owner: asyncpg.Connection, login: str) -> None:
    """No view, no sequence (whose next number would tell how much others write), no partition, no foreign table."""
    beside = await owner.fetch(_BESIDE, login)
    assert beside == []


async def test_the_only_functions_that_run_as_the_owner_are_the_doors(owner: asyncpg.Connection, login: str) -> None:
    doors = {door["name"] for door in await owner.fetch(catalog.DOORS)}
    for function in await owner.fetch(_FUNCTIONS, login):
        if function["as_owner"]:
            assert function["schema"] == "doors", function["name"]
            assert function["name"].removeprefix("doors.").partition("(")[0] in doors


async def test_every_door_looks_for_names_where_only_the_owner_can_put_them(owner: asyncpg.Connection) -> None:
    for door in await owner.fetch(catalog.DOORS):
        [path] = [setting for setting in door["config"] if setting.startswith("search_path=")]
        assert path.replace(" ", "") in {"search_path=public,pg_temp", "search_path=pg_temp", 'search_path=""'}, door


async def test_a_table_of_the_session_does_not_stand_in_for_one_of_ours_behind_a_door(
    application: asyncpg.Connection,
) -> None:
    await application.execute("CREATE TEMP TABLE memberships (organization_id uuid, user_id uuid, role text)")
    await application.execute("INSERT INTO pg_temp.memberships VALUES (gen_random_uuid(), gen_random_uuid(), 'OWNER')")
    for row in await application.fetch("SELECT user_id FROM pg_temp.memberships"):
        assert await application.fetch("SELECT * FROM doors.memberships_of($1)", row["user_id"]) == []


async def test_a_function_of_the_session_is_not_shown_what_others_have(
    application: asyncpg.Connection, owner: asyncpg.Connection
) -> None:
    """However cheap it claims to be, it runs after the policy."""
    key = await owner.fetchval("INSERT INTO users (id, email) VALUES (uuidv7(), 'a@b') RETURNING id")
    startup = await owner.fetchval(
        "INSERT INTO organizations (id, owner_id, name, brief) VALUES (uuidv7(), $1, 'Secret', '{}') RETURNING id", key
    )
    try:
        await application.execute(
            "CREATE FUNCTION pg_temp.leak(text) RETURNS bool LANGUAGE plpgsql COST 0.0000001 AS "
            "$$ BEGIN RAISE EXCEPTION 'seen: %', $1; END $$"
        )
        assert await application.fetch("SELECT * FROM organizations WHERE pg_temp.leak(name)") == []
        await application.execute("CREATE OPERATOR pg_temp.<<< (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)")
        assert await application.fetch("SELECT * FROM organizations WHERE name OPERATOR(pg_temp.<<<) 'Secret'") == []
    finally:
        await owner.execute("DELETE FROM organizations WHERE id = $1", startup)
        await owner.execute("DELETE FROM users WHERE id = $1", key)


async def test_the_planners_statistics_tell_nothing_of_guarded_tables(
    application: asyncpg.Connection, owner: asyncpg.Connection
) -> None:
    guarded = [row["polrelid"] for row in await owner.fetch(_POLICIES)]
    assert guarded
    assert await application.fetch("SELECT attname FROM pg_stats WHERE tablename = ANY ($1)", guarded) == []
    assert await application.fetch("SELECT statistics_name FROM pg_stats_ext WHERE tablename = ANY ($1)", guarded) == []
