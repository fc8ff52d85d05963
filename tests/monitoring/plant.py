"""The product's own processes, as they run for people, beside a mail server, a webhook and a Redis of a test."""

from __future__ import annotations

import asyncio
import email
import email.policy
import os
import signal
import socket
import subprocess
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope

from aipromote.cli.serving import web_argv, worker_argv
from jobs.job_samples import eventually

SECRET = "shared with the receiver"
PATIENCE = 90.0
"""So that a broken test ends."""


class Mailbox:
    """What an SMTP server took."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.reply: str | None = None
        """What it says instead of taking the next one."""

    async def handle_DATA(self, *said: object) -> str:  # noqa: N802 -- aiosmtpd asks by this name
        envelope = said[-1]
        assert isinstance(envelope, Envelope)
        if self.reply is not None:
            return self.reply
        self.taken.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 Taken"

    @property
    def subjects(self) -> list[str]:
        return [str(message["Subject"]) for message in self.taken]


class Receiver:
    """What a webhook got: the raw bodies and the headers."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, Any]] = []
        self.status = 204

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self.status < 300:
            self.got.append((body, request.headers))
        return web.Response(status=self.status)


class Plant:
    """Starts processes with the settings of the test, freezes and kills them; `close` ends them all."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = {**os.environ, **environment, "AIPROMOTE_QUEUE_PREFIX": f"plant-{uuid4().hex[:8]}"}
        self._started: list[subprocess.Popen[bytes]] = []
        self.address = ""
        self.http: aiohttp.ClientSession
        self.mailbox = Mailbox()
        self.receiver = Receiver()

    def set(self, environment: dict[str, str]) -> None:
        """Settings for what starts from now on."""
        self._environment |= environment

    def worker(self) -> subprocess.Popen[bytes]:
        return self._start("worker", worker_argv())

    async def web(self) -> subprocess.Popen[bytes]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._environment["AIPROMOTE_PORT"] = str(port)
        process = self._start("web", web_argv(host="127.0.0.1", port=port))
        self.address = f"http://127.0.0.1:{port}"
        await eventually(self._answers, within=PATIENCE)
        return process

    async def health(self, of: str = "queues") -> tuple[int, dict[str, Any]]:
        async with self.http.get(f"{self.address}/health/{of}") as answer:
            return answer.status, await answer.json()

    async def until_red(self, check: str, *, of: str = "queues") -> dict[str, Any]:
        """The page, once this check is red."""

        async def look() -> dict[str, Any] | None:
            status, told = await self.health(of)
            names = {each["name"] for each in told["checks"] if each["state"] == "red"}
            assert (status == 503) == bool(names)
            return told if check in names else None

        return await eventually(look, within=PATIENCE)

    async def until_well(self, of: str = "queues") -> None:
        async def is_well() -> bool:
            return (await self.health(of))[0] == 200

        await eventually(is_well, within=PATIENCE)

    async def until_mails(self, count: int) -> list[str]:
        """The subjects, once there are so many; and some rounds later there are no more."""
        await eventually(lambda: len(self.mailbox.taken) >= count, within=PATIENCE)
        await asyncio.sleep(6)
        return self.mailbox.subjects

    def close(self) -> None:
        for process in self._started:
            with suppress(ProcessLookupError):  # the whole group: the web server is two processes
                os.killpg(process.pid, signal.SIGCONT)
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _start(self, name: str, argv: list[str]) -> subprocess.Popen[bytes]:
        with (self._folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(argv, env=self._environment, stdout=log, stderr=log, process_group=0)
        self._started.append(process)
        return process

    async def _answers(self) -> bool:
        try:
            async with self.http.get(f"{self.address}/health") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False


async def open_mailbox(box: Mailbox) -> tuple[asyncio.Server, str]:
    """A real SMTP server on the loopback interface, and its URL."""
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box), "127.0.0.1", 0)
    return server, f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
