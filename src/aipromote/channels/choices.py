"""Several places that one consent or key opened: kept, tokens sealed, until the person says which to connect."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.channels.models import ConnectChoice
from aipromote.connectors.contract import Grant
from aipromote.db.base import new_id
from aipromote.documents.vocabulary import Platform
from aipromote.errors import NotAllowed, NotFound

LASTS = timedelta(minutes=10)
_GRANTS = TypeAdapter(tuple[Grant, ...])


@dataclass(frozen=True, slots=True)
class Opened:
    """What a network opened to a person: the accounts, and the app through which that was."""

    platform: Platform
    connector: str
    grants: tuple[Grant, ...] = field(repr=False)
    client_id: str | None = None


async def offer(session: AsyncSession, *, organization_id: UUID, user_id: UUID, opened: Opened) -> UUID:
    """Keep it for this person, for ten minutes: the id of the choice. The app's secret is not kept with it."""
    over = ConnectChoice.expires_at <= clock.now()
    await session.execute(delete(ConnectChoice).where(ConnectChoice.organization_id == organization_id, over))
    choice = ConnectChoice(
        organization_id=organization_id,
        id=new_id(),
        user_id=user_id,
        platform=opened.platform,
        connector=opened.connector,
        client_id=opened.client_id,
        expires_at=clock.now() + LASTS,
    )
    bare = tuple(replace(grant, credentials=replace(grant.credentials, app=None)) for grant in opened.grants)
    choice.grants = _GRANTS.dump_json(bare).decode()
    session.add(choice)
    await session.flush()
    return choice.id


def opened(choice: ConnectChoice) -> Opened:
    """What there is to choose from, in the network's order."""
    found = _GRANTS.validate_json(choice.grants or "[]")
    return Opened(choice.platform, choice.connector, found, choice.client_id)


async def look(session: AsyncSession, *, organization_id: UUID, user_id: UUID, choice_id: UUID) -> ConnectChoice:
    """The choice that this person has to make. NotFound for anybody else, and once it is made or over."""
    found = await session.scalar(select(ConnectChoice).where(*_open(organization_id, user_id, choice_id)))
    if found is None:
        raise NotFound("There is nothing to choose here: it took longer than ten minutes, or is done. Connect again.")
    return found


async def take(session: AsyncSession, *, organization_id: UUID, user_id: UUID, choice_id: UUID) -> ConnectChoice:
    """The choice, which ends with this."""
    mine = _open(organization_id, user_id, choice_id)
    found: ConnectChoice | None = await session.scalar(delete(ConnectChoice).where(*mine).returning(ConnectChoice))
    if found is None:
        raise NotAllowed("This choice was made already, took too long, or is not yours. Please connect again.")
    return found


def _open(organization_id: UUID, user_id: UUID, choice_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        ConnectChoice.organization_id == organization_id,
        ConnectChoice.id == choice_id,
        ConnectChoice.user_id == user_id,
        ConnectChoice.expires_at > clock.now(),
    )
