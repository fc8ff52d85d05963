"""Reads of the log, newest first."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.audit.models import Entry
from aipromote.db import paging

NEWEST: Final = paging.Order("audit.newest", (Entry.created_at, Entry.id), descending=True)


async def entries(
    session: AsyncSession,
    *,
    organization_id: UUID,
    subject: str | None = None,
    subject_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = paging.DEFAULT,
) -> paging.Slice[Entry]:
    """What was done, newest first; of one row, where `subject` (its table) and `subject_id` are given.

    Raises BadCursor.
    """
    found = select(Entry).where(Entry.organization_id == organization_id)
    if subject is not None:
        found = found.where(Entry.subject == subject)
    if subject_id is not None:
        found = found.where(Entry.subject_id == subject_id)
    return await paging.slice_of(
        session,
        found,
        NEWEST,
        organization_id=organization_id,
        filters={"subject": subject, "subject_id": subject_id},
        cursor=cursor,
        limit=limit,
    )
