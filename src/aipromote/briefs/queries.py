"""Drafts of one person."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from aipromote import clock
from aipromote.briefs.models import BriefDraft
from aipromote.errors import NotFound

PERSON = "aipromote.person"
"""The setting that the table's policy reads: whose drafts a transaction sees."""


async def see_as(session: AsyncSession, *, user_id: UUID) -> None:
    """From here on the transaction sees the drafts of this person, and of nobody else."""
    await session.execute(select(func.set_config(PERSON, str(user_id), True)))


async def drafts(session: AsyncSession, *, user_id: UUID, limit: int = 20) -> list[BriefDraft]:
    """The person's drafts that are not over, the one changed last first."""
    await see_as(session, user_id=user_id)
    mine = select(BriefDraft).where(BriefDraft.user_id == user_id, BriefDraft.expires_at > clock.now())
    return list(await session.scalars(mine.order_by(BriefDraft.updated_at.desc(), BriefDraft.id.desc()).limit(limit)))


async def draft(
    session: AsyncSession, *, user_id: UUID, draft_id: UUID, locked: bool = False, with_sources: bool = False
) -> BriefDraft:
    """The person's draft; `locked` until the transaction ends. Raises NotFound."""
    await see_as(session, user_id=user_id)
    mine = select(BriefDraft).where(
        BriefDraft.id == draft_id, BriefDraft.user_id == user_id, BriefDraft.expires_at > clock.now()
    )
    if locked:
        mine = mine.with_for_update()
    if with_sources:
        mine = mine.options(undefer(BriefDraft.sources))
    found = await session.scalar(mine.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("There is no such draft. It may be finished, or it was not touched for ninety days.")
    return found
