"""PostgreSQL's own `pg_dump` and `pg_restore`, run so that no password shows in a process list."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import URL, make_url

from aipromote.backup.container import BLOCK
from aipromote.backup.errors import BackupFailed, RestoreFailed


@dataclass(frozen=True, slots=True)
class Programs:
    """The folder with the programs of the server's own major version."""

    folder: Path

    @contextmanager
    def dump(self, url: str, *, snapshot: str, extensions: Sequence[str]) -> Iterator[Iterator[bytes]]:
        """The database as that snapshot shows it, in PostgreSQL's custom format, compressed. BackupFailed.

        Of extensions only the named ones.
        """
        # gzip, because not every build of PostgreSQL's programs can read the others.
        arguments = ["--format=custom", "--compress=gzip:6", f"--snapshot={snapshot}", "--no-password"]
        arguments += ["--no-publications", "--no-subscriptions", *(f"--extension={name}" for name in extensions)]
        with tempfile.TemporaryFile() as told:
            process = self._start("pg_dump", url, arguments, stdout=subprocess.PIPE, stderr=told)
            assert process.stdout is not None
            try:
                yield iter(lambda: process.stdout.read(BLOCK), b"")  # type: ignore[union-attr]  # opened above
                code = process.wait()
            finally:
                _end(process)
            if code:
                raise BackupFailed(f"PostgreSQL's pg_dump gave up: {_last_words(told)}. No backup was made.")

    def restore(self, url: str, blocks: Iterable[bytes]) -> None:
        """Put a dump into an empty database, in one transaction. RestoreFailed: then nothing is in it."""
        arguments = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-password"]
        with tempfile.TemporaryFile() as told:
            process = self._start("pg_restore", url, arguments, stdin=subprocess.PIPE, stderr=told)
            assert process.stdin is not None
            try:
                with suppress(BrokenPipeError):  # it gave up: its own words say why
                    for block in blocks:
                        process.stdin.write(block)
                with suppress(BrokenPipeError):
                    process.stdin.close()
                code = process.wait()
            finally:
                _end(process)
            if code:
                raise RestoreFailed(f"PostgreSQL's pg_restore gave up: {_last_words(told)}. Nothing was restored.")

    def _start(
        self,
        program: str,
        url: str,
        arguments: list[str],
        *,
        stderr: IO[bytes],
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.DEVNULL,
    ) -> subprocess.Popen[bytes]:
        address = make_url(url)
        query = {name: value for name, value in address.query.items() if name != "password"}
        bare = URL.create("postgresql", address.username, None, address.host, address.port, address.database, query)
        shown = bare.render_as_string(hide_password=False)
        password = address.password or str(address.query.get("password", ""))
        return subprocess.Popen(  # noqa: S603 -- our own arguments
            [self.folder / program, *arguments, f"--dbname={shown}"],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env={"LC_ALL": "C", "PATH": os.defpath, "PGPASSWORD": password, "PGAPPNAME": "aipromote backup"},
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Whatever happened to us, it does not go on."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    if process.poll() is None:
        process.kill()
        process.wait()


def _last_words(told: IO[bytes]) -> str:
    told.seek(0)
    lines = [line for line in told.read().decode(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if "error:" in line or "ERROR:" in line] or lines[-1:]
    return (telling[0].partition("error:")[2] or telling[0]).strip(" .") if telling else "it said nothing"
