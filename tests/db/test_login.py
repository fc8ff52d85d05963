"""The application's login."""

from __future__ import annotations

import pytest

from aipromote.db import roles


@pytest.mark.parametrize("database", ["aipromote", "aipromote_app", "", "a" * 63])
def test_no_database_has_the_group_as_its_login(database: str) -> None:
    name = roles.login_name(database)
    assert name != roles.GROUP
    assert len(name) <= 63
