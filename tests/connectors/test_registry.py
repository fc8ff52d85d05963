"""Which connectors there are."""

import pytest

from aipromote.connectors import registry
from aipromote.documents.vocabulary import Platform
from aipromote.errors import NotFound


def test_every_platform_is_served_at_least_by_the_sandbox():
    for platform in Platform:
        assert registry.for_platform(platform)[-1].name == "sandbox"
    assert [connector.name for connector in registry.for_platform(Platform.BLUESKY)] == ["bluesky", "sandbox"]


def test_connectors_go_by_name():
    assert registry.names() == ("bluesky", "linkedin", "sandbox", "x")
    assert all(registry.get(name).name == name for name in registry.names())
    for name in ("linkedin", "sandbox", "x"):
        assert registry.oauth(name) is registry.get(name)
    assert registry.keyed("bluesky") is registry.get("bluesky")
    for wrong in (lambda: registry.get("nobody"), lambda: registry.oauth("bluesky"), lambda: registry.keyed("sandbox")):
        with pytest.raises(NotFound):
            wrong()
