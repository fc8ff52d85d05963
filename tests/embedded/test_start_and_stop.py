"""A data folder through its life: first start, next starts, servers of one's own."""

from __future__ import annotations

import base64
import os
from dataclasses import asdict

import asyncpg
import psutil
import pytest

from aipromote.embedded import home as home_module
from aipromote.embedded import secrets_file
from aipromote.errors import SetupError

from .conftest import get_key, query


def mode(path):
    return path.stat().st_mode & 0o777


def test_a_first_start_makes_everything_and_the_next_one_finds_it_again(folder, start):
    half = folder / "data" / "postgres.new-1"  # as a first start leaves it that was interrupted
    half.mkdir(parents=True)
    (half / "postgresql.conf").touch()
    first = start(folder / "data")
    query(first.database_url, "CREATE TABLE kept AS SELECT 1")
    secrets = first.secrets
    first.stop()

    second = start(folder / "data")

    assert query(second.database_url, "SELECT count(*) FROM kept") == 1
    assert second.secrets == secrets
    assert not half.exists()


def test_the_carriers_jobs_are_there_after_a_restart(home, start):
    assert get_key(start(home).redis_url, "kept") == b"a key"


def test_secrets_are_readable_by_their_owner_only(home, start):
    runtime = start(home)

    private = [home / "secrets.json", home / "run.json", home / "run/valkey.conf", home / "logs/postgres.log"]
    assert {mode(path) for path in private} == {0o600}
    assert mode(home / "postgres") == mode(home / "valkey") == mode(home / "logs") == 0o700
    assert runtime.secrets.postgres_password not in repr(runtime.secrets)


def test_an_opened_up_secrets_file_is_closed_again(home, start):
    (home / "secrets.json").chmod(0o644)
    start(home)
    assert mode(home / "secrets.json") == 0o600


def test_the_key_ring_has_one_named_key_of_32_bytes():
    name, _, key = secrets_file.fresh().encryption_keys.partition(":")
    assert name == "k1"
    assert len(base64.b64decode(key, validate=True)) == 32


def test_two_instances_share_no_secret():
    assert not set(asdict(secrets_file.fresh()).values()) & set(asdict(secrets_file.fresh()).values())


def test_the_database_is_set_up_for_a_small_machine_and_every_language(home, start):
    url = start(home).database_url

    def shown(name):
        return query(url, f"SHOW {name}")

    assert shown("server_encoding") == "UTF8"
    assert shown("shared_buffers") == "64MB"
    assert shown("max_connections") == "100"
    assert shown("shared_preload_libraries") == "pg_stat_statements"
    assert shown("fsync") == shown("full_page_writes") == "on"
    assert query(
        url, "SELECT datlocprovider::text || ' ' || datlocale FROM pg_database WHERE datname = current_database()"
    ) == ("b C.UTF-8")
    assert query(url, "SELECT current_user || ' ' || current_database()") == "aipromote aipromote"


def test_a_wrong_password_opens_neither_server(home, start):
    runtime = start(home)
    with pytest.raises(asyncpg.InvalidPasswordError):
        query(runtime.database_url.replace(runtime.secrets.postgres_password, "guess"), "SELECT 1")
    with pytest.raises(Exception, match=r"WRONGPASS|invalid username-password"):
        get_key(runtime.redis_url.replace(runtime.secrets.redis_password, "guess"), "kept")


def test_no_server_shows_a_password_in_its_arguments(home, start):
    runtime = start(home)
    for pid in runtime.pids.values():
        arguments = " ".join(psutil.Process(pid).cmdline())
        assert runtime.secrets.postgres_password not in arguments
        assert runtime.secrets.redis_password not in arguments


def test_a_second_start_on_the_same_folder_is_refused(home, start):
    first = start(home)

    with pytest.raises(SetupError, match=rf"already runs on the data folder .* \(process {os.getpid()}\)"):
        start(home)

    assert query(first.database_url, "SELECT what FROM kept LIMIT 1") == "a row"
    assert get_key(first.redis_url, "kept") == b"a key"


def test_other_commands_find_what_runs_and_only_while_it_runs(home, start):
    assert home_module.running(home) is None
    runtime = start(home)
    runtime.tell(web_url="http://127.0.0.1:8400")

    found = home_module.running(home)

    assert found["database_url"] == runtime.database_url
    assert found["redis_url"] == runtime.redis_url
    assert found["web_url"] == "http://127.0.0.1:8400"
    assert {name: note["pid"] for name, note in found["processes"].items()} == runtime.pids
    runtime.stop()
    assert home_module.running(home) is None
    assert not (home / "run.json").exists()


@pytest.mark.parametrize("name", ['with a space, a "quote" and a \\', "é" * 70], ids=["odd", "long"])
def test_the_folder_may_have_an_odd_or_a_long_name(home, start, name):
    moved = home.rename(home.with_name(name))
    try:
        runtime = start(moved)
        sockets = runtime.home.sockets
        assert query(runtime.database_url, "SELECT what FROM kept LIMIT 1") == "a row"
        assert get_key(runtime.redis_url, "kept") == b"a key"
        runtime.stop()
    finally:
        moved.rename(home)
    assert sockets.parent == moved or not sockets.exists()


def test_servers_of_ones_own_are_used_instead(folder, start, owner_url_base, redis_server_url):
    runtime = start(folder / "data", database_url=owner_url_base, redis_url=redis_server_url)

    assert (runtime.database_url, runtime.redis_url) == (owner_url_base, redis_server_url)
    assert runtime.pids == {}
    assert not (folder / "data" / "postgres").exists()
    assert not (folder / "data" / "valkey").exists()


def test_only_the_server_that_is_missing_is_started(folder, start, owner_url_base):
    runtime = start(folder / "data", database_url=owner_url_base)

    assert runtime.database_url == owner_url_base
    assert list(runtime.pids) == ["valkey"]
    assert get_key(runtime.redis_url, "nothing") is None


def test_processes_are_told_where_the_servers_are_and_the_secrets(folder, start, owner_url_base, redis_server_url):
    runtime = start(folder / "data", database_url=owner_url_base, redis_url=redis_server_url)
    assert runtime.environment == {
        "DATABASE_URL": owner_url_base,
        "REDIS_URL": redis_server_url,
        "AIPROMOTE_HOME": str(runtime.home.path),
        "AIPROMOTE_SECRET_KEY": runtime.secrets.secret_key,
        "AIPROMOTE_ENCRYPTION_KEYS": runtime.secrets.encryption_keys,
        "AIPROMOTE_KEYS_FILE": str(runtime.home.secrets_path),
    }
    own = start(
        folder / "other",
        database_url=owner_url_base,
        redis_url=redis_server_url,
        secret_key="s" * 32,
        encryption_keys="k:x",
    )
    assert own.environment["AIPROMOTE_SECRET_KEY"] == "s" * 32
    assert own.environment["AIPROMOTE_ENCRYPTION_KEYS"] == "k:x"
