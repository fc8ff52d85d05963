"""Letting a series rest, go on, or end before its time."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.ai.models import GenerationRequest
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.content.actions.planning import cancel_writing
from aipromote.content.models import ContentPiece, Series
from aipromote.content.series import queries
from aipromote.content.series.beginning import begin
from aipromote.content.states import SERIES_MOVES, ContentStatus, SeriesStatus
from aipromote.errors import Conflict
from aipromote.organizations import queries as organizations
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role

_WEEK = timedelta(days=7)


async def pause(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, series_id: UUID
) -> tuple[Series, list[ContentPiece]]:
    """Write no more parts for now. Answers also which pieces are scheduled: they go out unless cancelled."""
    series = await _move(session, actor, organization_id, series_id, SeriesStatus.PAUSED)
    return series, await _scheduled(session, series)


async def cancel(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, series_id: UUID
) -> tuple[Series, list[ContentPiece]]:
    """Write no more parts, for good. Drafts stay; answers also which pieces are scheduled, to decide on."""
    series = await _move(session, actor, organization_id, series_id, SeriesStatus.CANCELLED)
    return series, await _scheduled(session, series)


async def stop_writing(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, request_id: UUID
) -> tuple[GenerationRequest, Series | None]:
    """Stop a request for pieces; one for a series pauses it too, or its parts would be asked for again within the hour.

    Answers the request, and the series that rests now. Raises Conflict where it has ended already.
    """
    stopped = await cancel_writing(session, actor, organization_id=organization_id, request_id=request_id)
    series_id = stopped.wanted.series_id
    if series_id is None:
        return stopped, None
    series = await queries.one(session, organization_id=organization_id, series_id=series_id)
    if series.status is not SeriesStatus.ACTIVE:
        return stopped, None
    return stopped, await _move(session, actor, organization_id, series_id, SeriesStatus.PAUSED)


async def resume(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, series_id: UUID, by_worker: bool = False
) -> Series:
    """Go on. Parts whose day went by meanwhile move by whole weeks, all unwritten ones alike: weekdays stay.

    `by_worker`: a worker writes those that are due, since a model takes its time.
    """
    series = await _move(session, actor, organization_id, series_id, SeriesStatus.ACTIVE)
    zone = await organizations.time_zone(session, organization_id=organization_id)
    today = clock.now().astimezone(zone).date()
    every = await queries.parts(session, organization_id=organization_id, series_id=series_id)
    unwritten = [one.part for one in every if one.part.written_at is None]
    if unwritten and unwritten[0].planned_for < today:
        weeks = -(-(today - unwritten[0].planned_for).days // 7)
        for part in unwritten:
            part.planned_for += weeks * _WEEK
        series.end_date = max(series.end_date or unwritten[-1].planned_for, unwritten[-1].planned_for)
    await session.flush()
    if every and not unwritten and series.published_posts >= series.total_posts:
        series.status = SeriesStatus.COMPLETED
        await session.flush()
        return series
    await begin(session, actor, series=series, by_worker=by_worker)
    return series


async def _move(
    session: AsyncSession, actor: Actor, organization_id: UUID, series_id: UUID, to: SeriesStatus
) -> Series:
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    series = await queries.one(session, organization_id=organization_id, series_id=series_id, lock=True)
    was = series.status
    if was is to:
        return series
    if to not in SERIES_MOVES[was]:
        raise Conflict(f"This series is {was.value.lower()} and cannot become {to.value.lower()}.")
    series.status = to
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action=f"series.{to.value.lower()}",
        subject="series",
        subject_id=series.id,
        detail=Detail(before={"status": was}, after={"status": to}),
    )
    await session.flush()
    return series


async def _scheduled(session: AsyncSession, series: Series) -> list[ContentPiece]:
    found = await queries.pieces(session, organization_id=series.organization_id, series_id=series.id)
    return [piece for piece in found if piece.status is ContentStatus.SCHEDULED]
