"""The processes that are compared: started, waited for, watched, stopped."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from redis.asyncio import Redis
from scene import Scene

PEERS = Path(__file__).parents[1] / "peers"
PREFIX = "bench"
AT_ONCE = 50
_START_SECONDS = 60.0
NODE = {
    "prisma": "Node, BullMQ, Prisma, post by post",
    "plain": "Node, BullMQ, bare pg, post by post",
    "batched": "Node, BullMQ, bare pg, batched",
}


class Failed(Exception):
    """A process did not do what it was started for."""


@dataclass
class Usage:
    """Processor seconds: of the workers, of PostgreSQL with its backends, of Valkey and of the network."""

    worker: float = 0.0
    postgres: float = 0.0
    valkey: float = 0.0
    network: float = 0.0

    def __sub__(self, before: Usage) -> Usage:
        return Usage(**{name: value - getattr(before, name) for name, value in vars(self).items()})


class Network:
    """The process of network.py."""

    def __init__(self, process: Process, port: int, http: aiohttp.ClientSession) -> None:
        self.pid = process.pid
        self.url = f"http://127.0.0.1:{port}"
        self._http = http

    async def ask(self, what: str) -> dict[str, Any]:
        """`count`, `report`, `arrivals`, or `reset?latency_ms=30`."""
        async with self._http.get(f"{self.url}/control/{what}") as response:
            answer: dict[str, Any] = await response.json()
            return answer


@asynccontextmanager
async def network() -> AsyncIterator[Network]:
    """Runs as long as the block."""
    program = str(Path(__file__).with_name("network.py"))
    process = await asyncio.create_subprocess_exec(sys.executable, program, stdin=PIPE, stdout=PIPE)
    assert process.stdout is not None
    try:
        port = int(await asyncio.wait_for(process.stdout.readline(), _START_SECONDS))
        async with aiohttp.ClientSession() as http:
            yield Network(process, port, http)
    finally:
        await _end(process)


def node_is_missing() -> str:
    """Why the Node variants cannot run here; empty when they can. Installs their packages at the first use."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return "node and npm are not on the PATH"
    if not (PEERS / "node_modules" / ".package-lock.json").exists():
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=PEERS, capture_output=True, text=True, check=False)
        if done.returncode:
            return "npm ci failed: " + next(iter(done.stderr.strip().splitlines()), "it did not say why")
    if not (PEERS / "node_modules" / ".prisma" / "client" / "index.js").exists():
        # The client is made without the engine that migrates, which would be downloaded; nothing here migrates.
        environment = os.environ | {
            "PRISMA_SCHEMA_ENGINE_BINARY": shutil.which("true") or "",
            "CHECKPOINT_DISABLE": "1",
        }
        command = [str(PEERS / "node_modules" / ".bin" / "prisma"), "generate"]
        done = subprocess.run(command, cwd=PEERS, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            return "prisma generate failed: " + done.stderr.strip()[-300:]
    return ""


class Workers:
    """One variant's worker processes."""

    def __init__(self, processes: Sequence[Process]) -> None:
        self._processes = processes
        self._watched = [psutil.Process(process.pid) for process in processes]

    async def begin(self) -> None:
        """Let Node's workers take jobs; ours wait for nothing but the time."""
        for process in self._processes:
            if process.stdin is not None:
                process.stdin.write(b"go\n")

    def cpu(self) -> float:
        """Seconds so far, of all."""
        return sum(_seconds(one) for one in self._watched)

    def peak_mb(self) -> float:
        """The most resident memory that they had at any time, together, in MB."""
        peaks = (Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8") for process in self._processes)
        return sum(int(status.split("VmHWM:")[1].split()[0]) for status in peaks) * 1024 / 1e6

    def refuse_if_dead(self) -> None:
        """Failed when one of them has ended."""
        if any(process.returncode is not None for process in self._processes):
            raise Failed("a worker ended while it was measured; its own words stand above")


@asynccontextmanager
async def ours(scene: Scene, where: Network, *, count: int = 1) -> AsyncIterator[Workers]:
    """The product's own worker processes, as `aipromote up` starts them."""
    environment = os.environ | {
        "DATABASE_URL": scene.owner_url,
        "REDIS_URL": scene.redis_url,
        "AIPROMOTE_QUEUE_PREFIX": PREFIX,
        "AIPROMOTE_SANDBOX_URL": where.url,
        "AIPROMOTE_LOG_LEVEL": "warning",
    }
    command = [sys.executable, "-m", "aipromote.worker"]
    async with _running([command] * count, environment, stdin=None) as processes:
        async with Redis.from_url(scene.redis_url) as redis:
            async with asyncio.timeout(_START_SECONDS):
                while True:  # each has a runner and a stager
                    if await redis.zcard(f"{PREFIX}:pulse") >= 2 * count:
                        break
                    await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)  # what a worker does once, at its start
        yield Workers(processes)


@asynccontextmanager
async def node(variant: str, scene: Scene, where: Network) -> AsyncIterator[Workers]:
    """A worker of bench/peers, connected and waiting for `begin`."""
    async with _running([["node", "worker.js", variant]], peer_environment(scene, where), stdin=PIPE) as processes:
        [process] = processes
        assert process.stdout is not None
        said = await asyncio.wait_for(process.stdout.readline(), _START_SECONDS)
        if said != b"ready\n":
            raise Failed(f"node worker.js {variant} did not get ready")
        yield Workers(processes)


async def fill(scene: Scene, where: Network, *arguments: str) -> None:
    """Put the jobs of all scheduled posts into Node's queue."""
    command = ["node", "fill.js", *arguments]
    process = await asyncio.create_subprocess_exec(*command, cwd=PEERS, env=peer_environment(scene, where))
    if await process.wait():
        raise Failed(f"{' '.join(command)} failed")


def peer_environment(scene: Scene, where: Network) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": scene.owner_url,
        "REDIS_URL": scene.redis_url,
        "QUEUE_PREFIX": PREFIX,
        "SANDBOX_URL": where.url,
        "AT_ONCE": str(AT_ONCE),
        "NODE_ENV": "production",
    }


def usage(workers: Workers, where: Network) -> Usage:
    """Processor seconds of everybody so far. Backends that have ended count: their postmaster has waited for them."""
    found = Usage(worker=workers.cpu(), network=_seconds(psutil.Process(where.pid)))
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            name = child.name()
            if "postgres" in name:
                found.postgres += _seconds(child)
                if child.ppid() == os.getpid():
                    times = child.cpu_times()
                    found.postgres += times.children_user + times.children_system
            elif "valkey" in name:
                found.valkey += _seconds(child)
    return found


@asynccontextmanager
async def _running(
    commands: Sequence[Sequence[str]], environment: dict[str, str], *, stdin: int | None
) -> AsyncIterator[list[Process]]:
    processes = [
        await asyncio.create_subprocess_exec(
            *command, cwd=PEERS if stdin else None, env=environment, stdin=stdin, stdout=PIPE if stdin else None
        )
        for command in commands
    ]
    try:
        yield processes
    finally:
        await asyncio.gather(*(_end(process) for process in processes))


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 30)
        except TimeoutError:
            process.kill()
    await process.wait()


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
