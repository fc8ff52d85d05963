"""The end of a process that stands still.

A handler that blocks the event loop takes the whole process with it: no heartbeat, no lock renewed, no other job, and
no time limit that could be kept, since those are kept by the loop. Nothing inside Python can end that. So a process
that has not come to this task for a minute writes down where it stands and exits, and whoever looks after processes
starts another. Its jobs are taken back by others meanwhile.
"""

from __future__ import annotations

import asyncio
import faulthandler
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aipromote.jobs.ending import end

_SECONDS = 60.0
_SIGNS = 4
"""Of life, in that time."""


@asynccontextmanager
async def watched(*, seconds: float = _SECONDS) -> AsyncIterator[None]:
    """Exit with status 1 if the loop stands still for so long. One at a time in a process."""
    living = asyncio.create_task(_live(seconds), name="watchdog")
    try:
        yield
    finally:
        await end([living])


async def _live(seconds: float) -> None:
    try:
        while True:
            faulthandler.dump_traceback_later(seconds, exit=True)
            await asyncio.sleep(seconds / _SIGNS)
    finally:
        faulthandler.cancel_dump_traceback_later()
