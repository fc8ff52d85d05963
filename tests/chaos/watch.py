"""Looking at the rows several times a second: what is out, and what is overdue. From that, how long recovering took."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg

from aipromote import clock
from chaos.plan import NETWORK, Fault
from chaos.stage import Stage

_EVERY = 0.2
_OWED_FOR = timedelta(seconds=1)
"""A row is overdue when it was due a second ago and nobody has it: a stager looks twice in that time."""
_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, asyncio.TimeoutError)

_LOOK = """
    SELECT count(*) FILTER (WHERE status = 'PUBLISHED') AS published,
           count(*) FILTER (WHERE status = 'SCHEDULED' AND scheduled_at <= $1
                               OR status IN ('RETRYING', 'UNCONFIRMED') AND next_attempt_at <= $1) AS overdue,
           count(*) FILTER (WHERE status IN ('SCHEDULED', 'PUBLISHING', 'RETRYING')
                               OR status = 'UNCONFIRMED' AND next_attempt_at IS NOT NULL) AS open,
           min(CASE WHEN status = 'SCHEDULED' THEN scheduled_at WHEN status = 'PUBLISHING' THEN claimed_until
                    WHEN status IN ('RETRYING', 'UNCONFIRMED') THEN next_attempt_at END) AS next,
           array_agg(claimed_by) FILTER (WHERE status = 'PUBLISHING') AS claims
      FROM scheduled_posts
"""
_OPEN_OF_ACCOUNT = """
    SELECT count(*) FROM scheduled_posts
     WHERE social_account_id = $1 AND scheduled_at <= $2
       AND (status IN ('SCHEDULED', 'PUBLISHING', 'RETRYING') OR status = 'UNCONFIRMED' AND next_attempt_at IS NOT NULL)
"""


@dataclass
class Struck:
    """A fault that happened. Moments are `time.monotonic()`."""

    fault: Fault
    ended: float = 0.0
    published_before: int = 0
    account: Any = None
    until: Any = None
    """Of a fault of the network: posts of the account that were due by then count (product time)."""
    number: int = 0
    """The network's number of it; 0 where it acted at once, or is none of the network's."""
    recovered: float | None = None

    @property
    def seconds(self) -> float | None:
        """How long recovering took, from the end of the fault."""
        return None if self.recovered is None else self.recovered - self.ended


@dataclass
class Sample:
    """One look at all rows."""

    published: int
    overdue: int
    stuck: int
    open: int
    next: Any


@dataclass
class Watcher:
    """Keeps its own connection as the owner, and looks again when PostgreSQL was away."""

    stage: Stage
    struck: list[Struck] = field(default_factory=list)
    last: Sample | None = None
    _connection: Any = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def watch(self) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_EVERY)

    async def look(self) -> Sample | None:
        """One look; None while PostgreSQL is away."""
        try:
            async with self._connected() as connection:
                sample = await self._sample(connection)
                await self._note(connection, sample)
        except _AWAY:
            return None
        self.last = sample
        return sample

    async def fetch(self, statement: str, *values: Any) -> list[Any]:
        """Rows, as the owner; waits for PostgreSQL to come back."""
        while True:
            try:
                async with self._connected() as connection:
                    return list(await connection.fetch(statement, *values))
            except _AWAY:
                await asyncio.sleep(0.1)

    async def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            with suppress(*_AWAY):
                self._connection.terminate()
        self._connection = None

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        """The connection, for one at a time. Whatever goes wrong on it, the next who asks gets another."""
        async with self._turn, asyncio.timeout(5):
            try:
                if self._connection is None or self._connection.is_closed():
                    self._connection = await asyncpg.connect(self.stage.runtime.database_url, timeout=3)
                yield self._connection
            except BaseException:
                await self.close()
                raise

    async def _sample(self, connection: Any) -> Sample:
        row = await connection.fetchrow(_LOOK, clock.now() - _OWED_FOR)
        living = {str(pid) for pid in self.stage.living()}
        stuck = sum(claim.split(":")[-2] not in living for claim in row["claims"] or ())
        return Sample(row["published"], row["overdue"], stuck, row["open"], row["next"])

    async def _note(self, connection: Any, sample: Sample) -> None:
        """Mark the faults that are over by now: posts flow again, and nothing is owed any more."""
        now = time.monotonic()
        for one in self.struck:
            if one.recovered is not None or not one.ended or now < one.ended:
                continue
            if one.fault.kind in NETWORK:
                has_hit = self.stage.has_hit(one.number)
                is_over = has_hit and not await connection.fetchval(_OPEN_OF_ACCOUNT, one.account, one.until)
            else:
                flows = sample.published > one.published_before or not sample.open
                is_over = flows and not sample.overdue and not sample.stuck
            if is_over:
                one.recovered = now


def unrecovered(stage: Stage, struck: Sequence[Struck]) -> list[Struck]:
    """Faults that the product never got over. One that met no call, since none came any more, is none."""
    return [one for one in struck if one.recovered is None and stage.has_hit(one.number)]
