"""What a strategy means for content: its pillars, a series, and the request for its next pieces."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.ai import actions as requests
from aipromote.ai.models import GenerationRequest, Order
from aipromote.ai.states import RequestKind
from aipromote.content import queries
from aipromote.content.models import Pillar, Series
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict, InvalidInput
from aipromote.organizations import queries as organizations
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role
from aipromote.strategy import queries as strategies
from aipromote.strategy.models import AIStrategy

PALETTE = ("#1D4ED8", "#B45309", "#047857", "#7E22CE", "#BE123C")
"""Dark enough for white text (4.5:1), and told apart by those who see no red or green by their lightness and order."""
AHEAD = timedelta(days=14)
Chosen = TypeVar("Chosen", str, Platform)


async def request_pieces(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    start: date | None = None,
    end: date | None = None,
    weeks: int | None = None,
    pillars: Sequence[str] = (),
    platforms: Sequence[Platform] = (),
) -> GenerationRequest:
    """Ask for pieces for the slots of the active strategy in [start, end), of these pillars and platforms or of all.

    By default from today on the audience's calendar, or from the strategy's first day if that is later, and for two
    weeks or as many as are named. Raises Conflict where no strategy was accepted yet, InvalidInput for what its
    calendar does not have.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    strategy = await strategies.active(session, organization_id=organization_id)
    if strategy is None:
        raise Conflict("Accept a strategy first; posts are written for its calendar.")
    zone = await organizations.time_zone(session, organization_id=organization_id)
    first_day = min(slot.date for slot in strategy.calendar_skeleton)
    start = start or max(clock.now().astimezone(zone).date(), first_day)
    wanted = Order(
        start=start,
        end=end or start + (AHEAD if weeks is None else timedelta(weeks=weeks)),
        pillars=_known(pillars, [slot.pillar for slot in strategy.calendar_skeleton], field="pillar"),
        platforms=_known(platforms, [slot.platform for slot in strategy.calendar_skeleton], field="platform"),
    )
    return await requests.ask(session, actor, organization_id=organization_id, kind=RequestKind.CONTENT, wanted=wanted)


async def cancel_writing(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, request_id: UUID
) -> GenerationRequest:
    """Stop a request for pieces; what it has written stays. Raises Conflict where it has ended already."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    return await requests.cancel(session, actor, organization_id=organization_id, request_id=request_id)


def _known(asked: Sequence[Chosen], known: Sequence[Chosen], *, field: str) -> tuple[Chosen, ...]:
    """What was asked for, each once. Raises InvalidInput for the first that the plan does not have."""
    stray = next((one for one in asked if one not in known), None)
    if stray is not None:
        has = ", ".join(dict.fromkeys(map(str, known)))
        raise InvalidInput(f"The plan has no {field} {stray}. It has: {has}.", field=field)
    return tuple(dict.fromkeys(asked))


async def ensure_pillars(session: AsyncSession, *, organization_id: UUID, strategy: AIStrategy) -> dict[str, Pillar]:
    """The strategy's pillars as rows, by name. Pillars of earlier strategies stay, but are not active."""
    names = [pillar.name for pillar in strategy.content_pillars]
    others = update(Pillar).where(Pillar.organization_id == organization_id, Pillar.name.not_in(names))
    await session.execute(others.values(is_active=False))
    upsert = insert(Pillar).values(
        [
            {
                "organization_id": organization_id,
                "name": pillar.name,
                "description": pillar.description[:2000] or None,
                "color": PALETTE[position % len(PALETTE)],
                "sort_order": position,
                "is_active": True,
            }
            for position, pillar in enumerate(strategy.content_pillars)
        ]
    )
    newer = {name: upsert.excluded[name] for name in ("description", "color", "sort_order", "is_active")}
    upsert = upsert.on_conflict_do_update(index_elements=["organization_id", "name"], set_=newer)
    rows = await session.scalars(upsert.returning(Pillar), execution_options={"populate_existing": True})
    return {row.name: row for row in rows}


async def ensure_series(session: AsyncSession, *, organization_id: UUID, strategy: AIStrategy) -> Series | None:
    """The weekly series of the first pillar on the primary platform; None where no platform is primary."""
    primary = next((channel.platform for channel in strategy.channel_plan if channel.role == "primary"), None)
    if primary is None:
        return None
    name = f"{strategy.content_pillars[0].name[:150]} · {primary.label}"
    days = [slot.date for slot in strategy.calendar_skeleton]
    make = insert(Series).values(
        organization_id=organization_id,
        name=name,
        description=strategy.content_pillars[0].description[:2000] or None,
        platform=primary,
        cadence="weekly",
        start_date=min(days),
        end_date=max(days),
    )
    longer = {"end_date": make.excluded.end_date}
    make = make.on_conflict_do_update(
        index_elements=["organization_id", "name"], set_=longer, where=make.excluded.end_date > Series.end_date
    )
    await session.execute(make)
    rows = await queries.series(session, organization_id=organization_id)
    return next(row for row in rows if row.name == name)
