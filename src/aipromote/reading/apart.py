"""Hostile bytes are taken apart in a process of their own.

A file can hang its parser, or make it eat all memory, in ways that no check beforehand finds. So whatever interprets
bytes from outside runs in a child with a limit on memory, on processor time and on time in all. The child inherits no
environment (so it knows no secret), opens no file for writing, and answers with passages that are validated here.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from aipromote.reading.errors import Unreadable
from aipromote.reading.feeds.shapes import FeedReading
from aipromote.reading.fetching import Fetched
from aipromote.reading.passages import Reading
from aipromote.reading.turns import Turns

MAX_FILE = 20 * 1024 * 1024
FILE_SECONDS = 20.0
PAGE_SECONDS = 10.0
_AT_ONCE = 2
_FOR_ONE = 1
"""Of these for one organization: the other place stays for somebody else."""
T = TypeVar("T", bound=BaseModel)
_MAX_ANSWER = 16 * 1024 * 1024
_turns = Turns(_AT_ONCE, each=_FOR_ONE)


async def read_file(content: bytes, *, name: str, seconds: float = FILE_SECONDS) -> Reading:
    """The text of an uploaded file, whatever it is called. Raises Unreadable with the reason and what to do."""
    name = shown_name(name)
    if len(content) > MAX_FILE:
        raise Unreadable(f"{name} is larger than {MAX_FILE // 1024**2} MB. Upload a smaller one, or only its text.")
    return await _read({"what": "file", "source": name}, content, seconds=seconds)


async def read_fetched(fetched: Fetched) -> Reading:
    """The passages of a page that was fetched."""
    what = "page" if "html" in fetched.media_type else "file"
    return await _read(
        {"what": what, "source": fetched.address}, fetched.text.encode("utf-8", "replace"), seconds=PAGE_SECONDS
    )


async def read_feed_bytes(content: bytes, *, source: str, media_type: str = "", charset: str = "") -> FeedReading:
    """The feed, or the article, in these bytes. `source` is its address, or a file's name."""
    if "://" not in source:
        source = shown_name(source)
    if len(content) > MAX_FILE:
        raise Unreadable(f"{source} is larger than {MAX_FILE // 1024**2} MB.")
    order = {"what": "feed", "source": source, "media_type": media_type, "charset": charset}
    return await _shaped(FeedReading, order, content, seconds=PAGE_SECONDS)


def shown_name(name: str) -> str:
    """A file's own name, without folders, as it is safe to show."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in last if char.isprintable())[-100:] or "the file"


async def _read(order: dict[str, str], content: bytes, *, seconds: float) -> Reading:
    return await _shaped(Reading, order, content, seconds=seconds)


async def _shaped(shape: type[T], order: dict[str, str], content: bytes, *, seconds: float) -> T:
    async with _turns.turn():
        answer = await asyncio.to_thread(_ask, order, content, seconds)
    if "problem" in answer:
        raise Unreadable(str(answer["problem"])[:500])
    try:
        return shape.model_validate(answer["reading"])
    except (ValidationError, KeyError):
        raise Unreadable(_gave_up(order["source"])) from None


def _ask(order: dict[str, str], content: bytes, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-I", "-m", "aipromote.reading.child", str(int(seconds))]
    try:
        done = subprocess.run(  # noqa: S603 -- our own module, by our own interpreter
            command,
            input=json.dumps(order).encode() + b"\n" + content,
            capture_output=True,
            timeout=seconds,
            check=False,
            env={"LANG": "C.UTF-8"},
            cwd="/",
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(
            f"{order['source']} took too long to read, so it was given up. Export it as PDF, or paste the text."
        ) from None
    if done.returncode != 0 or len(done.stdout) > _MAX_ANSWER:
        raise Unreadable(_gave_up(order["source"]))
    try:
        found = json.loads(done.stdout)
    except ValueError:
        raise Unreadable(_gave_up(order["source"])) from None
    return found if isinstance(found, dict) else {}


def _gave_up(source: str) -> str:
    return f"{source} could not be read within the memory and time that a document may take. Export it as PDF."
