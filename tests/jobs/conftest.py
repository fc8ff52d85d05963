"""A name space of its own for each test on the shared server, and a server of its own for those that break it."""

from __future__ import annotations

import gc
import subprocess
import sys
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from job_samples import OwnServer

from aipromote.jobs.carrier import Carrier


@pytest.fixture
async def own_server(tmp_path: Path) -> AsyncIterator[OwnServer]:
    server = OwnServer(tmp_path)
    await server.start()
    yield server
    server.kill()
    with warnings.catch_warnings():
        # A worker's connection that waited at a server that was killed is let go by BullMQ without being closed. It is
        # collected here, so that its warning is not taken for another test's.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def prefix() -> str:
    return f"jobs-{uuid4().hex[:8]}"


@pytest.fixture
async def carrier(redis_server_url: str, prefix: str) -> AsyncIterator[Carrier]:
    carrier = Carrier(redis_server_url, prefix=prefix)
    yield carrier
    await carrier.close()


@pytest.fixture
async def own_carrier(own_server: OwnServer, prefix: str) -> AsyncIterator[Carrier]:
    carrier = Carrier(own_server.url, prefix=prefix)
    yield carrier
    await carrier.close()


@pytest.fixture
def start_victim() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a real worker process (`job_victim.py`) to kill; its lines on stdout say what it does."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        script = Path(__file__).with_name("job_victim.py")
        process = subprocess.Popen([sys.executable, script, *arguments], stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
