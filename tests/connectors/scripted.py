"""A server on loopback that answers every call with what it was told to, bytes for bytes, and remembers the calls."""

import asyncio
import json
from contextlib import suppress


class Scripted:
    """`says` sets the answer to all calls that follow; `torn` cuts the line after so many bytes of the body."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._raw = b""

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_) -> None:
        self._server.close()
        await self._server.wait_closed()

    def says(self, status, body=b"", *, headers=None, torn=None) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = {"Content-Type": "application/json", "Connection": "close", "Content-Length": str(len(content))}
        head = "".join(f"{name}: {value}\r\n" for name, value in (lines | (headers or {})).items())
        self._raw = f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + content[: len(content) if torn is None else torn]

    async def _answer(self, reader, writer) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            size = next((line for line in head.lower().split("\r\n") if line.startswith("content-length:")), ":0")
            await reader.readexactly(int(size.partition(":")[2]))
            self.calls.append(head.split("\r\n")[0])
            writer.write(self._raw)
            await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
