"""Whose tries are counted: the client's, also behind a proxy."""

from __future__ import annotations

from pathlib import Path

import pytest

_SOURCES = Path(__file__).parents[2] / "src/aipromote"
_ASKS_FOR_THIS_MACHINE = {"web/entrance.py", "web/metrics.py"}
"""Whether a connection comes from the machine itself is told by the connection alone."""
_FACES = sorted(str(path.relative_to(_SOURCES)) for room in ("web", "api") for path in (_SOURCES / room).rglob("*.py"))


@pytest.mark.parametrize("path", _FACES)
def test_no_page_counts_by_the_connection_which_behind_a_proxy_is_everybodys(path: str) -> None:
    if path not in _ASKS_FOR_THIS_MACHINE:
        assert "client.host" not in (_SOURCES / path).read_text(), "count by http.clients.tries_of"
