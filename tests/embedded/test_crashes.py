"""What happens when something dies: the owner, a server, a process of the product, or all of a sudden everything."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import psutil
import pytest

from aipromote.embedded import binaries, leftovers
from aipromote.embedded.faults import StartError
from aipromote.embedded.ports import free_port
from aipromote.embedded.postgres import Postgres
from aipromote.embedded.runtime import Runtime, answers
from servers import plain_settings

from .conftest import get_key, put_key, query, wait_until

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")


def processes(home):
    notes = json.loads((home / "run.json").read_text())["processes"]
    return {name: psutil.Process(note["pid"]) for name, note in notes.items()}


def add_a_row(url):
    """Add a row to the table `kept`; how many there were."""
    return query(url, "WITH new AS (INSERT INTO kept VALUES ('a row') RETURNING 1) SELECT count(*) FROM kept")


def is_gone(process):
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def look_after_until(runtime, true):
    def step():
        runtime.look_after()
        return true()

    wait_until(step)


@pytest.fixture
def stranger():
    process = subprocess.Popen(["/bin/sleep", "1000"])
    yield process
    process.kill()
    process.wait()


@on_linux
def test_when_the_owner_is_killed_all_stop_and_nothing_is_lost(home, own, start):
    owner = own(home)
    children = processes(home)
    facts = json.loads((home / "run.json").read_text())
    before = add_a_row(facts["database_url"])

    owner.kill()
    owner.wait()

    assert set(children) == {"postgres", "valkey", "sleeper"}
    wait_until(lambda: all(map(is_gone, children.values())))
    runtime = start(home)
    assert query(runtime.database_url, "SELECT count(*) FROM kept") == before + 1
    assert get_key(runtime.redis_url, "kept") == b"a key"


def test_when_owner_and_database_are_killed_a_start_right_after_recovers(home, own, start):
    owner = own(home)
    facts = json.loads((home / "run.json").read_text())
    before = add_a_row(facts["database_url"])
    for process in (psutil.Process(owner.pid), processes(home)["postgres"]):
        process.kill()
    owner.wait()
    runtime = start(home)  # while Valkey, and maybe a backend, are still about to end
    assert query(runtime.database_url, "SELECT count(*) FROM kept") == before + 1
    assert get_key(runtime.redis_url, "kept") == b"a key"


def test_a_signal_stops_all_in_order(home, own):
    owner = own(home)
    children = processes(home)

    owner.terminate()

    assert owner.wait(60) == 0
    assert all(map(is_gone, children.values()))
    assert not (home / "run.json").exists()
    assert "database system is shut down" in (home / "logs/postgres.log").read_text()


@pytest.fixture
def as_context(folder, owner_url_base, redis_server_url):
    """A runtime that handles signals in this process, with servers that run elsewhere."""
    settings = plain_settings(database_url=owner_url_base, redis_url=redis_server_url, worker_grace_seconds=600)
    return Runtime(folder / "data", settings=settings)


def test_a_signal_while_a_process_starts_ends_the_start_without_an_error(as_context):
    with as_context as runtime:
        runtime.start_servers()
        os.kill(os.getpid(), signal.SIGTERM)
        runtime.spawn("web", ["/bin/sleep", "1000"], is_ready=lambda: False)
        pytest.fail("the start went on")
    assert runtime.pids == {}


def test_a_second_signal_cuts_the_time_for_finishing(as_context, folder):
    note = folder / "note"
    script = f"trap 'kill -TERM {os.getpid()}' TERM; touch {note}; while :; do sleep 0.01; done"
    with as_context as runtime:
        runtime.start_servers()
        runtime.spawn("worker", ["/bin/sh", "-c", script], is_ready=note.exists)
        worker = psutil.Process(runtime.pids["worker"])
        os.kill(os.getpid(), signal.SIGINT)
        runtime.wait()
    assert is_gone(worker)


def test_a_data_folder_that_cannot_be_written_does_not_end_the_watch(without_servers, start, folder):
    without_servers.spawn("web", ["/bin/sleep", "1000"])
    os.kill(without_servers.pids["web"], signal.SIGKILL)
    away = (folder / "data").rename(folder / "away")
    look_after_until(without_servers, lambda: sum("No such file" in what for _, what in start.events) > 1)
    away.rename(folder / "data")
    look_after_until(without_servers, lambda: "web" in without_servers.pids)


def test_a_killed_server_is_started_again_at_the_same_address(home, start):
    runtime = start(home)
    before = runtime.pids
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    events = start.events
    look_after_until(runtime, lambda: sum("runs again" in what for _, what in events) == 2)

    assert set(before.values()).isdisjoint(runtime.pids.values())
    assert query(runtime.database_url, "SELECT what FROM kept LIMIT 1") == "a row"
    put_key(runtime.redis_url, "new", "works")
    assert {name for name, what in events if "was killed by SIGKILL" in what} == {"postgres", "valkey"}
    assert {name: note["pid"] for name, note in json.loads((home / "run.json").read_text())["processes"].items()} == (
        runtime.pids
    )


@pytest.fixture
def without_servers(folder, start, owner_url_base, redis_server_url):
    return start(folder / "data", database_url=owner_url_base, redis_url=redis_server_url)


def test_a_process_that_keeps_dying_is_started_ever_more_slowly_and_reported(without_servers, start):
    without_servers.spawn("web", ["/bin/sh", "-c", "echo no luck; exit 3"])

    look_after_until(without_servers, lambda: sum("ended" in what for _, what in start.events) == 3)

    told = [what for _, what in start.events if "ended" in what]
    assert all('ended with exit code 3 ("no luck")' in what for what in told)
    assert ["0.2 s" in told[0], "0.4 s" in told[1], "0.8 s" in told[2]] == [True] * 3


def test_nothing_of_a_dead_process_lives_on(without_servers, folder):
    note = folder / "pid"
    without_servers.spawn("web", ["/bin/sh", "-c", f"sleep 1000 & echo $! > {note}; sleep 1000"], is_ready=note.exists)
    wait_until(lambda: note.read_text().strip())
    descendant = psutil.Process(int(note.read_text()))

    os.kill(without_servers.pids["web"], signal.SIGKILL)

    look_after_until(without_servers, lambda: is_gone(descendant))


def test_a_process_is_ready_when_it_answers(without_servers):
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    assert not answers(url)()
    without_servers.spawn(
        "web", [sys.executable, "-m", "http.server", "-b", "127.0.0.1", str(port)], is_ready=answers(url)
    )
    assert answers(url)()
    assert not answers(url + "missing")()


def test_a_process_that_ends_before_it_is_ready_is_quoted(without_servers):
    with pytest.raises(StartError, match=r'while starting: "no port left"\. Its log is .*web\.log\.'):
        without_servers.spawn("web", ["/bin/sh", "-c", "echo no port left; exit 1"], is_ready=lambda: False)
    assert without_servers.pids == {}


def test_a_process_that_never_gets_ready_is_stopped(without_servers):
    with pytest.raises(StartError, match=r"web was not ready after 0 s"):
        without_servers.spawn("web", ["/bin/sleep", "1000"], is_ready=lambda: False, timeout=0.1)
    assert without_servers.pids == {}


def test_a_program_that_does_not_exist_is_named(without_servers):
    with pytest.raises(StartError, match="web cannot be run: No such file or directory: /nowhere/web"):
        without_servers.spawn("web", ["/nowhere/web"])


def test_a_process_gets_what_it_is_given(without_servers, folder):
    note = folder / "note"
    script = f'echo "$REDIS_URL $EXTRA" > {note}; sleep 1000'
    without_servers.spawn("web", ["/bin/sh", "-c", script], environment={"EXTRA": "more"}, is_ready=note.exists)
    wait_until(lambda: note.read_text().strip())
    assert note.read_text().split() == [without_servers.redis_url, "more"]


def test_a_stale_pid_file_that_names_a_stranger_is_harmless(home, start, stranger):
    (home / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\n{home / 'postgres'}\n0\n5432\n\n\n\nready\n")

    runtime = start(home)

    assert query(runtime.database_url, "SELECT what FROM kept LIMIT 1") == "a row"
    assert stranger.poll() is None


def test_what_an_earlier_instance_left_is_stopped_and_a_stranger_is_not(home, start, stranger):
    orphan = subprocess.Popen(["/bin/sleep", "1000"])
    notes = leftovers.describe({"web": orphan.pid, "worker": stranger.pid})
    notes["worker"]["began"] -= 3600  # another process had this number then
    (home / "run.json").write_text(json.dumps({"pid": 1, "processes": notes}))

    start(home)

    orphan.wait(10)
    assert stranger.poll() is None


def test_an_orphan_postgres_is_stopped_before_the_next_start(home, start):
    runtime = start(home)
    password = runtime.secrets.postgres_password
    server = binaries.within_reach(binaries.find_pg_bin(), home=runtime.home)
    program = Postgres(runtime.home, server, password)._program(free_port())
    runtime.stop()
    argv = [str(part) for part in program.argv]
    orphan = subprocess.Popen(
        argv, env=dict(program.environment), cwd="/", stderr=subprocess.DEVNULL, **program.account.popen()
    )
    wait_until(lambda: program.is_ready(orphan.pid))

    again = start(home)

    orphan.wait(10)
    assert query(again.database_url, "SELECT what FROM kept LIMIT 1") == "a row"
