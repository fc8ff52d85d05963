from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
import redis

from aipromote.embedded.runtime import Runtime
from servers import open_folder, plain_settings

OWNER = Path(__file__).with_name("owner.py")


def query(url: str, statement: str) -> object:
    """The first value that the statement returns, over a connection of its own."""

    async def ask() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(ask())


def put_key(url: str, key: str, value: str) -> None:
    with redis.from_url(url) as client:
        client.set(key, value)


def get_key(url: str, key: str) -> bytes | None:
    with redis.from_url(url) as client:
        return client.get(key)


def wait_until(true: Callable[[], object], *, seconds: float = 30.0) -> None:
    """Wait for something that has to happen; the limit only keeps a broken test from hanging."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@contextmanager
def replaced(path: Path, content: bytes | None) -> Iterator[None]:
    """Other content in a file's place, or no file (None), for the time of the block."""
    whole = path.rename(path.with_name(f"{path.name}.whole"))
    try:
        if content is not None:
            path.write_bytes(content)
            shutil.copystat(whole, path)
            os.chown(path, whole.stat().st_uid, whole.stat().st_gid)
        yield
    finally:
        whole.replace(path)


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder that the servers' user can reach."""
    path = open_folder()
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """A data folder after one first start: a table `kept`, a key `kept`. Nothing runs on it between tests.

    Tests share it, because a copy takes longer than most of them: what one breaks it mends (see `replaced`).
    """
    path = open_folder()
    runtime = Runtime(path / "home", settings=plain_settings())
    runtime.start_servers()
    query(runtime.database_url, "CREATE TABLE kept AS SELECT 'a row' AS what")
    put_key(runtime.redis_url, "kept", "a key")
    runtime.stop()
    yield path / "home"
    shutil.rmtree(path)


class Started:
    """Runtimes of one test; they stop at its end."""

    def __init__(self) -> None:
        self.runtimes: list[Runtime] = []
        self.events: list[tuple[str, str]] = []

    def __call__(self, home: Path, **settings: object) -> Runtime:
        runtime = Runtime(home, settings=plain_settings(**settings), on_event=self._note)
        self.runtimes.append(runtime)
        runtime.start_servers()
        return runtime

    def _note(self, name: str, what: str) -> None:
        self.events.append((name, what))


@pytest.fixture
def start() -> Iterator[Started]:
    """Start the servers on a data folder."""
    started = Started()
    yield started
    for runtime in reversed(started.runtimes):
        runtime.stop()


@pytest.fixture
def own() -> Iterator[Callable[[Path], subprocess.Popen[str]]]:
    """Run owner.py on a data folder, in a process that may be killed; returns when all its children run."""
    owners = []

    def run(home: Path) -> subprocess.Popen[str]:
        owner = subprocess.Popen([sys.executable, OWNER, home], stdout=subprocess.PIPE, text=True)
        owners.append(owner)
        assert owner.stdout.readline() == "ready\n"
        return owner

    yield run
    for owner in owners:
        owner.kill()
        owner.wait()
        owner.stdout.close()
