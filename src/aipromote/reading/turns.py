"""Whose turn it is to have something taken apart: few processes at once, and not all of them for one organization.

Two slow files would otherwise hold both places for as long as a file may take, and nobody else could read anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

_holder: ContextVar[str] = ContextVar("aipromote_reading_for", default="")


@contextmanager
def on_behalf_of(holder: object) -> Iterator[None]:
    """What is read within is read for this one: an organization, or a person who has none yet."""
    token = _holder.set(str(holder))
    try:
        yield
    finally:
        _holder.reset(token)


class Turns:
    """At most `at_once` in all, `each` of them for one holder. Who has no holder (a command) counts as one."""

    def __init__(self, at_once: int, *, each: int) -> None:
        self._all = asyncio.Semaphore(at_once)
        self._each = each
        self._own: dict[str, tuple[asyncio.Semaphore, int]] = {}

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for it. Who waits for their own turn stands in nobody else's way."""
        holder = _holder.get()
        own, using = self._own.get(holder, (asyncio.Semaphore(self._each), 0))
        self._own[holder] = (own, using + 1)
        try:
            async with own, self._all:
                yield
        finally:
            own, using = self._own.pop(holder)
            if using > 1:
                self._own[holder] = (own, using - 1)
