"""Serves the application for tests as it is served for people, and counts what it asks of the database."""

from __future__ import annotations

import asyncio
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI
from granian.constants import Interfaces
from granian.server.embed import Server
from sqlalchemy import event

from aipromote.app import create_app


class Site:
    """One server on a free port."""

    def __init__(self) -> None:
        self.ready = threading.Event()
        self.app: FastAPI | None = None
        self.address = ""
        self.spools_in = ""
        """Where uploads lie while they come in."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: Server | None = None

    async def serve(self) -> None:
        """Until `stop`. Runs in a thread of its own."""
        port = _free_port()
        self._loop = asyncio.get_running_loop()
        self.app = create_app()
        self._server = Server(
            self.app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, websockets=False, log_enabled=False
        )
        self.address = f"http://127.0.0.1:{port}"
        serving = asyncio.ensure_future(self._server.serve())
        await asyncio.to_thread(_wait_for, port)
        # It shares its process with tests that make folders for servers, which another user must be able to reach.
        self.spools_in, tempfile.tempdir = tempfile.gettempdir(), None
        self.ready.set()
        await serving

    def stop(self) -> None:
        """From another thread."""
        assert self._loop is not None
        assert self._server is not None
        server = self._server

        def interrupt() -> None:
            server.interrupt_signal = True
            server.main_loop_interrupt.set()

        self._loop.call_soon_threadsafe(interrupt)

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The SQL that the application sends meanwhile."""
        assert self.app is not None
        engine = self.app.state.database.engine.sync_engine
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    """Until somebody listens there."""
    for _ in range(1000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    msg = "nothing listens"
    raise TimeoutError(msg)
