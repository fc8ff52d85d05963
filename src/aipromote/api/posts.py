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
from aipromote.publishing.forecast import queries as forecasts
from aipromote.publishing.models import PostForecast, ScheduledPost
from aipromote.publishing.states import ForecastState, PostStatus

router = APIRouter()


def _in_utc(given: datetime) -> datetime:
    try:
        return given.astimezone(UTC)
    except OverflowError:
        raise ValueError("That is beyond the calendar.") from None


Time = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""An instant with its offset from UTC, that UTC can name as well."""


class RiskOut(Shown):
    """What may keep a post from going out, what a person can do about it, and where on the site."""

    kind: str
    reason: str
    remedy: str
    path: str


class ForecastOut(Shown):
    """What is expected of a post that comes due within a day."""

    state: ForecastState
    risks: list[RiskOut]
    checked_at: datetime
    risk_since: datetime | None


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
    forecast: ForecastOut | None = None
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
    """Posts scheduled from `start` up to, not including, `end` (with their offsets from UTC), in this state.

    Those that come due within a day have a `forecast` (null until they were looked at).
    """
    part = await listing.posts(
        call.session,
        organization_id=call.organization_id,
        start=start,
        end=end,
        status=status,
        cursor=cursor,
        limit=limit,
    )
    expected = await forecasts.forecasts(
        call.session, organization_id=call.organization_id, post_ids=[post.id for post in part.rows]
    )
    return listed(part, lambda post: _shown(post, expected.get(post.id)))


def _shown(post: ScheduledPost, forecast: PostForecast | None) -> PostOut:
    out = PostOut.model_validate(post)
    return out.model_copy(update={"forecast": ForecastOut.model_validate(forecast)}) if forecast else out
