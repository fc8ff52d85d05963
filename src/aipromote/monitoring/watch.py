"""The watch: looks every few seconds, opens and closes incidents, and tells of them. Any number of processes keep it.

A dead worker cannot tell that it is dead, so every worker and every web process watches. However many there are, each
incident is told once when it begins and once when it is over: who tells holds a lease on its row meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import structlog
from sqlalchemy.exc import SQLAlchemyError

from aipromote.monitoring import actions, queries
from aipromote.monitoring.alerts import Alert, NotDelivered
from aipromote.monitoring.alone import Notebook, Unwritten
from aipromote.monitoring.delivering import Delivery
from aipromote.monitoring.looking import PATIENCE_SECONDS, Lookout
from aipromote.monitoring.models import Incident
from aipromote.monitoring.patience import within
from aipromote.monitoring.report import Report, red, report
from aipromote.monitoring.ripening import Key, Ripe, Ripening

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_EVERY_SECONDS = 5.0
_LOOKS_IN_A_GRACE = 3
_LEASE = timedelta(seconds=90)
"""Longer than the slowest delivery: a mail server may take half a minute."""
_AWAY = (SQLAlchemyError, OSError, TimeoutError)


class Watch:
    """One process's watch."""

    def __init__(self, lookout: Lookout, delivery: Delivery) -> None:
        grace = lookout.config.incident_seconds
        self._lookout = lookout
        self._delivery = delivery
        self._grace = timedelta(seconds=grace)
        self._ripening = Ripening(grace)
        self._notebook = Notebook(lookout.carrier)
        self._open: set[Key] = set()
        """As the rows said when they could be asked last."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_alone = False

    async def run(self) -> None:
        """Until cancelled. Not at once: where everything starts together, some of it is there before the rest."""
        grace = self._lookout.config.incident_seconds
        every = min(_EVERY_SECONDS, grace / _LOOKS_IN_A_GRACE)
        await asyncio.sleep(grace)
        while True:
            try:
                await self.round()
            except Exception:
                log.exception("the watch stumbled")
            await asyncio.sleep(every)

    async def round(self) -> None:
        """Look once, and see to what that means. In a simulation time jumps, and everything would seem late."""
        found = await report(self._lookout)
        if found.facts.is_simulated:
            self._ripening.forget()
            return
        at = time.monotonic()
        self._ripening.note(found.checks, at=at)
        ripe = self._ripening.ripe(found.checks, at=at)
        try:
            owed = await within(PATIENCE_SECONDS, self._keep(found, ripe, self._ripening.well(at=at)))
        except _AWAY as error:
            if not self._is_alone:
                log.warning("incidents cannot be written", error=type(error).__name__)
            self._is_alone = True
            await self._go_on_alone(ripe)
        else:
            self._is_alone = False
            for incident in owed:
                self._begin(self._tell(incident))

    async def stop(self) -> None:
        """Let go of what is being told: its lease ends by itself, and another watcher takes over."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, found: Report, ripe: list[Ripe], well: set[Key]) -> list[Incident]:
        """Bring the rows up to date. Returns what this watcher is to tell."""
        database = self._lookout.database
        async with database.transaction() as session:
            written = await self._notebook.write(session)
            await actions.keep(session, ripe=ripe, wrong=red(found.checks), well=well, grace=self._grace)
            self._open = await queries.open_keys(session)
            self._delivery.administrators = await queries.administrators(session)
            owed = await actions.claim(session, lease=_LEASE)
        await self._notebook.forget(written)
        return owed

    async def _go_on_alone(self, ripe: list[Ripe]) -> None:
        for one in ripe:
            if one.check.key not in self._open and (mine := await self._notebook.open(one)) is not None:
                self._begin(self._tell_alone(mine))

    async def _tell(self, incident: Incident) -> None:
        alert = Alert(
            incident.id, incident.kind, incident.subject, incident.words, incident.opened_at, incident.closed_at
        )
        try:
            await self._delivery.deliver(alert)
        except NotDelivered as error:
            if str(error) != incident.telling_error:
                log.warning("nobody was told of an incident", kind=alert.kind, about=alert.subject, error=str(error))
            async with self._lookout.database.transaction() as session:
                await actions.not_told(session, incident, error=str(error))
            return
        log.info("told of an incident", kind=alert.kind, about=alert.subject, phase=alert.phase)
        async with self._lookout.database.transaction() as session:
            await actions.told(session, incident)

    async def _tell_alone(self, incident: Unwritten) -> None:
        try:
            await self._delivery.deliver(incident.alert)
        except NotDelivered as error:
            log.warning("nobody was told of an incident", kind=incident.kind, error=str(error))
        else:
            await self._notebook.told(incident)

    def _begin(self, telling: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(telling)
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("telling of an incident broke off", error=repr(error))


@asynccontextmanager
async def watching_over(lookout: Lookout) -> AsyncIterator[None]:
    """Keep the watch for as long as the block lasts, unless the settings say that nobody wants it."""
    if lookout.config.incident_seconds <= 0:
        yield
        return
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        watch = Watch(lookout, Delivery(lookout.carrier, http, config=lookout.config))
        task = asyncio.create_task(watch.run(), name="watch")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task], timeout=PATIENCE_SECONDS)
            await watch.stop()
