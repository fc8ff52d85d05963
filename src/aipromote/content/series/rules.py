"""Writing the parts of a series that come due by rules, each once, with the number that it has in the plan."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

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
from aipromote.documents.content import PostDraft
from aipromote.organizations import queries as organizations
from aipromote.organizations.models import Organization

AHEAD = timedelta(days=14)
"""A part is written this long before its day, as posts of the plan are."""
_MAY_NOT = "Its sentence may not be said any more: a fact has ended, or a word is to be avoided."


async def write_due(session: AsyncSession, *, organization_id: UUID, series_id: UUID) -> list[ContentPiece]:
    """Write by rules what is due of it by now. Nothing while it rests or is over. Raises LimitReached."""
    series = await queries.one(session, organization_id=organization_id, series_id=series_id, lock=True)
    if series.status is not SeriesStatus.ACTIVE:
        return []
    organization = await organizations.organization(session, organization_id=organization_id)
    today = await today_of(session, organization_id=organization_id)
    written = []
    for part in await due_parts(session, organization_id=organization_id, series_id=series_id):
        draft = await by_rules(session, organization, series, part, today)
        if draft is not None:
            written.append(await store(session, series, part, draft))
    await count(session, organization, written)
    return written


async def due_parts(session: AsyncSession, *, organization_id: UUID, series_id: UUID) -> list[SeriesPart]:
    """The unwritten parts whose day is within two weeks, in their order."""
    until = await today_of(session, organization_id=organization_id) + AHEAD
    every = await queries.parts(session, organization_id=organization_id, series_id=series_id)
    return [one.part for one in every if one.part.written_at is None and one.part.planned_for <= until]


async def by_rules(
    session: AsyncSession, organization: Organization, series: Series, part: SeriesPart, today: date
) -> PostDraft | None:
    """The part from its sentence. Where that may not be said any more, the part says so, and there is none."""
    facts = await brand.facts(session, organization_id=organization.id)
    desk = Desk.of(organization.brief, facts, day=max(part.planned_for, today))
    wanted = Part(series.name, part.number, series.total_posts, Role(part.role), part.lead)
    draft = write_part(wanted, series.platform, desk=desk, limits=limits.of(series.platform))
    if draft is None:
        part.problem = _MAY_NOT
        await session.flush()
    return draft


async def store(session: AsyncSession, series: Series, part: SeriesPart, draft: PostDraft) -> ContentPiece:
    """The part as a piece, with the number that it has."""
    key = series.organization_id
    if needs_card(draft):
        look = await look_of(session, organization_id=key)
        draft = await illustrated(session, draft, organization_id=key, look=look)
    piece = await piece_of(
        session,
        draft,
        organization_id=key,
        planned_for=part.planned_for,
        series_id=series.id,
        sequence_no=part.number,
    )
    part.problem, part.written_at = None, clock.now()
    await session.flush()
    return piece


async def count(session: AsyncSession, organization: Organization, written: list[ContentPiece]) -> None:
    """Against the plan's limit; and approve what may be approved without a person. Raises LimitReached."""
    if not written:
        return
    await billing.consume(session, user_id=organization.owner_id, what="posts_generated", amount=len(written))
    await auto_approve_if_allowed(session, organization_id=organization.id, piece_ids=[piece.id for piece in written])


async def today_of(session: AsyncSession, *, organization_id: UUID) -> date:
    """By the audience's clock."""
    zone = await organizations.time_zone(session, organization_id=organization_id)
    return clock.now().astimezone(zone).date()
