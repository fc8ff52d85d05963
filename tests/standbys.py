"""A streaming replica of the test's own server, started beside it."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from sqlalchemy import make_url

from aipromote.db import roles
from aipromote.db.database import create_engine
from aipromote.db.replica import Replica
from aipromote.embedded import account
from servers import open_folder

SMALL = "-c shared_buffers=16MB -c max_connections=200 -c fsync=off -c listen_addresses=127.0.0.1"


@dataclass
class Standby:
    """A second server that repeats what the first one writes."""

    programs: Path
    folder: Path
    port: int
    owner_url: str

    def run(self, program: str, *arguments: str, **environment: str) -> None:
        subprocess.run(
            [str(self.programs / program), *arguments],
            env={"LC_ALL": "C", "PATH": os.defpath, **environment},
            cwd="/",
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **account.for_servers().popen(),
        )

    def copy(self) -> None:
        primary = make_url(self.owner_url)
        at = ["-h", "127.0.0.1", "-p", str(primary.port), "-U", str(primary.username)]
        options = ["-D", str(self.folder / "data"), "-X", "stream", "-c", "fast", "-R", "--no-sync", *at]
        self.run("pg_basebackup", *options, PGPASSWORD=str(primary.password))

    def start(self) -> None:
        options = f"-p {self.port} {SMALL} -c unix_socket_directories={self.folder}"
        self.run(
            "pg_ctl", "-D", str(self.folder / "data"), "-w", "-l", str(self.folder / "log"), "-o", options, "start"
        )

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    async def owner(self) -> asyncpg.Connection:
        return await asyncpg.connect(make_url(self.owner_url).set(port=self.port).render_as_string(hide_password=False))

    def reader(self, most_seconds: float) -> Replica:
        """The application's way to it."""
        url = make_url(roles.application_url()).set(port=self.port).render_as_string(hide_password=False)
        return Replica(create_engine(url), most_seconds)

    async def caught_up(self) -> None:
        """Until all that was written so far is here too."""
        here, there = await self.owner(), await asyncpg.connect(self.owner_url)
        try:
            # What is inserted, not only what is on disk: the tests' server does not wait for its disk.
            written = await there.fetchval("SELECT pg_current_wal_insert_lsn()::text")
            for _ in range(500):
                if await here.fetchval("SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn", written):
                    return
                await asyncio.sleep(0.02)
            raise AssertionError("the replica does not follow")
        finally:
            await here.close()
            await there.close()


@contextmanager
def standing(owner_url: str) -> Iterator[Standby]:
    """Copied, started, and removed at the end."""
    folder = open_folder()
    account.for_servers().give(folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = Standby(Path(asyncio.run(_programs(owner_url))), folder, port, owner_url)
    try:
        made.copy()
        made.start()
        yield made
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            made.stop()
        shutil.rmtree(folder)


async def _programs(owner_url: str) -> str:
    owner = await asyncpg.connect(owner_url)
    try:
        return str(await owner.fetchval("SELECT setting FROM pg_config WHERE name = 'BINDIR'"))
    finally:
        await owner.close()
