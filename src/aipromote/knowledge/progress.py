"""Which organizations have texts to be embedded, and how far each of them is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock, settings
from aipromote.ai.providers.lineup import embedding_model
from aipromote.db import vectors as pgvector
from aipromote.errors import SetupError
from aipromote.jobs.kinds import Due
from aipromote.knowledge.jobs import PRIORITY, IndexPointer
from aipromote.knowledge.models import PassageIndex, PassageVector

_OWED = text("SELECT organization_id, look FROM doors.owed_indexes(:at, :how_many)")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an organization is with one model. `parts` None: its texts were not looked at yet.

    `others` are vectors that another model made; they are replaced one by one.
    """

    parts: int | None
    vectors: int
    others: int
    next_look_at: datetime | None
    error_message: str | None


async def pending_indexes(session: AsyncSession, *, limit: int) -> list[Due[IndexPointer]]:
    """Organizations whose texts are to be looked at. Goes through a door. None without a model, or without pgvector."""
    try:
        if embedding_model(settings.get()) is None or not await pgvector.is_there(session):
            return []
    except SetupError:  # every search says so
        return []
    rows = await session.execute(_OWED, {"at": clock.now(), "how_many": limit})
    return [
        Due(IndexPointer(organization_id=row.organization_id, look=_milliseconds(row.look)), priority=PRIORITY)
        for row in rows
    ]


async def progress(session: AsyncSession, *, organization_id: UUID, model: str) -> Progress:
    """Of this organization, with this model."""
    row = await session.scalar(select(PassageIndex).where(PassageIndex.organization_id == organization_id))
    mine = PassageVector.model == model
    counted = select(func.count().filter(mine), func.count().filter(~mine))
    vectors, others = (await session.execute(counted.where(PassageVector.organization_id == organization_id))).one()
    if row is None:
        return Progress(None, vectors, others, None, None)
    return Progress(row.parts, vectors, others, row.next_look_at, row.error_message)


def _milliseconds(look: datetime | None) -> int:
    return 0 if look is None else round((look - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
