"""GET /posts: what goes out or went out, by its time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import AfterValidator, AwareDatetime

from aipromote.api.calls import Cursor, Limit, Reading
from aipromote.api.lists import Listed, Shown, listed
from aipromote.db.paging import DEFAULT
from aipromote.publishing import listing
from aipromote.publishing.states import PostStatus

router = APIRouter()


def _in_utc(given: datetime) -> datetime:
    try:
        return given.astimezone(UTC)
    except OverflowError:
        raise ValueError("That is beyond the calendar.") from None


Time = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""An instant with its offset from UTC, that UTC can name as well."""


class PostOut(Shown):
    """One revision of a piece, on one account, at one time."""

    id: UUID
    content_piece_id: UUID
    revision: int
    social_account_id: UUID
    status: PostStatus
    scheduled_at: datetime
    local_time: datetime | None
    time_zone: str | None
    published_at: datetime | None
    platform_post_id: str | None
    platform_url: str | None
    attempt_count: int
    max_attempts: int
    error_kind: str | None
    error_message: str | None
    created_at: datetime
    updated_at: datetime


@router.get("/posts", response_model=Listed[PostOut])
async def posts(
    call: Reading,
    *,
    start: Time | None = None,
    end: Time | None = None,
    status: PostStatus | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT,
) -> dict[str, Any]:
    """Posts scheduled from `start` up to, not including, `end` (with their offsets from UTC), in this state."""
    part = await listing.posts(
        call.session,
        organization_id=call.organization_id,
        start=start,
        end=end,
        status=status,
        cursor=cursor,
        limit=limit,
    )
    return listed(part, PostOut.model_validate)
