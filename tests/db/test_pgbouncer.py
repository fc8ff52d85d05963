"""Behind a PgBouncer in transaction mode, where the next transaction of a client may run on anybody's connection."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, make_url, select, text

import aipromote
from aipromote import settings
from aipromote.content.models import Pillar
from aipromote.db import bulk, roles
from aipromote.db.database import TENANTS, Database
from aipromote.db.retrying import sqlstate
from aipromote.organizations.models import Founder, Organization
from factories import organizations

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")
needs_pgbouncer = pytest.mark.skipif(PROGRAM is None, reason="there is no pgbouncer on this machine")

# As deploy/pgbouncer.ini, with a pool so small that clients must share.
CONFIGURATION = """
[databases]
{database} = host=127.0.0.1 port={server_port} dbname={database} auth_user={owner}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
pool_mode = transaction
default_pool_size = 2
max_client_conn = 200
auth_type = scram-sha-256
auth_file = {folder}/users
auth_query = SELECT rolname, rolpassword FROM pg_authid WHERE rolname = $1 AND rolcanlogin
max_prepared_statements = 0
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def configured(folder: Path, url: Any, port: int, program: str) -> Path:
    """Write the configuration and the one password that PgBouncer needs to look up the others."""
    words = CONFIGURATION.format(
        database=url.database, server_port=url.port, owner=url.username, port=port, folder=folder
    )
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < (1, 21):
        words = words.replace("max_prepared_statements = 0\n", "")  # not known yet, and not there either
    (folder / "users").write_text(f'"{url.username}" "{url.password}"\n')
    path = folder / "pgbouncer.ini"
    path.write_text(words)
    for one in (folder, path, folder / "users"):
        one.chmod(0o755 if one.is_dir() else 0o644)  # it does not run as root
    return path


@pytest.fixture(scope="module")
def bouncer_port(owner_url: str) -> Iterator[int]:
    """A PgBouncer before the test's server."""
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        path = configured(Path(folder), make_url(owner_url), port, PROGRAM)
        account: dict[str, Any] = {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}
        process = subprocess.Popen([PROGRAM, "-q", str(path)], stderr=subprocess.PIPE, text=True, **account)
        try:
            for _ in range(200):
                with socket.socket() as probe:
                    probe.settimeout(1)
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert process.poll() is None, process.stderr.read() if process.stderr else ""
                process_wait(process)
            yield port
        finally:
            process.terminate()
            process.communicate(timeout=10)


def process_wait(process: subprocess.Popen[str]) -> None:
    """A moment, unless it ends before."""
    try:
        process.wait(0.02)
    except subprocess.TimeoutExpired:
        return


@pytest.fixture
async def clients(
    owner_url: str, bouncer_port: int, database: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[list[Database]]:
    """Three clients, as three processes would be, with eight connections to PgBouncer each."""
    url = make_url(roles.application_url()).set(port=bouncer_port, host="127.0.0.1")
    monkeypatch.setenv("AIPROMOTE_APP_DATABASE_URL", url.render_as_string(hide_password=False))
    monkeypatch.setenv("AIPROMOTE_PGBOUNCER", "true")
    settings.get.cache_clear()
    made = [Database.from_settings(f"client {number}", pool_size=8) for number in range(3)]
    yield made
    for one in made:
        await one.close()
    monkeypatch.undo()
    settings.get.cache_clear()


@needs_pgbouncer
async def test_no_tenant_leaks_from_one_client_to_the_next(clients: list[Database], database: Database) -> None:
    startups = [await organizations.organization(database, name=f"Startup {number}") for number in range(6)]
    backends: dict[int, set[int]] = {}

    async def visit(number: int) -> None:
        startup, client = startups[number % 6], number % 3
        async with clients[client].transaction(startup.id) as session:
            seen = (await session.scalars(select(Organization.name))).all()
            assert seen == [f"Startup {number % 6}"]
            session.add(Pillar(organization_id=startup.id, name=f"Pillar {number}"))
            await session.flush()
            await asyncio.sleep(0)
            backends.setdefault(await session.scalar(text("SELECT pg_backend_pid()")), set()).add(client)
            assert len((await session.scalars(select(Founder))).all()) == 1
        async with clients[client]._sessions() as session:  # a transaction that forgot to say for whom it is
            assert await session.scalar(select(func.nullif(func.current_setting(TENANTS, True), ""))) is None
            assert (await session.scalars(select(Organization))).all() == []

    await asyncio.gather(*(visit(number) for number in range(60)))
    assert len(backends) <= 2, "more connections than the pool has"
    assert all(len(visitors) == 3 for visitors in backends.values()), "nobody shared a connection"
    for number, startup in enumerate(startups):
        async with database.transaction(startup.id) as session:
            names = set((await session.scalars(select(Pillar.name))).all())
        assert names == {f"Pillar {visit}" for visit in range(number, 60, 6)}


@needs_pgbouncer
async def test_nothing_stays_behind_on_a_connection(clients: list[Database], database: Database) -> None:
    here = (await organizations.organization(database)).id
    wanted = settings.get().statement_timeout_ms

    async def work(client: Database, number: int) -> None:
        async with client.transaction(here, isolation="serializable" if number % 2 else None) as session:
            assert await session.scalar(text("SHOW statement_timeout")) == f"{wanted // 1000}s"
            rows = [{"organization_id": here, "id": uuid4(), "name": f"{number}/{row}"} for row in range(3)]
            assert (await bulk.copy_in(session, Founder, rows)).inserted == 3
        async with client.transaction(here, read_only=True) as session:
            assert await session.scalar(text("SHOW transaction_read_only")) == "on"

    outcomes = await asyncio.gather(
        *(work(client, number) for number, client in enumerate(clients * 6)), return_exceptions=True
    )
    assert {sqlstate(one) for one in outcomes if one is not None} <= {"40001"}  # what serializable may say
    left = await asyncio.gather(*(left_behind(client) for client in clients[:2]))
    assert len({pid for pid, _ in left}) == 2, "both connections of the pool were looked at"
    assert [found for _, found in left] == [[], []]


async def left_behind(client: Database) -> tuple[int, list[str]]:
    """What a new transaction finds on its connection, held long enough that another one gets the other connection."""
    async with client.engine.connect() as connection:
        pid = int(await connection.scalar(text("SELECT pg_backend_pid()")) or 0)
        found = await connection.scalars(
            text("""
            SELECT 'setting ' || name FROM pg_settings WHERE source = 'session' AND name NOT IN
                ('application_name', 'client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings')
                AND name NOT LIKE 'transaction%'
            UNION ALL SELECT 'statement ' || name FROM pg_prepared_statements WHERE name <> ''
            UNION ALL SELECT 'table ' || relname FROM pg_class WHERE relpersistence = 't' AND relkind = 'r'
            UNION ALL SELECT 'lock ' || objid FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
            """)
        )
        await asyncio.sleep(0.2)
        return pid, [str(one) for one in found]


@needs_pgbouncer
async def test_a_statement_that_takes_too_long_is_ended_behind_pgbouncer_too(clients: list[Database]) -> None:
    hasty = Database(clients[0].engine, local_timeout=100)
    with pytest.raises(Exception, match="statement timeout") as raised:
        async with hasty.transaction() as session:
            await session.execute(text("SELECT pg_sleep(5)"))
    assert sqlstate(raised.value) == "57014"


# What runs as the owner connects to the server directly, and may keep something on its connection.
OWNERS = {
    "db/migrator.py": "one migrator at a time, by a lock of its session",
    "db/migrations/": "run by the migrator",
    "db/distribution.py": "distributes the tables, with the owner's URL",
    "db/roles.py": "makes the application's login",
    "embedded/": "brings up the server",
    "backup/": "dumps and restores with the owner's URL",
    "cli/": "commands of an administrator, with the owner's URL",
    "simulation/scale/": "fills a database for load tests, with the owner's URL",
}
_SET = r"(^|;)\s*SET\s+(SESSION\s+)?(?!LOCAL\b|TRANSACTION\b|CONSTRAINTS\b)\w+(\.\w+)?\s*(=|TO\b)"
SESSION_STATE = {
    "SET without LOCAL": re.compile(_SET, re.IGNORECASE),
    "a value that stays": re.compile(r"set_config\([^()]*,\s*false\s*\)", re.IGNORECASE),
    "a lock of the session": re.compile(r"pg_(try_)?advisory_lock", re.IGNORECASE),
    "LISTEN": re.compile(r"(^|;)\s*(UN)?LISTEN\b", re.IGNORECASE),
    "a prepared statement": re.compile(r"(^|;)\s*PREPARE\s+\w+\s*(\(|AS)", re.IGNORECASE),
    "a cursor that stays": re.compile(r"WITH\s+HOLD", re.IGNORECASE),
    "a table that stays": re.compile(r"CREATE\s+TEMP(ORARY)?\s+(?!.*ON\s+COMMIT\s+DROP)", re.IGNORECASE | re.DOTALL),
}


def texts(tree: ast.Module) -> Iterator[str]:
    """Every text of a program, with what is put into it left out. Docstrings are no statements."""
    nodes = list(ast.walk(tree))
    skipped = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    skipped |= {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "x" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.value


def found_in(source: str) -> list[str]:
    """What in a program would stay on a connection after its transaction."""
    tree = ast.parse(source)
    found = [
        f"{name}: {statement[:80]!r}"
        for statement in texts(tree)
        for name, pattern in SESSION_STATE.items()
        if pattern.search(statement)
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("set_config"):
            is_local = len(node.args) == 3 and isinstance(node.args[2], ast.Constant) and node.args[2].value is True
            found += [] if is_local else [f"a value that stays: {ast.unparse(node)[:80]}"]
        if isinstance(node, ast.Attribute) and node.attr == "add_listener":
            found.append("LISTEN")
    return found


def test_no_code_of_the_application_s_role_leaves_anything_on_a_connection() -> None:
    root = Path(aipromote.__file__).parent
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if not name.startswith(tuple(OWNERS)):
            assert found_in(path.read_text()) == [], name


@pytest.mark.parametrize(
    "statement",
    [
        "SET statement_timeout = 0", "SET SESSION timezone TO 'UTC'", "SELECT set_config('a.b', 'c', false)",
        "SELECT pg_advisory_lock(1)", "SELECT pg_try_advisory_lock(1)", "LISTEN jobs", "PREPARE one AS SELECT 1",
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1", "CREATE TEMP TABLE t (a int)",
        "SELECT 1; SET search_path = public",
    ],
)  # fmt: skip
def test_what_stays_on_a_connection_is_recognised(statement: str) -> None:
    assert found_in(f"run({statement!r})")
    assert found_in(f"run(f{statement!r})")
    if "TEMP" in statement:
        assert found_in(f"run({statement + ' ON COMMIT DROP'!r})") == []
    assert found_in("run('UPDATE posts SET status = 1'); run('SET LOCAL lock_timeout = 1')") == []


def test_the_migrator_s_lock_is_the_session_s_so_it_must_reach_the_server_itself() -> None:
    """Why DATABASE_URL must not lead to PgBouncer: the lock would stay on somebody else's connection."""
    source = (Path(aipromote.__file__).parent / "db" / "migrator.py").read_text()
    assert any(one.startswith("a lock of the session") for one in found_in(source))
