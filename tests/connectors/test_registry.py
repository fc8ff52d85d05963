"""Which connectors there are, and the one HTTP call that they share."""

from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors import registry, wire
from aipromote.documents.vocabulary import Platform
from aipromote.errors import NotFound


def test_every_platform_is_served_at_least_by_the_sandbox():
    for platform in Platform:
        assert registry.for_platform(platform)[-1].name == "sandbox"
    assert [connector.name for connector in registry.for_platform(Platform.BLUESKY)] == ["bluesky", "sandbox"]


def test_connectors_go_by_name():
    assert registry.names() == ("bluesky", "sandbox")
    assert all(registry.get(name).name == name for name in registry.names())
    assert registry.oauth("sandbox") is registry.get("sandbox")
    assert registry.password("bluesky") is registry.get("bluesky")
    for wrong in (lambda: registry.get("x"), lambda: registry.oauth("bluesky"), lambda: registry.password("sandbox")):
        with pytest.raises(NotFound):
            wrong()


def test_a_wait_is_read_as_seconds_or_as_a_date_and_nonsense_as_nothing():
    soon = wire.retry_at({"Retry-After": "1.5"})
    assert soon is not None
    assert timedelta(0) < soon - clock.now() <= timedelta(seconds=1.5)
    date = wire.retry_at({"Retry-After": "Mon, 04 May 2026 09:30:00 GMT"})
    assert date is not None
    assert date.isoformat() == "2026-05-04T09:30:00+00:00"
    assert wire.retry_at({"Retry-After": "later"}) is None
    assert wire.retry_at({}) is None
