"""Delivering an alert by every way that is set, and remembering which of them have it already.

The memory is in Redis, where all watchers share it, and in this process, for when Redis is away. So one way that
fails is tried again without a second message by the other, whoever tries.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import aiohttp

from aipromote.jobs.carrier import Carrier
from aipromote.jobs.connection import UNREACHABLE
from aipromote.monitoring.alerts import Alert, NotDelivered, Way, send_email, send_webhook, ways
from aipromote.monitoring.patience import T, within
from aipromote.settings import Settings

_REMEMBERED_SECONDS = 2 * 24 * 3600
_PATIENCE_SECONDS = 2.0


class Delivery:
    """One process's way to the operator."""

    def __init__(self, carrier: Carrier | None, http: aiohttp.ClientSession, *, config: Settings) -> None:
        self._carrier = carrier
        self._http = http
        self._config = config
        self._here: dict[str, set[str]] = {}
        self.administrators: list[str] = []
        """Who they were when the database was asked last: it may be what is away."""

    async def deliver(self, alert: Alert) -> None:
        """By every way that does not have it yet, side by side. NotDelivered when one failed, or there is none."""
        found = ways(self._config, self.administrators)
        if not found:
            raise NotDelivered("There is nobody to tell: set AIPROMOTE_ALERT_EMAIL or AIPROMOTE_ALERT_WEBHOOK.")
        have = await self._delivered(alert)
        open_ways = [way for way in found if way not in have]
        outcomes = await asyncio.gather(
            *(self._send(alert, way, found[way]) for way in open_ways), return_exceptions=True
        )
        if wrong := [outcome for outcome in outcomes if isinstance(outcome, BaseException)]:
            raise NotDelivered(" ".join(_reason(error) for error in wrong))

    async def _send(self, alert: Alert, way: Way, to: list[str]) -> None:
        if way == "email":
            await send_email(alert, to, self._config)
        else:
            await send_webhook(alert, to[0], self._config, self._http)
        await self._remember(alert, way)

    async def _delivered(self, alert: Alert) -> set[str]:
        here = self._here.get(_name(alert), set())
        if self._carrier is None:
            return here
        there: Any = await self._quietly(self._carrier.redis.smembers(self._key(alert)))  # type: ignore[arg-type]
        return here | set(there or ())

    async def _remember(self, alert: Alert, way: Way) -> None:
        self._here.setdefault(_name(alert), set()).add(way)
        if self._carrier is None:
            return
        async with self._carrier.redis.pipeline() as pipe:
            pipe.sadd(self._key(alert), way)
            pipe.expire(self._key(alert), _REMEMBERED_SECONDS)
            await self._quietly(pipe.execute())

    def _key(self, alert: Alert) -> str:
        assert self._carrier is not None
        return f"{self._carrier.prefix}:told:{_name(alert)}"

    async def _quietly(self, command: Coroutine[Any, Any, T]) -> T | None:
        """Without Redis this process's own memory has to do."""
        try:
            return await within(_PATIENCE_SECONDS, command)
        except (TimeoutError, *UNREACHABLE):
            return None


def _name(alert: Alert) -> str:
    return f"{alert.incident_id}:{alert.phase}"


def _reason(error: BaseException) -> str:
    """Of what nobody foresaw only the kind is told: its words may quote a secret."""
    return str(error) if isinstance(error, NotDelivered) else type(error).__name__
