"""A network to publish on that costs next to nothing: the sandbox's publishing call, counted by key.

It answers `POST /api/v1/posts` as `aipromote.sandbox.api` does (bearer token, `Idempotency-Key`, 201 with id, url and
created_at), after a given latency, and keeps what it received in memory. Under `/control/` the benchmark asks it.
Run it as a process of its own: `python bench/publishing/network.py` prints its port.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

_END = b"\r\n\r\n"


class Ledger:
    """What came in since the last reset, and how long each answer takes."""

    def __init__(self) -> None:
        self.reset(0.0)

    def reset(self, latency: float) -> None:
        """Forget everything; answer after `latency` seconds from now on."""
        self.latency = latency
        self.received: Counter[str] = Counter()
        self.arrivals: dict[str, float] = {}
        self.count = 0

    def take(self, key: str) -> int:
        """Note one post; its number."""
        self.count += 1
        self.received[key] += 1
        self.arrivals.setdefault(key, time.time())
        return self.count


class Connection(asyncio.Protocol):
    """One kept-alive connection: requests with a Content-Length, answered one after the other."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._buffer = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(_END)) >= 0:
            head = self._buffer[:end]
            length = int(_header(head, b"content-length") or b"0")
            whole = end + len(_END) + length
            if len(self._buffer) < whole:
                return
            body, self._buffer = self._buffer[end + len(_END) : whole], self._buffer[whole:]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"POST /api/v1/posts "):
            status, answer = self._publish(head, body)
            response = _response(status, answer)
            if self._ledger.latency:
                asyncio.get_running_loop().call_later(self._ledger.latency, self._transport.write, response)
            else:
                self._transport.write(response)
        else:
            self._transport.write(_response(b"200 OK", self._control(head.split(b" ", 2)[1].decode())))

    def _publish(self, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        key = _header(head, b"idempotency-key").decode()
        if not _header(head, b"authorization").startswith(b"Bearer "):
            return b"401 Unauthorized", b'{"error": "invalid_token", "message": "There is no token."}'
        if not key or not json.loads(body).get("text"):
            return b"422 Unprocessable", b'{"error": "empty", "message": "A post needs a key and words."}'
        number, now = self._ledger.take(key), datetime.now(UTC).isoformat()
        shown = f'{{"id": "p{number}", "url": "http://sandbox.example/posts/p{number}", "created_at": "{now}"}}'
        return b"201 Created", shown.encode()

    def _control(self, target: str) -> bytes:
        ledger, asked = self._ledger, urlsplit(target)
        if asked.path == "/control/reset":
            ledger.reset(float(parse_qs(asked.query)["latency_ms"][0]) / 1000)
        if asked.path == "/control/arrivals":
            return json.dumps(ledger.arrivals).encode()
        twice = [key for key, times in ledger.received.items() if times > 1] if asked.path == "/control/report" else []
        return json.dumps({"received": ledger.count, "keys": len(ledger.received), "twice": twice}).encode()


def _header(head: bytes, name: bytes) -> bytes:
    """The value of a header, whatever the case of its name; empty without one."""
    start = head.lower().find(b"\r\n" + name + b":")
    if start < 0:
        return b""
    start += len(name) + 3
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else len(head)].strip()


def _response(status: bytes, body: bytes) -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)


async def main() -> None:
    """Serve until the standard input ends: the benchmark holds its other end."""
    loop, ledger = asyncio.get_running_loop(), Ledger()
    server = await loop.create_server(lambda: Connection(ledger), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
