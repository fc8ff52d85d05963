"""The option for a real server of Bluesky, which takes some minutes to install."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("connectors", "connectors against real servers")
    group.addoption("--real-pds", action="store_true", help="install Bluesky's own server where it is not yet")
