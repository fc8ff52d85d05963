"""Opening, keeping and closing incidents, and who tells of them. Times are the database's own: watchers' may differ."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Update, and_, func, literal_column, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.db.base import new_id
from aipromote.monitoring.checks import Check
from aipromote.monitoring.models import Incident
from aipromote.monitoring.ripening import Key, Ripe

_MAX_WORDS = 2000
_FORGOTTEN = timedelta(days=1)
_QUARTER_OF_ITS_AGE: ColumnElement[timedelta] = literal_column("(now() - incidents.opened_at) / 4")
SHORTEST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=5)
_LATEST = func.now()


async def keep(
    session: AsyncSession, *, ripe: Sequence[Ripe], wrong: Sequence[Check], well: Collection[Key], grace: timedelta
) -> None:
    """Open what is ripe, note what is still wrong, close what is well and was seen wrong by nobody for the grace."""
    for one in ripe:
        await open_incident(session, one.check.key, one.check.words, since=_LATEST - timedelta(seconds=one.seconds))
    is_open = Incident.closed_at.is_(None)
    if not (known := {(each.kind, each.subject) for each in await session.scalars(select(Incident).where(is_open))}):
        return
    for check in wrong:
        if check.key in known:
            still = update(Incident).where(is_open, Incident.kind == check.name, Incident.subject == check.subject)
            await session.execute(still.values(seen_at=_LATEST, words=check.words[:_MAX_WORDS]))
    over = and_(
        tuple_(Incident.kind, Incident.subject).in_(list(known & set(well))), Incident.seen_at <= _LATEST - grace
    )
    forgotten = Incident.seen_at <= _LATEST - _FORGOTTEN
    await session.execute(update(Incident).where(is_open, or_(over, forgotten)).values(closed_at=_LATEST))


async def open_incident(
    session: AsyncSession,
    key: Key,
    words: str,
    *,
    since: ColumnElement[datetime] | datetime,
    incident_id: UUID | None = None,
    told_at: datetime | None = None,
) -> None:
    """Open it, unless it is open already."""
    row = {
        "id": incident_id or new_id(),
        "kind": key[0],
        "subject": key[1],
        "words": words[:_MAX_WORDS],
        "opened_at": func.least(since, _LATEST),
        "seen_at": _LATEST,
        "opening_told_at": told_at,
    }
    await session.execute(insert(Incident).values(row).on_conflict_do_nothing())


async def claim(session: AsyncSession, *, lease: timedelta) -> list[Incident]:
    """What somebody must be told of and nobody is telling: the caller's to tell, for as long as the lease lasts."""
    owed = select(Incident.id).where(is_owed(), _is_free()).order_by(Incident.opened_at)
    mine = update(Incident).where(Incident.id.in_(owed), is_owed(), _is_free())
    found = await session.scalars(
        mine.values(telling_until=_LATEST + lease).returning(Incident), execution_options={"populate_existing": True}
    )
    return list(found)


async def told(session: AsyncSession, incident: Incident) -> None:
    """They know. One that was over when they were told of it is told of altogether."""
    done: dict[str, Any] = {"opening_told_at": func.coalesce(Incident.opening_told_at, _LATEST), "telling_until": None}
    if incident.closed_at is not None:
        done["closing_told_at"] = _LATEST
    await session.execute(_mine(incident).values(done | {"telling_error": None}))


async def not_told(session: AsyncSession, incident: Incident, *, error: str) -> None:
    """It did not work out; somebody tries again after a pause, which grows with the incident's age."""
    pause = func.greatest(SHORTEST_PAUSE, func.least(_QUARTER_OF_ITS_AGE, _LONGEST_PAUSE))
    values = {"telling_error": error[:_MAX_WORDS], "telling_until": _LATEST + pause}
    await session.execute(_mine(incident).values(values))


def is_owed() -> ColumnElement[bool]:
    """Its beginning, or its end, was not told yet, and it is not long ago."""
    untold = or_(
        Incident.opening_told_at.is_(None), and_(Incident.closed_at.is_not(None), Incident.closing_told_at.is_(None))
    )
    return and_(untold, func.coalesce(Incident.closed_at, _LATEST) > _LATEST - _FORGOTTEN)


def _is_free() -> ColumnElement[bool]:
    return or_(Incident.telling_until.is_(None), Incident.telling_until <= _LATEST)


def _mine(incident: Incident) -> Update:
    """The row, if its lease is still the one that was claimed."""
    return update(Incident).where(Incident.id == incident.id, Incident.telling_until == incident.telling_until)
