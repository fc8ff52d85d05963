"""Where pictures of all pages are to be kept."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("journeys", "pictures of all pages, for people to look at")
    group.addoption("--screenshots", default=None, metavar="DIR", help="keep a picture of each page in this folder")
