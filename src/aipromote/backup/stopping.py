"""Long work in a thread that has ended before whoever waits for it goes on, also where that one was interrupted."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")
Check = Callable[[], None]
"""To be called now and then by the work; raises `Stopped` once nobody wants its end any more."""


class Stopped(Exception):
    """Ends the thread; nobody sees it."""


async def in_thread(work: Callable[[Check], T]) -> T:
    """What `work` returns. On cancellation the thread ends first: what it does never comes after what is taken back."""
    stopped = threading.Event()

    def check() -> None:
        if stopped.is_set():
            raise Stopped

    running = asyncio.ensure_future(asyncio.to_thread(work, check))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stopped.set()
        with suppress(Exception):
            await running
        raise
