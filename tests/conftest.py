"""One PostgreSQL and one Valkey for the whole test run, shared by all xdist workers."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator

import asyncpg
import hypothesis
import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import settings
from aipromote.db import migrate
from aipromote.db.database import Database
from servers import EMPTY, Servers

pytest_plugins = ("chaos.options", "connectors.options", "web.journeys.options")

# A machine that has other work must not fail a law: how long an example takes is measured in bench/, and not here.
hypothesis.settings.register_profile("untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("untimed")
_SERVERS = pytest.StashKey[Servers]()


def _servers(config: pytest.Config) -> Servers:
    if _SERVERS not in config.stash:
        config.stash[_SERVERS] = Servers()
    return config.stash[_SERVERS]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """In xdist's controller: tell a new worker where the servers are, which start with the first worker."""
    servers = _servers(node.config)
    node.workerinput["owner_url_base"] = servers.database_url
    node.workerinput["redis_server_url"] = servers.redis_url


def pytest_unconfigure(config: pytest.Config) -> None:
    if _SERVERS in config.stash:
        config.stash[_SERVERS].stop()


def _address(config: pytest.Config, name: str, attribute: str) -> str:
    given = getattr(config, "workerinput", {}).get(name)
    return given or getattr(_servers(config), attribute)


@pytest.fixture(scope="session")
def owner_url_base(pytestconfig: pytest.Config) -> str:
    """URL of the superuser and the maintenance database `aipromote`: `postgresql://…@127.0.0.1:port/aipromote`."""
    return _address(pytestconfig, "owner_url_base", "database_url")


@pytest.fixture(scope="session")
def redis_server_url(pytestconfig: pytest.Config) -> str:
    """URL of Valkey's database 0: `redis://:…@127.0.0.1:port/0`."""
    return _address(pytestconfig, "redis_server_url", "redis_url")


@pytest.fixture(scope="session")
def owner_url(owner_url_base: str, redis_server_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database of this worker's own; the process's settings point at it and at the test's Valkey."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    url = make_url(owner_url_base).set(database=f"test_{worker}").render_as_string(hide_password=False)
    os.environ.update(
        DATABASE_URL=url,
        REDIS_URL=redis_server_url,
        AIPROMOTE_QUEUE_PREFIX=f"test-{worker}",
        AIPROMOTE_SECRET_KEY="only for tests: thirty-two characters and more",
        AIPROMOTE_ENCRYPTION_KEYS="test:" + base64.b64encode(bytes(range(32))).decode(),
        AIPROMOTE_KEYS_FILE="",
        AIPROMOTE_INCIDENT_SECONDS="0",  # the site of tests has no worker, which nobody wants to be told
        AIPROMOTE_HOME=str(tmp_path_factory.mktemp("home")),
    )
    settings.get.cache_clear()
    asyncio.run(_create_database(owner_url_base, f"test_{worker}"))
    asyncio.run(migrate.upgrade(url))
    return url


async def _create_database(base: str, name: str) -> None:
    connection = await asyncpg.connect(base)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the owner, who sees everything."""
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


@pytest.fixture
async def database(owner_url: str) -> AsyncIterator[Database]:
    """The application's database, for tests that commit; afterwards all rows are gone."""
    database = Database.from_settings("tests")
    yield database
    await database.close()
    connection = await asyncpg.connect(owner_url)
    await connection.execute(EMPTY)
    await connection.close()


@pytest.fixture
async def session(owner_url: str) -> AsyncIterator[AsyncSession]:
    """A session as the application role whose transaction is rolled back at the end of the test."""
    database = Database.from_settings("tests")
    async with database.engine.connect() as connection:
        transaction = await connection.begin()
        async with AsyncSession(
            connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        ) as session:
            yield session
        await transaction.rollback()
    await database.close()
