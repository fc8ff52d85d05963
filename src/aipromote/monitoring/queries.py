"""Incidents, and who is told of them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.models import User
from aipromote.accounts.states import UserRole
from aipromote.monitoring.models import Incident


async def incidents(session: AsyncSession, *, limit: int = 50) -> list[Incident]:
    """The latest, those that are open first."""
    latest = select(Incident).order_by(Incident.closed_at.is_not(None), Incident.opened_at.desc()).limit(limit)
    return list(await session.scalars(latest))


async def administrators(session: AsyncSession) -> list[str]:
    """The e-mail addresses of the instance's administrators."""
    found = select(User.email).where(User.role == UserRole.ADMIN).order_by(User.created_at)
    return list(await session.scalars(found))


async def open_keys(session: AsyncSession) -> set[tuple[str, str]]:
    """What is open now, by kind and subject."""
    found = await session.execute(select(Incident.kind, Incident.subject).where(Incident.closed_at.is_(None)))
    return {(row.kind, row.subject) for row in found}
