"""Waiting for a server that may hang, and never longer than one has patience."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_LEFT_BEHIND: set[asyncio.Task[Any]] = set()
"""Kept here until they end, or the loop might drop them half way."""


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """What `work` comes to; TimeoutError after that many seconds.

    `asyncio.timeout` waits until what it cancelled has cleaned up, and on a connection whose other end hangs the
    cleaning hangs as well. This one leaves it behind.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        _leave(task)
        raise
    if not done:
        _leave(task)
        raise TimeoutError
    return task.result()


def _leave(task: asyncio.Task[Any]) -> None:
    task.cancel()
    _LEFT_BEHIND.add(task)
    task.add_done_callback(_forget)


def _forget(task: asyncio.Task[Any]) -> None:
    _LEFT_BEHIND.discard(task)
    if not task.cancelled():
        task.exception()  # it was waited for no longer, so that nobody else asks how it ended
