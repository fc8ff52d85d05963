"""Writing the parts of a series that come due, each once, with the number that it has in the plan."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.ai.offline.articles import Desk
from aipromote.ai.offline.series.parts import Part, write_part
from aipromote.ai.offline.series.templates import Role
from aipromote.billing import actions as billing
from aipromote.brand import queries as brand
from aipromote.connectors import limits
from aipromote.content.actions.drafting import piece_of
from aipromote.content.actions.picturing import illustrated, look_of
from aipromote.content.actions.reviewing import auto_approve_if_allowed
from aipromote.content.captions import needs_card
from aipromote.content.models import ContentPiece, Series
from aipromote.content.series import queries
from aipromote.content.series.models import SeriesPart
from aipromote.content.states import SeriesStatus
from aipromote.db.database import Database
from aipromote.errors import AipromoteError
from aipromote.organizations import queries as organizations
from aipromote.organizations.models import Organization

log: structlog.stdlib.BoundLogger = structlog.get_logger()

AHEAD = timedelta(days=14)
"""A part is written this long before its day, as posts of the plan are."""
_MOST = 500
_MAY_NOT = "Its sentence may not be said any more: a fact has ended, or a word is to be avoided."


async def write_due(session: AsyncSession, *, organization_id: UUID, series_id: UUID) -> list[ContentPiece]:
    """Write what is due of it by now. Nothing while it rests or is over. Raises LimitReached."""
    series = await queries.one(session, organization_id=organization_id, series_id=series_id, lock=True)
    if series.status is not SeriesStatus.ACTIVE:
        return []
    organization = await organizations.organization(session, organization_id=organization_id)
    zone = await organizations.time_zone(session, organization_id=organization_id)
    today = clock.now().astimezone(zone).date()
    every = await queries.parts(session, organization_id=organization_id, series_id=series_id)
    owed = [one.part for one in every if one.part.written_at is None and one.part.planned_for <= today + AHEAD]
    written = [
        piece for part in owed if (piece := await _write(session, organization, series, part, today)) is not None
    ]
    if written:
        await billing.consume(session, user_id=organization.owner_id, what="posts_generated", amount=len(written))
        await auto_approve_if_allowed(
            session, organization_id=organization_id, piece_ids=[piece.id for piece in written]
        )
    return written


async def _write(
    session: AsyncSession, organization: Organization, series: Series, part: SeriesPart, today: date
) -> ContentPiece | None:
    desk = await _desk(session, organization, max(part.planned_for, today))
    wanted = Part(series.name, part.number, series.total_posts, Role(part.role), part.lead)
    draft = write_part(wanted, series.platform, desk=desk, limits=limits.of(series.platform))
    if draft is None:
        part.problem = _MAY_NOT
        await session.flush()
        return None
    if needs_card(draft):
        look = await look_of(session, organization_id=organization.id)
        draft = await illustrated(session, draft, organization_id=organization.id, look=look)
    piece = await piece_of(
        session,
        draft,
        organization_id=organization.id,
        planned_for=part.planned_for,
        series_id=series.id,
        sequence_no=part.number,
    )
    part.problem, part.written_at = None, clock.now()
    await session.flush()
    return piece


async def _desk(session: AsyncSession, organization: Organization, day: date) -> Desk:
    facts = await brand.facts(session, organization_id=organization.id)
    return Desk.of(organization.brief, facts, day=day)


async def write_all(database: Database) -> int:
    """Write what is due of every series. Returns how many parts were written. One that fails holds up no other."""
    async with database.transaction() as session:
        # A day more: it is tomorrow already where some audiences are.
        due = await queries.due(session, until=clock.now().date() + AHEAD + timedelta(days=1), most=_MOST)
    total = 0
    for organization_id, series_id in due:
        try:
            async with database.transaction(organization_id) as session:
                total += len(await write_due(session, organization_id=organization_id, series_id=series_id))
        except AipromoteError as refusal:
            log.info("a series was not written", series=str(series_id), reason=refusal.message)
        except Exception:
            log.exception("a series could not be written", series=str(series_id))
    return total
