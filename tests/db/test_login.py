"""The application's login."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from sqlalchemy import make_url

from aipromote import settings
from aipromote.db import roles


@pytest.mark.parametrize("database", ["aipromote", "aipromote_app", "", "a" * 63])
def test_no_database_has_the_group_as_its_login(database: str) -> None:
    name = roles.login_name(database)
    assert name != roles.GROUP
    assert len(name) <= 63


async def test_databases_that_are_set_up_at_once_do_not_trip_over_their_common_group(
    owner_url: str, owner: asyncpg.Connection
) -> None:
    names = [f"{make_url(owner_url).database}_at_once_{number}" for number in range(6)]
    urls = [make_url(owner_url).set(database=name).render_as_string(hide_password=False) for name in names]
    for name in names:
        await owner.execute(f"CREATE DATABASE {name}")
    try:
        await asyncio.gather(*(roles.ensure(url) for url in urls for _ in range(2)))
        members = "SELECT count(*) FROM pg_auth_members WHERE roleid = $1::regrole AND member::regrole::text LIKE $2"
        logins = await owner.fetchval(members, roles.GROUP, "%at_once%")
        assert logins == len(names)
    finally:
        for name in names:
            await owner.execute(f"DROP DATABASE {name}")
            await owner.execute(f'DROP ROLE IF EXISTS "{roles.login_name(name)}"')


@pytest.mark.parametrize("named", [False, True])
async def test_the_application_may_log_in_elsewhere_with_the_derived_login_or_with_its_own(
    owner_url: str, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    server = make_url(owner_url)
    elsewhere = f"postgresql://{'somebody:theirs@' if named else ''}localhost:{server.port}/{server.database}"
    monkeypatch.setenv("AIPROMOTE_APP_DATABASE_URL", elsewhere)
    settings.get.cache_clear()
    try:
        url = make_url(roles.application_url())
        assert (url.host, url.database) == ("localhost", server.database)
        assert url.username == ("somebody" if named else roles.login_name(server.database or ""))
        if not named:
            connection = await asyncpg.connect(roles.application_url())
            assert await connection.fetchval("SELECT current_user") == url.username
            await connection.close()
    finally:
        monkeypatch.undo()
        settings.get.cache_clear()
