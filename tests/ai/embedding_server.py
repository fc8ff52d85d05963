"""A server that speaks the providers' protocols for embeddings. Texts with words of like meaning lie close together."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from ai.model_server import KEY

DIMENSIONS = 1000
ALIKE = {"cost": "price", "costs": "price", "expensive": "price", "cheap": "price", "pricing": "price", "loaf": "bread",
         "loaves": "bread", "vans": "delivery", "bicycle": "delivery", "bring": "delivery"}  # fmt: skip
"""Words that mean the same to this model."""
SILENT = {"what", "are", "the", "who", "why", "our", "was", "has", "and", "for", "with", "here", "this"}
"""Words that say nothing to it."""


@dataclass
class EmbeddingServer:
    """`status` is answered instead, where there is one; `shape` changes the vectors of a good answer."""

    url: str = ""
    dimensions: int = DIMENSIONS
    status: int | None = None
    delay: float = 0.0
    tells_usage: bool = True
    shape: Callable[[list[list[float]]], Any] | None = None
    calls: list[list[str]] = field(default_factory=list)
    kinds: list[str | None] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def texts(self) -> list[str]:
        """All that were embedded, in order."""
        return [text for call in self.calls for text in call]

    def settings(self, model: str = "compatible:words", **values: object) -> dict[str, object]:
        """Settings that lead here."""
        urls = {"ai_openai_url": f"{self.url}/v1", "ai_compatible_url": f"{self.url}/v1", "ai_google_url": self.url}
        keys = dict.fromkeys(("ai_openai_key", "ai_google_key", "ai_compatible_key"), KEY)
        return {"ai_embedding_model": model, "ai_timeout_seconds": 5.0, "ai_retries": 0, **urls, **keys, **values}

    async def openai(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        given = body["input"] if isinstance(body["input"], list) else [body["input"]]
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        vectors = await self._answer(given, shown, None)
        if isinstance(vectors, web.Response):
            return vectors
        packed = body.get("encoding_format") == "base64"
        used = sum(len(text.split()) for text in given)
        data = [
            {"object": "embedding", "index": place, "embedding": _packed(vector) if packed else vector}
            for place, vector in enumerate(vectors)
        ]
        usage = {"usage": {"prompt_tokens": used, "total_tokens": used}} if self.tells_usage else {}
        return web.json_response({"object": "list", "model": body["model"], "data": data, **usage})

    async def google(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        asked = body.get("requests", [body])
        given = [each["content"]["parts"][0]["text"] for each in asked]
        vectors = await self._answer(given, request.headers.get("x-goog-api-key", ""), asked[0].get("taskType"))
        if isinstance(vectors, web.Response):
            return vectors
        return web.json_response({"embeddings": [{"values": vector} for vector in vectors]})

    async def _answer(self, given: list[str], shown: str, kind: str | None) -> Any:
        self.calls.append(given)
        self.kinds.append(kind)
        self.asked.set()
        status = 401 if shown != KEY else self.status
        if self.delay:
            await asyncio.sleep(self.delay)
        if status is not None:
            # The words of a careless server, which repeats key and texts.
            return web.json_response({"error": {"message": f"{shown} {given}", "code": status}}, status=status)
        vectors = [vector_of(text, self.dimensions) for text in given]
        return self.shape(vectors) if self.shape else vectors


def vector_of(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """A sum of one direction for each meaning; texts with nothing in common are at right angles, about."""
    vector = [0.0] * dimensions
    for word in re.findall(r"\w{3,}", text.lower()):
        if word in SILENT:
            continue
        digest = hashlib.sha256(ALIKE.get(word, word).encode()).digest()
        vector[int.from_bytes(digest[:4]) % dimensions] += 1.0
    return vector if any(vector) else [1.0, *vector[1:]]


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


@asynccontextmanager
async def embedding() -> AsyncIterator[EmbeddingServer]:
    """The server, on a port of its own."""
    server = EmbeddingServer()
    app = web.Application(client_max_size=32 * 1024**2)
    app.router.add_post("/v1/embeddings", server.openai)
    app.router.add_post("/v1beta/models/{call}", server.google)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
