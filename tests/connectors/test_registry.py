"""Which connectors there are."""

import pkgutil

import pytest

import aipromote.connectors
from aipromote.connectors import registry
from aipromote.connectors.protocols import by_key, by_oauth
from aipromote.documents.vocabulary import Platform
from aipromote.errors import NotFound


def test_every_platform_is_served_at_least_by_the_sandbox():
    for platform in Platform:
        assert registry.for_platform(platform)[-1].name == "sandbox"
    assert [connector.name for connector in registry.for_platform(Platform.BLUESKY)] == ["bluesky", "sandbox"]


def test_every_folder_is_registered_under_its_own_name():
    folders = sorted(one.name for one in pkgutil.iter_modules(aipromote.connectors.__path__) if one.ispkg)
    assert list(registry.names()) == folders
    assert all(registry.get(name).name == name for name in registry.names())


def test_connectors_are_found_by_the_way_in_which_accounts_are_connected():
    ways = set()
    for name in registry.names():
        connector = registry.get(name)
        ways.add((by_oauth(connector), by_key(connector)))
        for is_one, find in ((by_oauth(connector), registry.oauth), (by_key(connector), registry.keyed)):
            if is_one:
                assert find(name) is connector
            else:
                with pytest.raises(NotFound):
                    find(name)
    assert {(True, False), (False, True)} <= ways
    assert (False, False) not in ways
    with pytest.raises(NotFound):
        registry.get("nobody")
