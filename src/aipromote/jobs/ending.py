"""How background tasks of this room are ended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

_PATIENCE_SECONDS = 0.1


async def end(tasks: Iterable[asyncio.Task[Any] | None]) -> None:
    """Cancel, and wait until they are over.

    Again and again if need be: a cancellation that meets an answer of Redis at the same instant can be swallowed on the
    way, and a loop that was cancelled once would go on for ever.
    """
    ending = {task for task in tasks if task is not None}
    while pending := {task for task in ending if not task.done()}:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=_PATIENCE_SECONDS)
