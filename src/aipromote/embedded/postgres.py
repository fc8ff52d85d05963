"""The bundled PostgreSQL: makes its data folder, starts it tuned for a small idle footprint, names what is broken."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import psutil

from aipromote.embedded import secrets_file
from aipromote.embedded.binaries import major
from aipromote.embedded.children import Children, Program
from aipromote.embedded.faults import StartError, explained
from aipromote.embedded.home import Home
from aipromote.embedded.leftovers import has_ended, is_alive
from aipromote.embedded.ports import free_port
from aipromote.errors import SetupError

USER = DATABASE = "aipromote"
NAME = "postgres"
ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath}
"""Nothing of the caller's: neither its secrets nor its PG* variables."""

_PORT_ATTEMPTS = 5
_PATIENCE = 60.0  # seconds for what is left of an earlier run
_READY_LINE = 7  # of postmaster.pid, counted from 0
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "io_method": "sync",  # no pool of I/O processes: this is a small database that fits in memory
    "max_logical_replication_workers": "0",
    "max_parallel_workers_per_gather": "0",  # and so no need of a large /dev/shm, which containers lack
    "password_encryption": "scram-sha-256",
}
_FOR_TESTS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


@dataclass(frozen=True, slots=True)
class Postgres:
    """One PostgreSQL on the data folder of `home`. Not `durable`: faster, and lost at a power failure (for tests)."""

    home: Home
    program: Path
    password: str = field(repr=False)
    durable: bool = True

    @property
    def data(self) -> Path:
        """The cluster's folder."""
        return self.home.path / "postgres"

    def start(self, children: Children) -> str:
        """Start it, making the cluster and the database if need be; its URL (superuser, TCP on 127.0.0.1)."""
        self.check()
        if self._is_new():
            self._make_cluster()
        port = self._start_on_a_free_port(children)
        asyncio.run(self._ensure_database(port))
        return self.url(port)

    def url(self, port: int, database: str = DATABASE) -> str:
        """Where the server is, for the bootstrap superuser."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{port}/{database}"

    def check(self) -> None:
        """SetupError if the cluster's folder is not one that this PostgreSQL can use."""
        if self._is_new():
            return
        with explained(self.home.path):
            self.home.refuse_foreign("postgres")
            version = self.data / "PG_VERSION"
            found = version.read_text(encoding="utf-8").strip() if version.is_file() else ""
        if not found:
            cause = "PG_VERSION is missing or empty"
            raise SetupError(f"The database folder {self.data} is damaged: {cause}. {self._way_out()}")
        if found != str(ours := major(self.program)):
            raise SetupError(
                f"The database folder {self.data} was made by PostgreSQL {found}, and this is {ours}. "
                f"Export it with the AIPromote that made it and import it into a fresh one. {self._way_out()}"
            )

    def _is_new(self) -> bool:
        with explained(self.home.path):
            return not self.data.exists() or not any(self.data.iterdir())

    def _start_on_a_free_port(self, children: Children) -> int:
        for attempt in range(_PORT_ATTEMPTS):
            port = free_port()
            try:
                children.start(self._program(port))
            except StartError as error:
                if "could not create any TCP/IP sockets" in error.last_line and attempt + 1 < _PORT_ATTEMPTS:
                    continue
                raise error.with_way_out(self._way_out()) from error
            return port
        raise AssertionError  # the last attempt returned or raised

    def _program(self, port: int) -> Program:
        options = _SETTINGS | ({} if self.durable else _FOR_TESTS)
        options["unix_socket_directories"] = '"{}"'.format(str(self.home.sockets).replace('"', '""'))
        if any((self.program.parents[1] / "lib").rglob("pg_stat_statements.*")):
            options["shared_preload_libraries"] = "pg_stat_statements"
            options["pg_stat_statements.track_utility"] = "off"  # a statement that sets a password holds it
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return Program(
            name=NAME,
            argv=[self.program, "-D", self.data, "-p", str(port), *arguments],
            log=self.home.log(NAME),
            environment=ENVIRONMENT,
            account=self.home.owner,
            prepare=self._clear_the_way,
            is_ready=self._is_ready,
            stop_signal=signal.SIGINT,  # fast shutdown: open transactions roll back
            kill_signal=signal.SIGQUIT,
            timeout=600.0,  # a recovery may take its time
        )

    def _is_ready(self, pid: int) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) > _READY_LINE and lines[0] == str(pid) and lines[_READY_LINE].strip() == "ready"

    def _make_cluster(self) -> None:
        """Run initdb beside the final place and rename: an interrupted one leaves nothing that looks like a cluster."""
        with explained(self.home.path):
            for old in self.home.path.glob("postgres.new-*"):
                shutil.rmtree(old)
            draft = self.home.folder(f"postgres.new-{os.getpid()}")
            password = self.home.path / "run" / "initdb.password"
            secrets_file.write_private(password, self.password + "\n", owner=self.home.owner)
            try:
                self._run_initdb(draft, password)
            finally:
                password.unlink()
            if self.data.exists():
                self.data.rmdir()
            draft.rename(self.data)

    def _run_initdb(self, folder: Path, password: Path) -> None:
        arguments = ["-D", str(folder), "-U", USER, "--pwfile", str(password), "--encoding=UTF8", "--no-instructions"]
        arguments += ["--auth-local=scram-sha-256", "--auth-host=scram-sha-256"]
        # The built-in provider needs no ICU and sorts the same on every system.
        arguments += ["--locale-provider=builtin", "--locale=C.UTF-8", *([] if self.durable else ["--no-sync"])]
        done = subprocess.run(  # noqa: S603 -- fixed arguments
            [str(self.program.with_name("initdb")), *arguments],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
            **self.home.owner.popen(),
        )
        if done.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            lines = [line for line in (done.stderr + done.stdout).splitlines() if "error:" in line or "FATAL:" in line]
            cause = "; ".join(lines[:2]) or done.stderr.strip()[-300:]
            raise SetupError(
                f"PostgreSQL could not make its data folder in {self.home.path}: {cause}. "
                "Mend that and start again; nothing was left behind."
            )

    def _clear_the_way(self) -> None:
        """Deal with the postmaster.pid of an earlier run. We hold the data folder's lock: nobody watches that run."""
        note = self.data / "postmaster.pid"
        try:
            pid = int(note.read_text(encoding="utf-8").split("\n", 1)[0])
        except (OSError, ValueError):
            return  # none, or an empty one, which PostgreSQL deals with
        if _is_postmaster(pid, self.data):
            _end(pid)
        elif psutil.pid_exists(pid):
            # The number belongs to a stranger now (or to a zombie), and PostgreSQL would refuse to start. Without this
            # file it cannot see left-over backends either, so look for them first.
            _await_backends(self.data)
            note.unlink(missing_ok=True)

    async def _ensure_database(self, port: int) -> None:
        try:
            connection = await asyncpg.connect(self.url(port, "postgres"), ssl=False)
        except asyncpg.InvalidPasswordError as error:
            raise SetupError(
                f"The password in {self.home.secrets_path} does not open the database in {self.data}: "
                "they do not belong together. Restore both from the same backup."
            ) from error
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
                await connection.execute(f'CREATE DATABASE "{DATABASE}"')
            # Here it sees all databases, and is in no dump of ours, which must go into servers that lack it.
            if "pg_stat_statements" in await connection.fetchval("SHOW shared_preload_libraries"):
                await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        finally:
            await connection.close()

    def _way_out(self) -> str:
        return f"Restore a backup, or move {self.home.path} away to start afresh."


def _is_postmaster(pid: int, data: Path) -> bool:
    try:
        process = psutil.Process(pid)
        return is_alive(process) and process.name().startswith("postgres") and str(data) in process.cmdline()
    except psutil.Error:
        return False


def _end(pid: int) -> None:
    """Stop an orphan by fast shutdown (pg_ctl would trust the file, and signal whoever has that number)."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        process.send_signal(signal.SIGINT)
        if not has_ended(process, within=_PATIENCE):
            raise SetupError(f"PostgreSQL of an earlier run (process {pid}) does not stop. End it and start again.")


def _await_backends(data: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while left := [process.pid for process in psutil.process_iter() if _folder(process) == str(data)]:
        if time.monotonic() > end:
            raise SetupError(f"Processes of an earlier run still use {data}: {left}. End them and start again.")
        time.sleep(0.05)


def _folder(process: psutil.Process) -> str | None:
    try:
        return process.cwd() if is_alive(process) else None
    except (psutil.Error, OSError):
        return None
