"""Carrying the plan out: faults at their moments, and people who change their minds at theirs."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import aiohttp

from aipromote import clock
from aipromote.db.database import Database
from aipromote.errors import AipromoteError
from aipromote.publishing import actions
from chaos.crowd import Crowd
from chaos.plan import NETWORK, Change, Fault, Kind, Plan
from chaos.stage import FIRE_TIMEOUT, Stage
from chaos.watch import Struck, Watcher

_OF_NETWORK: dict[Kind, list[dict[str, object]]] = {
    Kind.STORE_THEN_DROP: [{"kind": "store_then_drop"}],
    Kind.STORE_THEN_500: [{"kind": "store_then_500"}],
    Kind.STORE_THEN_RUBBISH: [{"kind": "malformed"}],
    Kind.SLOW: [{"kind": "slow", "seconds": FIRE_TIMEOUT + 0.7}],
    Kind.SHOWS_LATE: [{"kind": "delayed_visibility", "seconds": 40.0}, {"kind": "store_then_drop"}],
    Kind.DROP_UNSTORED: [{"kind": "drop_unstored"}],
    Kind.UNAVAILABLE: [{"kind": "unavailable"}],
    Kind.RATE_LIMIT: [{"kind": "rate_limit", "seconds": 6.0}],
    Kind.EXPIRE_TOKENS: [{"kind": "expire_tokens"}],
    Kind.REVOKE_TOKENS: [{"kind": "revoke_tokens"}],
}


@dataclass(frozen=True, slots=True)
class Answered:
    """What the product said to a person. `received` is the newest post that the network had right afterwards."""

    change: Change
    said: str
    """`accepted`, `refused`, or `unsure` where the database went away meanwhile."""
    moved_to: datetime | None
    received: int


@dataclass
class Happenings:
    """Everything that is done to a run."""

    stage: Stage
    plan: Plan
    crowd: Crowd
    watcher: Watcher
    database: Database
    http: aiohttp.ClientSession
    answered: list[Answered] = field(default_factory=list)
    _queues: asyncio.Lock = field(default_factory=asyncio.Lock)
    _postgres: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def go(self, *, start: datetime) -> None:
        """All of the plan; returns when the last of it has been done."""
        self.start = start
        begun = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for fault in self.plan.faults:
                group.create_task(_at(begun + fault.at, self._strike, fault))
            for change in self.plan.changes:
                group.create_task(_at(begun + change.at, self._change, change))

    async def _strike(self, fault: Fault) -> None:
        struck = Struck(fault)
        if fault.kind in NETWORK:
            await self._trouble(fault, struck)
        else:
            last = self.watcher.last
            struck.published_before = last.published if last else 0
            await self._shake(fault, struck)
        struck.ended = time.monotonic()
        self.watcher.struck.append(struck)

    async def _trouble(self, fault: Fault, struck: Struck) -> None:
        """The account's next post is the one that is hit, so that all which are due by then have to get through."""
        _, account = self.crowd.accounts[fault.target]
        next_one = (
            "SELECT min(scheduled_at) AS due FROM scheduled_posts WHERE social_account_id = $1 AND status = 'SCHEDULED'"
        )
        struck.account = account.id
        struck.until = (await self.watcher.fetch(next_one, account.id))[0]["due"] or clock.now()
        for values in _OF_NETWORK[fault.kind]:
            struck.number = await self.stage.switch_on(self.http, handle=account.handle, **values)

    async def _shake(self, fault: Fault, struck: Struck) -> None:
        """To servers and processes; two faults of one server wait for each other."""
        match fault.kind:
            case Kind.KILL_WORKER:
                self.stage.kill(self.stage.workers[fault.target])
            case Kind.EMPTY_QUEUES:
                await self.stage.empty_queues()
            case Kind.STOP_QUEUES:
                async with self._queues:
                    await self.stage.stop_queues()
                last = self.watcher.last
                struck.published_before = last.published if last else 0
            case Kind.LOSE_QUEUES:
                async with self._queues:
                    self.stage.lose_queues()
            case Kind.RESTART_POSTGRES:
                async with self._postgres:
                    self.stage.kill("postgres", signal.SIGINT)
            case Kind.KILL_POSTGRES:
                async with self._postgres:
                    self.stage.kill("postgres")
            case Kind.CLOCK_FORWARD:
                self.stage.put_clock(fault.size)
            case Kind.CLOCK_BACK:
                self.stage.put_clock(-fault.size)

    async def _change(self, change: Change) -> None:
        post = self.crowd.posts[change.post]
        to = None if change.delay is None else clock.now() + timedelta(seconds=change.delay)
        mine = {"organization_id": post.startup.id, "post_id": post.id}
        try:
            async with asyncio.timeout(20), self.database.transaction(post.startup.id) as session:
                if to is None:
                    await actions.cancel(session, post.startup.owner, **mine)
                else:
                    await actions.reschedule(session, post.startup.owner, **mine, scheduled_at=to)
            said = "accepted"
        except AipromoteError:
            said = "refused"
        except Exception:  # noqa: BLE001 -- PostgreSQL may be away in any way; whether it was stored is not known then
            said = "unsure"
        self.answered.append(Answered(change, said, to, self.stage.received_so_far()))


async def _at(moment: float, act: Callable[..., Awaitable[None]], what: Fault | Change) -> None:
    await asyncio.sleep(max(0.0, moment - time.monotonic()))
    await act(what)
