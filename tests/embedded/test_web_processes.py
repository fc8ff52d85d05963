"""The web server is two processes, one of which looks after the other. Whichever dies, pages are served again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from aipromote.cli import processes
from aipromote.cli.serving import web_argv
from aipromote.embedded.ports import free_port, is_free
from aipromote.embedded.runtime import Runtime, answers

from .conftest import Started, wait_until

PATIENCE = 60.0


def _server_of(master: int) -> psutil.Process:
    [server] = psutil.Process(master).children()
    return server


def _is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def alone(owner_url: str, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A web server that nobody looks after, and its port."""
    port = free_port()
    with (tmp_path / "web.log").open("wb") as log:
        process = subprocess.Popen(
            web_argv(host="127.0.0.1", port=port), env=dict(os.environ), stdout=log, stderr=log, process_group=0
        )
    wait_until(answers(f"http://127.0.0.1:{port}/health"), seconds=PATIENCE)
    yield process, port
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_a_server_whose_master_was_killed_ends_and_lets_go_of_the_port(
    alone: tuple[subprocess.Popen[bytes], int],
) -> None:
    master, port = alone
    server = _server_of(master.pid)
    assert not is_free("127.0.0.1", port)
    master.kill()
    wait_until(lambda: _is_gone(server))
    wait_until(lambda: is_free("127.0.0.1", port))


@pytest.fixture
def up(folder: Path, start: Started, owner_url: str, redis_server_url: str) -> tuple[Runtime, str]:
    """What `aipromote up` runs of the web, and its address."""
    runtime = start(folder / "data", database_url=owner_url, redis_url=redis_server_url)
    url = processes.start_web(runtime, host="127.0.0.1", port=free_port(), environment={})
    processes.until_answered(runtime, f"{url}/health", name="web")
    return runtime, url


@pytest.mark.parametrize(("which", "told"), [("master", "was killed by SIGKILL"), ("server", "ended with exit code 1")])
def test_a_web_process_that_was_killed_is_told_and_serves_again_at_the_same_address(
    up: tuple[Runtime, str], start: Started, which: str, told: str
) -> None:
    runtime, url = up
    master = runtime.pids["web"]
    server = _server_of(master)
    os.kill(master if which == "master" else server.pid, signal.SIGKILL)

    def is_replaced() -> bool:
        runtime.look_after()
        return runtime.pids.get("web", master) != master

    wait_until(is_replaced, seconds=PATIENCE)
    assert _is_gone(server), "else it would still hold the port"
    processes.until_answered(runtime, f"{url}/health", name="web")
    what = [what for name, what in start.events if name == "web"]
    assert any(told in line and "starts again in" in line for line in what)
    assert any("runs again" in line for line in what)
