"""How many calls a process makes at the same time, whatever batches they are of."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

import aiohttp

from aipromote.publishing.pace import Pace

_ASKED_AT_ONCE = 10
_gates: WeakKeyDictionary[aiohttp.ClientSession, tuple[asyncio.Semaphore, asyncio.Semaphore]] = WeakKeyDictionary()


def gate(http: aiohttp.ClientSession, pace: Pace) -> asyncio.Semaphore:
    """The one of this client for sending. Who waits here has not begun a call whose time runs."""
    return _both(http, pace)[0]


def asking_gate(http: aiohttp.ClientSession, pace: Pace) -> asyncio.Semaphore:
    """The one for look-ups: a network that does not answer them holds up no post for another."""
    return _both(http, pace)[1]


def _both(http: aiohttp.ClientSession, pace: Pace) -> tuple[asyncio.Semaphore, asyncio.Semaphore]:
    found = _gates.get(http)
    if found is None:
        found = _gates[http] = asyncio.Semaphore(pace.at_once), asyncio.Semaphore(_ASKED_AT_ONCE)
    return found
