"""A server that somebody names is a public one, and the usual one where nobody may choose."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aipromote import settings
from aipromote.channels import servers
from aipromote.connectors.bluesky import BlueskyConnector
from aipromote.errors import InvalidInput
from channels.parlour import Parlour, Village


@pytest.fixture(autouse=True)
def _as_installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("AIPROMOTE_NETWORKS_PRIVATE", raising=False)
    settings.get.cache_clear()
    yield
    monkeypatch.undo()
    settings.get.cache_clear()


VILLAGE = Village("https://village.example")


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        ("", "https://village.example"),
        ("social.kornblume.example", "https://social.kornblume.example"),
        (" https://Social.Kornblume.example/ ", "https://social.kornblume.example"),
        ("https://kornblume.example/blog/", "https://kornblume.example/blog"),
    ],
)
def test_a_server_is_understood_as_people_write_it(named: str, meant: str) -> None:
    assert servers.chosen(VILLAGE, named) == meant


@pytest.mark.parametrize(
    "named",
    [
        *("http://social.example", "https://127.0.0.1", "https://localhost", "https://10.0.0.8", "https://[::1]"),
        *("https://169.254.169.254", "https://metadata.internal", "https://2130706433", "https://0x7f.1"),
        *("https://social.example:8443", "https://user@social.example", "file:///etc/passwd", "ftp://social.example"),
        *("https://social.example?x=1", "https://social.example#x", "https://so cial.example", "https://"),
        *("https://social.example\\@127.0.0.1", "javascript:alert(1)", "https://x" + "x" * 600, "https://[::1"),
        "https://social.example/\r\nHost: evil",
    ],
)
def test_anything_but_a_public_server_by_https_is_refused(named: str) -> None:
    with pytest.raises(InvalidInput):
        servers.chosen(VILLAGE, named)


def test_nobody_names_the_server_of_a_network_that_has_one() -> None:
    assert servers.chosen(Parlour("https://parlour.example"), "https://evil.example") == "https://parlour.example"


def test_the_operator_may_allow_servers_of_the_house(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIPROMOTE_NETWORKS_PRIVATE", "true")
    settings.get.cache_clear()
    assert servers.chosen(BlueskyConnector(), "http://10.0.0.8:2583/") == "http://10.0.0.8:2583"
    with pytest.raises(InvalidInput):
        servers.chosen(BlueskyConnector(), "file:///etc/passwd")
