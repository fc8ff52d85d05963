"""The options for real servers: Bluesky's takes some minutes to install, WordPress some seconds of each run."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("connectors", "connectors against real servers")
    group.addoption("--real-pds", action="store_true", help="install Bluesky's own server where it is not yet")
    group.addoption("--real-wordpress", action="store_true", help="run WordPress, which has to be installed")
