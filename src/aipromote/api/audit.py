"""GET /audit: who did what, the newest first. Only for keys of administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from aipromote.api.calls import Administering, Cursor, Limit
from aipromote.api.lists import Listed, Shown, listed
from aipromote.audit import queries
from aipromote.audit.detail import Detail
from aipromote.audit.states import ActorKind
from aipromote.db.paging import DEFAULT
from aipromote.errors import InvalidInput

router = APIRouter()


class EntryOut(Shown):
    """One act. `subject` is the table of the row that `subject_id` names."""

    id: UUID
    at: datetime = Field(validation_alias="created_at")
    actor_name: str
    actor_kind: ActorKind
    user_id: UUID | None
    api_key_id: UUID | None
    action: str
    subject: str
    subject_id: UUID
    detail: Detail


@router.get("/audit", response_model=Listed[EntryOut])
async def entries(
    call: Administering,
    *,
    subject: Annotated[str | None, Query(pattern="^[a-z_]{1,63}$")] = None,
    subject_id: UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT,
) -> dict[str, Any]:
    """The log; of one table or one row, where these are named."""
    if subject_id is not None and subject is None:  # no index begins with the id alone
        raise InvalidInput("Name the row's table, too.", field="subject")
    part = await queries.entries(
        call.session,
        organization_id=call.organization_id,
        subject=subject,
        subject_id=subject_id,
        cursor=cursor,
        limit=limit,
    )
    return listed(part, EntryOut.model_validate)
