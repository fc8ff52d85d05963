"""The periodic round: what is due of every series is written by rules, or asked for where a model writes.

A request is claimed by one worker at a time, so that no part is paid for twice; the round itself holds nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import SYSTEM
from aipromote.ai import queries as requests
from aipromote.ai.writer import SeriesWriter, Writer
from aipromote.content.models import Series
from aipromote.content.series import queries
from aipromote.content.series.beginning import begin
from aipromote.content.series.rules import AHEAD, write_due
from aipromote.content.states import SeriesStatus
from aipromote.db.database import Database
from aipromote.errors import AipromoteError

log: structlog.stdlib.BoundLogger = structlog.get_logger()

WriterFor = Callable[[UUID], Awaitable[Writer]]
"""The writer of an organization."""
_MOST = 500
_MOST_FAILURES = 8
_MOST_PAID = 5
"""Failures in a row that a model was paid for; then nobody asks again but a person, by letting the series go on."""
_LONGEST_PAUSE = timedelta(days=1)


async def write_all(database: Database, *, writer_for: WriterFor | None = None) -> int:
    """Write what is due of every series. Returns how many parts were written. One that fails holds up no other.

    By rules; where the writer that `writer_for` gives writes parts, they are asked for instead.
    """
    async with database.transaction() as session:
        # A day more: it is tomorrow already where some audiences are.
        due = await queries.due(session, until=clock.now().date() + AHEAD + timedelta(days=1), most=_MOST)
    total = 0
    for organization_id, series_id in due:
        try:
            writer = await writer_for(organization_id) if writer_for else None
            total += await _write(database, organization_id, series_id, writer)
        except AipromoteError as refusal:
            log.info("a series was not written", series=str(series_id), reason=refusal.message)
        except Exception:
            log.exception("a series could not be written", series=str(series_id))
    return total


async def _is_put_off(session: AsyncSession, series: Series) -> bool:
    """Whether to wait after failures: 1, 2, 4 … hours, a day at most, and after some that were paid for a person."""
    failures = await requests.series_failures(
        session, organization_id=series.organization_id, series_id=series.id, most=_MOST_FAILURES
    )
    if not failures:
        return False
    if sum(was_paid for _, was_paid in failures) >= _MOST_PAID:
        return True
    pause = min(timedelta(hours=2 ** (len(failures) - 1)), _LONGEST_PAUSE)
    # The round itself comes every hour: a few minutes must not make it two.
    return clock.now() < failures[0][0] + pause - timedelta(minutes=10)


async def _write(database: Database, organization_id: UUID, series_id: UUID, writer: Writer | None) -> int:
    mine = {"organization_id": organization_id, "series_id": series_id}
    if not isinstance(writer, SeriesWriter):
        async with database.transaction(organization_id) as session:
            return len(await write_due(session, **mine))
    async with database.transaction(organization_id) as session:
        series = await queries.one(session, **mine, lock=True)
        if series.status is SeriesStatus.ACTIVE and not await _is_put_off(session, series):
            await begin(session, SYSTEM, series=series, by_worker=True)
    return 0
