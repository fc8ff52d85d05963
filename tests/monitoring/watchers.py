"""Watchers in this process, beside real servers; workers and stagers only as heartbeats, which is all that they see."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from pydantic import SecretStr

from aipromote import settings
from aipromote.db.database import Database
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.kinds import QUEUES
from aipromote.jobs.pulse import Pulse
from aipromote.monitoring import queries
from aipromote.monitoring.delivering import Delivery
from aipromote.monitoring.looking import Lookout
from aipromote.monitoring.models import Incident
from aipromote.monitoring.report import Report, report
from aipromote.monitoring.watch import Watch
from aipromote.settings import Settings
from monitoring.plant import Mailbox, Receiver

ALL_QUEUES = tuple(queue.name for queue in QUEUES)
GRACE = 0.3


@dataclass
class World:
    """What watchers watch, and where they tell of it."""

    database: Database
    carrier: Carrier
    http: aiohttp.ClientSession
    mailbox: Mailbox
    receiver: Receiver
    addresses: dict[str, str]
    changes: dict[str, Any] = field(default_factory=dict)
    beating: list[tuple[Pulse, dict[str, Any]]] = field(default_factory=list)
    """What shows signs of life at every round."""

    def config(self) -> Settings:
        told = {"alert_email": "night@example.org", "alert_webhook": SecretStr(self.addresses["hook"])}
        chosen = {"incident_seconds": GRACE, "late_alert_seconds": 5.0, "redis_url": SecretStr("redis://named"), **told}
        return settings.get().model_copy(update=chosen | self.changes)

    def lookout(self, database: Database | None = None) -> Lookout:
        return Lookout(database or self.database, self.carrier, config=self.config())

    def watchers(self, count: int, *, database: Database | None = None) -> list[Watch]:
        return [self._watch(database) for _ in range(count)]

    def _watch(self, database: Database | None) -> Watch:
        lookout = self.lookout(database)
        return Watch(lookout, Delivery(self.carrier, self.http, config=lookout.config))

    async def beat(self, *, stager: bool = True, queues: tuple[str, ...] = ALL_QUEUES, **facts: Any) -> None:
        """As a worker, and its stager, would."""
        worker = Pulse(self.carrier.redis, prefix=self.carrier.prefix, role="worker", queues=queues)
        self.beating = [(worker, {"running": {}})]
        if stager:
            looking = Pulse(self.carrier.redis, prefix=self.carrier.prefix, role="stager", queues=queues)
            self.beating.append((looking, {"errors": {}, **facts}))
        await self._go_on_beating()

    async def _go_on_beating(self) -> None:
        for pulse, facts in self.beating:
            await pulse.beat(**facts)

    async def no_beats(self) -> None:
        self.beating = []
        for key in [key async for key in self.carrier.redis.scan_iter(f"{self.carrier.prefix}:pulse*")]:
            await self.carrier.redis.delete(key)

    async def red(self) -> dict[tuple[str, str], str]:
        found: Report = await report(self.lookout())
        return {check.key: check.words for check in found.checks if check.is_red}

    async def incidents(self) -> list[Incident]:
        async with self.database.transaction() as session:
            return await queries.incidents(session)

    async def watched(self, watchers: list[Watch], until: Callable[[], Awaitable[bool]], *, rounds: int = 3) -> None:
        """Let them watch side by side until it is so, and then for some rounds more."""
        async with asyncio.timeout(60):
            while not await until():
                await self._round(watchers)
        for _ in range(rounds):
            await self._round(watchers)

    async def _round(self, watchers: list[Watch]) -> None:
        await self._go_on_beating()
        await asyncio.gather(*(watcher.round() for watcher in watchers))
        await asyncio.sleep(0.1)
