"""Servers and processes of a run of its own: durable PostgreSQL and Valkey, the sandbox network, and the workers."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import psutil
from redis.asyncio import Redis
from redis.exceptions import RedisError

from aipromote import clock, schema, settings
from aipromote.db import migrate
from aipromote.embedded.ports import free_port
from aipromote.embedded.runtime import Runtime, answers
from servers import open_folder, plain_settings

assert schema.metadata  # all models are known, as in a running process

FIRE_TIMEOUT = 1.5
"""Short, like the leases, so that recovering takes seconds."""
ACCESS_SECONDS = 2100.0
"""The network's access tokens live so short that the product renews each of them every five minutes."""
STOPPED_FOR = 10.0
_START = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
_NEVER = 86_400.0


@dataclass
class Stage:
    """Everything that runs. Faults to servers are methods; each returns when it has been done."""

    runtime: Runtime
    dial: clock.Dial
    network_url: str
    network_store: Path
    settings: dict[str, str]
    """What each worker is told besides where the servers are."""
    workers: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    put_back: float = 0.0
    """By how many seconds the clock was put back, in all."""
    waited: float = 0.0
    """By how many seconds it was put forward only because nothing was to be done meanwhile."""

    def start_worker(self, *, stages: bool) -> None:
        """One more; one that does not stage looks once at its start and then never again."""
        name = f"worker-{len(self.workers) + 1}"
        interval = {} if stages else {"AIPROMOTE_STAGER_INTERVAL_SECONDS": str(_NEVER)}
        self.runtime.spawn(name, [sys.executable, "-m", "aipromote.worker"], environment=self.settings | interval)
        self.workers.append(name)

    def living(self) -> set[int]:
        """Process ids of the workers that run."""
        return {pid for name, pid in self.runtime.pids.items() if name in self.workers}

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """A signal to one of the processes, if it runs just now."""
        pid = self.runtime.pids.get(name)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    async def empty_queues(self) -> None:
        """FLUSHALL, as soon as Valkey answers."""
        while True:
            async with Redis.from_url(self.runtime.redis_url, socket_timeout=2.0, retry=None) as redis:
                with suppress(RedisError, OSError):
                    await redis.flushall()
                    return
            await asyncio.sleep(0.1)

    async def stop_queues(self) -> None:
        """Valkey neither answers nor hangs up for ten seconds."""
        self.kill("valkey", signal.SIGSTOP)
        await asyncio.sleep(STOPPED_FOR)
        self.kill("valkey", signal.SIGCONT)

    def lose_queues(self) -> None:
        """Kill Valkey and take its files away; the runtime starts it again, empty."""
        pid = self.runtime.pids.get("valkey")
        self.kill("valkey")
        end = time.monotonic() + 5
        while pid is not None and not _is_over(pid) and time.monotonic() < end:
            time.sleep(0.01)
        for path in (self.runtime.home.path / "valkey").iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def put_clock(self, seconds: float) -> None:
        """Forward, or back, which the dial by itself does not do."""
        instant = self.dial.now() + timedelta(seconds=seconds)
        sequence = struct.unpack("<Q", self.dial._memory[:8])[0]
        self.dial._memory[:8] = struct.pack("<Q", sequence + 1)
        self.dial._memory[8:] = struct.pack("<ddd", time.time(), instant.timestamp(), 1.0)
        self.dial._memory[:8] = struct.pack("<Q", sequence + 2)
        self.put_back += max(0.0, -seconds)

    def received_so_far(self) -> int:
        """The number of the newest post that the network has."""
        return self._ask("SELECT ifnull(max(number), 0) FROM posts")

    def _ask(self, statement: str, *values: int) -> int:
        """The network's own file, read only."""
        connection = sqlite3.connect(f"file:{self.network_store}?mode=ro", uri=True, timeout=10)
        try:
            return int(connection.execute(statement, values).fetchone()[0])
        finally:
            connection.close()

    async def switch_on(self, http: aiohttp.ClientSession, kind: str, *, handle: str, **values: object) -> int:
        """A fault of the network, for the next call on one account; its number, or 0 where it acts at once."""
        wanted = {"kind": kind, "account": handle, **values}
        async with http.post(f"{self.network_url}/faults", json=wanted) as response:
            assert response.status == 201, await response.text()
            return int((await response.json())["fault"])

    def has_hit(self, fault: int) -> bool:
        """Whether the network's fault of that number has met its call."""
        return not fault or self._ask("SELECT ifnull(remaining, 1) FROM faults WHERE number = ?", fault) == 0

    def last_words(self, lines: int = 40) -> str:
        """The ends of the workers' logs, for who looks into a failure."""
        told = []
        for name in self.workers:
            log = self.runtime.home.log(name)
            tail = log.read_text(errors="replace").splitlines()[-lines:] if log.exists() else []
            told.append("\n".join([f"--- {name}", *tail]))
        return "\n".join(told)


def _is_over(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


_SETTINGS = {
    "AIPROMOTE_FIRE_TIMEOUT_SECONDS": str(FIRE_TIMEOUT),
    "AIPROMOTE_QUEUE_PREFIX": "chaos",
    "AIPROMOTE_LOG_FORMAT": "json",
}


@contextmanager
def opened(*, lease: float) -> Iterator[Stage]:
    """Servers and network, with this process's settings and clock pointed at them; no worker yet.

    `lease` is for how many seconds a claim holds: the shorter, the sooner a dead worker's posts are looked up, and the
    fewer posts a starved machine gets to before the claims on them end.
    """
    folder, environment = open_folder(), dict(os.environ)
    events: list[str] = []
    runtime = Runtime(
        folder / "home", settings=plain_settings(), on_event=lambda name, what: events.append(f"{name} {what}")
    )
    try:
        runtime.start_servers()
        dial_path, store = folder / "dial", folder / "network.db"
        dial = clock.Dial.create(dial_path, start=_START)
        url = f"http://127.0.0.1:{(port := free_port())}"
        network = [sys.executable, "-m", "aipromote.sandbox", "--port", str(port), "--store", str(store)]
        network += ["--access-seconds", str(ACCESS_SECONDS), "--rate-limit", "1000000"]
        clocked = {"AIPROMOTE_CLOCK_FILE": str(dial_path)}
        runtime.spawn("sandbox", network, environment=clocked, is_ready=answers(f"{url}/healthz"))
        # A worker that starts again reads its code as installed ones do, instead of compiling it.
        compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
        chosen = clocked | compiled | _SETTINGS | {"AIPROMOTE_SANDBOX_URL": url, "AIPROMOTE_LEASE_SECONDS": str(lease)}
        settings.adopt(runtime.environment | chosen)
        clock.use(dial_path)
        asyncio.run(migrate.upgrade(runtime.database_url))
        yield Stage(runtime, dial, url, store, chosen, events=events)
    finally:
        clock.use(None)
        os.environ.clear()
        os.environ.update(environment)
        settings.get.cache_clear()
        runtime.stop()
        shutil.rmtree(folder, ignore_errors=True)
