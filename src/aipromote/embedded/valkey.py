"""The bundled Valkey: carries the queues' jobs and logs every write, so that they survive a crash."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from pathlib import Path

from aipromote.embedded import secrets_file
from aipromote.embedded.children import Children, Program
from aipromote.embedded.faults import StartError, explained
from aipromote.embedded.home import Home
from aipromote.embedded.ports import free_port
from aipromote.embedded.postgres import ENVIRONMENT

NAME = "valkey"
_PORT_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Valkey:
    """One Valkey on the data folder of `home`. Not `durable`: keeps everything in memory only (for tests)."""

    home: Home
    program: Path
    password: str = field(repr=False)
    durable: bool = True

    @property
    def socket(self) -> Path:
        """Its Unix socket."""
        return self.home.sockets / "valkey.sock"

    def start(self, children: Children) -> str:
        """Start it and wait until it has read its log back; its URL (TCP on 127.0.0.1)."""
        self.home.refuse_foreign("valkey")
        for attempt in range(_PORT_ATTEMPTS):
            port = free_port()
            try:
                children.start(self._program(port))
            except StartError as error:
                if "Failed listening on port" in error.last_line and attempt + 1 < _PORT_ATTEMPTS:
                    continue
                raise error.with_way_out(self._way_out()) from error
            return f"redis://:{self.password}@127.0.0.1:{port}/0"
        raise AssertionError  # the last attempt returned or raised

    def _program(self, port: int) -> Program:
        folder = self.home.folder("valkey")
        configuration = self.home.path / "run" / "valkey.conf"
        lines = [
            "bind 127.0.0.1",
            f"port {port}",
            f"unixsocket {_quoted(self.socket)}",
            "unixsocketperm 700",
            f"dir {_quoted(folder)}",
            f"requirepass {self.password}",
            f"appendonly {'yes' if self.durable else 'no'}",
            "appendfsync everysec",
            'save ""',
            "maxmemory-policy noeviction",  # a job must never be dropped to make room
            "daemonize no",
        ]
        with explained(self.home.path):  # a file, because a password among the arguments would show in `ps`
            secrets_file.write_private(configuration, "\n".join(lines) + "\n", owner=self.home.owner)
        return Program(
            name=NAME,
            argv=[self.program, configuration],
            log=self.home.log(NAME),
            environment=ENVIRONMENT,
            account=self.home.owner,
            is_ready=lambda _pid: self._answers(),
            timeout=300.0,
        )

    def _answers(self) -> bool:
        """Whether it answers PING on its own socket (a TCP port might be a stranger's); while loading it does not."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1.0)
                connection.connect(str(self.socket))
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2 and (part := connection.recv(512)):  # noqa: PLR2004 -- two commands
                    answer += part
        except OSError:
            return False
        return answer.endswith(b"+PONG\r\n")

    def _way_out(self) -> str:
        return (
            f"If its data is damaged, move {self.home.path / 'valkey'} away and start again: "
            "jobs are staged anew from the database."
        )


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
