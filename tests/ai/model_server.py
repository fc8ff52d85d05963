"""A server that speaks the protocols of the providers, and answers what a test tells it to."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

KEY = "sk-canary-7d1f0a93e5"
"""The only key that is accepted. A test looks for it wherever it must not be."""


@dataclass(frozen=True)
class Text:
    """A text. `cut`: it broke off because of its length."""

    text: str
    cut: bool = False


@dataclass(frozen=True)
class Filled:
    """The tool called with these arguments; a text of it where no tool was offered."""

    arguments: Any


@dataclass(frozen=True)
class Refusal:
    """It would not answer."""


@dataclass(frozen=True)
class Status:
    """An error of HTTP. The body repeats what was sent, as careless servers do."""

    code: int
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """A body as it is, with status 200."""

    body: str


@dataclass(frozen=True)
class Drop:
    """The connection ends before the answer."""


@dataclass(frozen=True)
class Late:
    """Another answer, so many seconds later."""

    seconds: float
    then: Any


Answer = Text | Filled | Refusal | Status | Raw | Drop | Late


@dataclass
class Call:
    """What arrived."""

    provider: str
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def text(self) -> str:
        return json.dumps(self.body, ensure_ascii=False)


@dataclass
class ModelServer:
    """`answers` are given in order, and the last one for ever; a callable makes one of the call."""

    answers: deque[Answer | Callable[[Call], Answer]] = field(default_factory=deque)
    calls: list[Call] = field(default_factory=list)
    url: str = ""

    def will(self, *answers: Answer | Callable[[Call], Answer]) -> None:
        self.answers = deque(answers)

    def settings(self, models: str, **values: object) -> dict[str, object]:
        """Settings that lead here."""
        urls = {
            "ai_openai_url": f"{self.url}/v1",
            "ai_compatible_url": f"{self.url}/compatible/v1",
            "ai_anthropic_url": self.url,
            "ai_google_url": self.url,
        }
        keys = dict.fromkeys(("ai_openai_key", "ai_anthropic_key", "ai_google_key", "ai_compatible_key"), KEY)
        return {"ai_models": models, "ai_timeout_seconds": 5.0, **urls, **keys, **values}

    async def handle(self, request: web.Request, provider: str) -> web.StreamResponse:
        call = Call(provider, await request.json(), dict(request.headers))
        self.calls.append(call)
        shown = request.headers.get("x-api-key") or request.headers.get("x-goog-api-key")
        shown = shown or request.headers.get("Authorization", "").removeprefix("Bearer ")
        if shown != KEY:
            return _error(call, Status(401), shown)
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.popleft()
        answer = answer(call) if callable(answer) else answer
        if isinstance(answer, Late):
            await asyncio.sleep(answer.seconds)
            answer = answer.then
        if isinstance(answer, Drop):
            request.transport.close()
            return web.Response()
        if isinstance(answer, Status):
            return _error(call, answer, shown)
        if isinstance(answer, Raw):
            return web.Response(text=answer.body, content_type="application/json")
        speak = {"openai": _responses, "compatible": _chat, "anthropic": _messages, "google": _gemini}[provider]
        return web.json_response(speak(call.body, answer))


def _error(call: Call, answer: Status, shown: str) -> web.Response:
    """The provider's form of an error. Its words are those of a careless server: they repeat key and prompt."""
    words = f"Error with key {shown} for {call.text[:2000]}"
    if call.provider == "anthropic":
        body: dict[str, Any] = {"type": "error", "error": {"type": "some_error", "message": words}}
    elif call.provider == "google":
        body = {"error": {"code": answer.code, "message": words, "status": "SOME_STATUS"}}
    else:
        body = {"error": {"message": words, "type": "some_error", "code": None}}
    return web.json_response(body, status=answer.code, headers=answer.headers)


_USAGE = (1200, 80)


def _words(answer: Answer) -> str:
    return json.dumps(answer.arguments) if isinstance(answer, Filled) else getattr(answer, "text", "")


def _responses(body: dict[str, Any], answer: Answer) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    if isinstance(answer, Refusal):
        content = [{"type": "refusal", "refusal": "I will not."}]
    elif _words(answer):
        content = [{"type": "output_text", "text": _words(answer), "annotations": []}]
    output: list[dict[str, Any]] = [
        {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": content}
    ]
    if isinstance(answer, Filled) and body.get("tools"):
        output = [
            {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": body["tools"][0]["name"],
             "arguments": json.dumps(answer.arguments), "status": "completed"}
        ]  # fmt: skip
    cut = getattr(answer, "cut", False)
    return {
        "id": "resp_123", "object": "response", "created_at": 1, "model": body["model"], "output": output,
        "status": "incomplete" if cut else "completed", "parallel_tool_calls": False, "tool_choice": "auto",
        "tools": [], "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "usage": {
            "input_tokens": _USAGE[0], "output_tokens": _USAGE[1], "total_tokens": sum(_USAGE),
            "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0},
        },
    }  # fmt: skip


def _chat(body: dict[str, Any], answer: Answer) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": _words(answer) or None}
    reason = "length" if getattr(answer, "cut", False) else "stop"
    if isinstance(answer, Refusal):
        message["refusal"] = "I will not."
    return {
        "id": "chatcmpl-123", "object": "chat.completion", "created": 1, "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": {"prompt_tokens": _USAGE[0], "completion_tokens": _USAGE[1], "total_tokens": sum(_USAGE)},
    }  # fmt: skip


def _messages(body: dict[str, Any], answer: Answer) -> dict[str, Any]:
    content = [{"type": "text", "text": _words(answer)}] if _words(answer) else []
    reason = "max_tokens" if getattr(answer, "cut", False) else "end_turn"
    if isinstance(answer, Refusal):
        reason = "refusal"
    if isinstance(answer, Filled) and body.get("tools"):
        reason = "tool_use"
        content = [{"type": "tool_use", "id": "toolu_1", "name": body["tools"][0]["name"], "input": answer.arguments}]
    return {
        "id": "msg_123", "type": "message", "role": "assistant", "model": body["model"], "content": content,
        "stop_reason": reason, "stop_sequence": None,
        "usage": {"input_tokens": _USAGE[0], "output_tokens": _USAGE[1]},
    }  # fmt: skip


def _gemini(body: dict[str, Any], answer: Answer) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"text": _words(answer)}] if _words(answer) else []
    if isinstance(answer, Filled) and body.get("tools"):
        name = body["tools"][0]["functionDeclarations"][0]["name"]
        parts = [{"functionCall": {"name": name, "args": answer.arguments}}]
    reason = "MAX_TOKENS" if getattr(answer, "cut", False) else "STOP"
    if isinstance(answer, Refusal):
        reason, parts = "SAFETY", []
    return {
        "candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": reason, "index": 0}],
        "responseId": "gem_123", "modelVersion": "gemini",
        "usageMetadata": {
            "promptTokenCount": _USAGE[0], "candidatesTokenCount": _USAGE[1], "totalTokenCount": sum(_USAGE)
        },
    }  # fmt: skip


@asynccontextmanager
async def serving() -> AsyncIterator[ModelServer]:
    """The server, on a port of its own."""
    server = ModelServer()

    def at(provider: str) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await server.handle(request, provider)

        return handle

    app = web.Application()
    app.router.add_post("/v1/responses", at("openai"))
    app.router.add_post("/compatible/v1/chat/completions", at("compatible"))
    app.router.add_post("/v1/messages", at("anthropic"))
    app.router.add_post("/v1beta/models/{call}", at("google"))
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    server.url = f"http://127.0.0.1:{port}"
    try:
        yield server
    finally:
        await runner.cleanup()
