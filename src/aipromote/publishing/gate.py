"""How many calls a process makes at the same time, whatever batches they are of."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

import aiohttp

from aipromote.publishing.pace import Pace

_gates: WeakKeyDictionary[aiohttp.ClientSession, asyncio.Semaphore] = WeakKeyDictionary()


def gate(http: aiohttp.ClientSession, pace: Pace) -> asyncio.Semaphore:
    """The one of this client. Who waits here waits before the call, so that its time-out is the network's alone.

    The client has more connections than the gate lets through, so nobody waits for one inside of a call.
    """
    found = _gates.get(http)
    if found is None:
        found = _gates[http] = asyncio.Semaphore(pace.at_once)
    return found
