"""The web server is two processes, one of which looks after the other."""

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

from aipromote.cli.serving import web_argv
from aipromote.embedded.ports import free_port, is_free
from aipromote.embedded.runtime import answers

from .conftest import wait_until

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
