"""Pausing a queue: nothing of it is begun until it is resumed. What runs goes on, what comes waits.

It is BullMQ's own pause, so that its tools show it and can end it. It stands in Redis only: an emptied server has
forgotten it, which errs on the side of work being done.
"""

from __future__ import annotations

from aipromote.errors import Unavailable
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.connection import UNREACHABLE
from aipromote.jobs.kinds import Queue


async def pause(carrier: Carrier, queue: Queue) -> None:
    """Begin nothing more of it. Unavailable when Redis does not answer."""
    try:
        await carrier.queue(queue).pause()
    except UNREACHABLE as error:
        raise Unavailable(f"Redis does not answer: {error}") from error


async def resume(carrier: Carrier, queue: Queue) -> None:
    """Go on. Unavailable when Redis does not answer."""
    try:
        await carrier.queue(queue).resume()
    except UNREACHABLE as error:
        raise Unavailable(f"Redis does not answer: {error}") from error
