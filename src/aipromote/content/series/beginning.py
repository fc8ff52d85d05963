"""The parts of a series that are due when it is planned or goes on."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.ai import actions as requests
from aipromote.ai.models import Order
from aipromote.ai.states import RequestKind
from aipromote.content.models import Series
from aipromote.content.series.asking import is_being_written
from aipromote.content.series.rules import due_parts, write_due
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role


async def begin(session: AsyncSession, actor: Actor, *, series: Series, by_worker: bool) -> None:
    """Write them by rules, or ask for them, once. Raises LimitReached."""
    key = series.organization_id
    await require(session, actor, organization_id=key, role=Role.EDITOR)
    if not by_worker:
        await write_due(session, organization_id=key, series_id=series.id)
        return
    due = await due_parts(session, organization_id=key, series_id=series.id)
    if due and not await is_being_written(session, organization_id=key, series_id=series.id):
        wanted = Order(start=clock.now().date(), series_id=series.id, platforms=(series.platform,))
        await requests.ask(session, actor, organization_id=key, kind=RequestKind.CONTENT, wanted=wanted)
