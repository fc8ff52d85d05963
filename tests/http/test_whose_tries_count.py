"""From where a request comes: what no header can change, and what a trusted proxy says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from aipromote import settings
from aipromote.errors import SetupError
from aipromote.http.clients import client_address, tries_of, trusted_proxies


@pytest.fixture(autouse=True)
def _as_set(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.get.cache_clear()
    yield
    monkeypatch.undo()
    settings.get.cache_clear()


def request(host: str, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return Request({"type": "http", "client": (host, 1), "headers": headers})


@given(st.lists(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]))))
def test_no_header_changes_the_address_where_no_proxy_is_trusted(values: list[str]) -> None:
    assert client_address(request("203.0.113.9", *values)) == "203.0.113.9"


@pytest.mark.parametrize(
    ("host", "forwarded", "address"),
    [
        ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["1.1.1.1", "198.51.100.7, 10.0.0.2"], "198.51.100.7"),
        ("10.0.0.1", ["198.51.100.7:4711"], "198.51.100.7"),
        ("10.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("::ffff:10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["not an address"], "10.0.0.1"),
        ("10.0.0.1", ["10.0.0.3"], "10.0.0.3"),
        ("203.0.113.9", ["198.51.100.7"], "203.0.113.9"),
    ],
)
def test_of_a_trusted_proxy_the_header_is_read_from_its_end(
    host: str, forwarded: list[str], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIPROMOTE_TRUSTED_PROXIES", "10.0.0.0/8, ::1")
    settings.get.cache_clear()
    assert client_address(request(host, *forwarded)) == address


def test_a_household_with_version_6_has_one_allowance() -> None:
    assert tries_of(request("2001:db8:1:2:aaaa::1")) == tries_of(request("2001:db8:1:2:ffff::9"))
    assert tries_of(request("2001:db8:1:3::1")) != tries_of(request("2001:db8:1:2::1"))


def test_what_is_no_network_is_said_by_its_name() -> None:
    with pytest.raises(SetupError, match="AIPROMOTE_TRUSTED_PROXIES"):
        trusted_proxies("the proxy")
