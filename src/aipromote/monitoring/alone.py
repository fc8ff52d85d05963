"""Incidents while PostgreSQL is away: kept in Redis, where one watcher is first, else in this process.

They become rows as soon as there is a database to write them to.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.db.base import new_id
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.connection import UNREACHABLE
from aipromote.monitoring import actions
from aipromote.monitoring.alerts import Alert
from aipromote.monitoring.patience import within
from aipromote.monitoring.ripening import Ripe

_PATIENCE_SECONDS = 2.0
_TELLING_SECONDS = 60


class Unwritten(BaseModel):
    """An incident that is no row yet."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    kind: str
    subject: str
    words: str
    opened_at: datetime
    told_at: datetime | None = None

    @property
    def field(self) -> str:
        """Its name among the others."""
        return f"{self.kind}/{self.subject}"

    @property
    def alert(self) -> Alert:
        """As it is told."""
        return Alert(self.id, self.kind, self.subject, self.words, self.opened_at)


class Notebook:
    """Where one watcher writes what it cannot write into the database."""

    def __init__(self, carrier: Carrier | None) -> None:
        self._carrier = carrier
        self._here: dict[str, Unwritten] = {}

    async def open(self, ripe: Ripe) -> Unwritten | None:
        """The incident, if it is this watcher's to tell now; None where another tells, or they know already."""
        since = clock.now() - timedelta(seconds=ripe.seconds)
        name, subject = ripe.check.key
        new = Unwritten(id=new_id(), kind=name, subject=subject, words=ripe.check.words, opened_at=since)
        known = self._here.setdefault(new.field, new)
        if self._carrier is not None:
            try:
                known, is_mine = await within(_PATIENCE_SECONDS, self._share(self._carrier, known))
            except (TimeoutError, *UNREACHABLE):
                pass  # nobody to agree with: this process tells by itself
            else:
                self._here[known.field] = known
                return known if is_mine else None
        return known if known.told_at is None else None

    async def told(self, incident: Unwritten) -> None:
        """They know."""
        done = incident.model_copy(update={"told_at": clock.now()})
        self._here[done.field] = done
        if self._carrier is not None:
            try:
                await within(_PATIENCE_SECONDS, _set(self._carrier, self._key(self._carrier), done))
            except (TimeoutError, *UNREACHABLE):
                return

    async def write(self, session: AsyncSession) -> list[str]:
        """Make rows of all of them; returns their names, to be `forgotten` once the rows are committed."""
        found = {**self._here, **await self._shared()}
        for one in found.values():
            await actions.open_incident(
                session,
                (one.kind, one.subject),
                one.words,
                since=one.opened_at,
                incident_id=one.id,
                told_at=one.told_at,
            )
        return list(found)

    async def forget(self, names: list[str]) -> None:
        """They are rows now."""
        for name in names:
            self._here.pop(name, None)
        if names and self._carrier is not None:
            try:
                await within(_PATIENCE_SECONDS, _remove(self._carrier, self._key(self._carrier), names))
            except (TimeoutError, *UNREACHABLE):
                return  # written again later, which changes nothing while the row is open

    async def _shared(self) -> dict[str, Unwritten]:
        if self._carrier is None:
            return {}
        try:
            found = await within(_PATIENCE_SECONDS, _all(self._carrier, self._key(self._carrier)))
        except (TimeoutError, *UNREACHABLE):
            return {}
        return {name: Unwritten.model_validate_json(text) for name, text in found.items()}

    async def _share(self, carrier: Carrier, mine: Unwritten) -> tuple[Unwritten, bool]:
        """What all agree on, and whether this watcher is the one to tell."""
        redis: Any = carrier.redis
        await redis.hsetnx(self._key(carrier), mine.field, mine.model_dump_json())
        agreed = Unwritten.model_validate_json(await redis.hget(self._key(carrier), mine.field))
        if agreed.told_at is not None or mine.told_at is not None:
            return agreed, False
        lease = f"{carrier.prefix}:telling:{agreed.id}"
        return agreed, bool(await redis.set(lease, "1", nx=True, ex=_TELLING_SECONDS))

    def _key(self, carrier: Carrier) -> str:
        return f"{carrier.prefix}:unwritten"


async def _set(carrier: Carrier, key: str, incident: Unwritten) -> None:
    redis: Any = carrier.redis
    await redis.hset(key, incident.field, incident.model_dump_json())


async def _all(carrier: Carrier, key: str) -> dict[str, str]:
    redis: Any = carrier.redis
    found: dict[str, str] = await redis.hgetall(key)
    return found


async def _remove(carrier: Carrier, key: str, names: list[str]) -> None:
    redis: Any = carrier.redis
    await redis.hdel(key, *names)
