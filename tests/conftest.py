"""One PostgreSQL and one Valkey for the whole test run, shared by all xdist workers."""

from __future__ import annotations

import pytest

from servers import Servers

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
