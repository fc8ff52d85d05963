"""A form with files as one stream of known length: no file is in memory whole, and no network sees chunked encoding."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import aiohttp

from aipromote.connectors import wire
from aipromote.connectors.contract import Media
from aipromote.connectors.errors import UnknownOutcome, Unreachable
from aipromote.connectors.wire import Answer

_END = b"\r\n"
_SLOWEST = 256 * 1024
"""Bytes a second: a line slower than this is taken for broken."""
_SPARE, _LONGEST = 9.0, 199.0
ANSWER_SECONDS = 60.0
"""How long a network may think about a whole form before it answers."""


@dataclass(frozen=True, slots=True)
class Form:
    """`headers` and `body` are for `wire.call(…, headers=…, data=…)`. The body can be read once."""

    headers: dict[str, str]
    body: AsyncIterator[bytes]
    size: int
    ended: list[bool] = field(default_factory=list)
    """Filled as soon as the last line is handed over to be sent."""


async def publish(
    http: aiohttp.ClientSession,
    url: str,
    form: Form,
    *,
    secrets: Iterable[str | None] = (),
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    seconds: float | None = None,
) -> Answer:
    """Fire a post whose files go along with it, as `wire.call` does.

    A form that broke off before its last line is none: nobody can have acted on it, so that is Unreachable, and only
    what comes later is an unknown outcome. To know that, the sending has an end of its own, before whoever waits for
    the call gives it up: `sending_seconds`, or fewer `seconds`.
    """
    longest = sending_seconds(form.size) if seconds is None else min(seconds, sending_seconds(form.size))
    try:
        async with asyncio.timeout(longest) as limit:
            return await wire.call(
                http,
                "POST",
                url,
                publishes=True,
                secrets=secrets,
                headers={**(headers or {}), **form.headers},
                seconds=longest + ANSWER_SECONDS,
                data=_within(limit, form),
                params=params or {},
            )
    except (UnknownOutcome, TimeoutError) as error:
        code = getattr(error, "code", "")
        if not form.ended:
            raise Unreachable("The files did not get through; nothing was published.", code=code) from error
        if isinstance(error, UnknownOutcome):
            raise
        raise UnknownOutcome("The network took the files and gave no answer.") from error


def sending_seconds(size: int) -> float:
    """How long a form of so many bytes may take to be sent."""
    return min(_LONGEST, size / _SLOWEST + _SPARE)


async def _within(limit: asyncio.Timeout, form: Form) -> AsyncIterator[bytes]:
    """The form's body. Once it is whole the limit is that of the answer."""
    async for block in form.body:
        if form.ended and not limit.expired():
            limit.reschedule(asyncio.get_running_loop().time() + ANSWER_SECONDS)
        yield block


def form(fields: Sequence[tuple[str, str]], files: Sequence[tuple[str, str, Media]]) -> Form:
    """`multipart/form-data` (RFC 7578): the fields in this order, then the files as (name, filename, file)."""
    boundary = f"aipromote-{secrets.token_hex(16)}"
    heads = [_head(boundary, name, filename, file.mime_type) for name, filename, file in files]
    texts = [_head(boundary, name) + value.encode() + _END for name, value in fields]
    last = f"--{boundary}--".encode() + _END
    size = sum(map(len, texts)) + sum(map(len, heads)) + sum(file.size + len(_END) for *_, file in files) + len(last)

    ended: list[bool] = []

    async def body() -> AsyncIterator[bytes]:
        for text in texts:
            yield text
        for head, (*_, file) in zip(heads, files, strict=True):
            yield head
            async for block in file.read(0, None):
                yield block
            yield _END
        ended.append(True)
        yield last

    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Content-Length": str(size)}
    return Form(headers, body(), size, ended)


def _head(boundary: str, name: str, filename: str | None = None, mime_type: str = "") -> bytes:
    lines = f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
    if filename is not None:
        lines += f'; filename="{_quoted(filename)}"\r\nContent-Type: {mime_type}'
    return f"{lines}\r\n\r\n".encode()


def _quoted(text: str) -> str:
    """As the HTML standard writes names in forms: nothing in them can end the quotes or the line."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
