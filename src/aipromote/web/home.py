"""This week: what needs the person, what goes out, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

import aipromote.assets.queries as assets
import aipromote.coach.queries as coach
import aipromote.publishing.queries as publishing
import aipromote.strategy.queries as strategies
from aipromote import clock
from aipromote.channels.models import SocialAccount
from aipromote.content import wanted as pieces
from aipromote.content.review import queries as review
from aipromote.content.review.queries import Waiting
from aipromote.content.states import ContentStatus
from aipromote.documents.learning import KeyInsight
from aipromote.http.visits import Stay, Viewing
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from aipromote.strategy.states import StrategyStatus
from aipromote.web import ordering, words
from aipromote.web.cards import Card, accounts_by_id, cards_of
from aipromote.web.render import page
from aipromote.web.risks import gathered

router = APIRouter()

_AHEAD = timedelta(days=7)
_BEHIND = timedelta(days=14)
_SHOWN = 12
_TROUBLED = frozenset({PostStatus.FAILED, PostStatus.UNCONFIRMED, PostStatus.MISSED, PostStatus.RETRYING})
_GOING_OUT = frozenset({PostStatus.SCHEDULED, PostStatus.PUBLISHING})
_AGREED = (ContentStatus.APPROVED, ContentStatus.SCHEDULED, ContentStatus.PUBLISHED, ContentStatus.FAILED)
"""In any of these a piece has been approved: the first steps are behind."""


@router.get("/this-week")
async def home_page(request: Request, stay: Viewing, watched: str = "") -> Response:
    """The three blocks; before the first week is approved also the steps that lead there."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    counts = await pieces.counts(stay.session, **mine)
    standing = await strategies.standing(stay.session, **mine)
    accounts = await accounts_by_id(stay)
    waiting = await review.waiting(stay.session, **mine)
    first_week, first_count = _first_week(waiting)
    begun = any(counts[status] for status in _AGREED)
    writing, written = (None, None) if begun else await ordering.being_written(stay, watched=watched)
    return page(
        request,
        "home.html",
        stay=stay,
        begun=begun,
        being_written=writing,
        written=written,
        unplaced=counts[ContentStatus.APPROVED],
        to_review=counts[ContentStatus.PENDING_REVIEW],
        proposal=StrategyStatus.PROPOSED in standing.statuses,
        has_strategy=StrategyStatus.ACTIVE in standing.statuses,
        has_account=any(account.is_active for account in accounts.values()),
        has_pieces=any(counts.values()),
        first_week=first_week,
        first_count=first_count,
        commented={one.piece_id: one.comments for one in waiting if one.comments},
        turned_away=[one for one in accounts.values() if not one.is_active and one.error_message],
        unconnected=[platform.label for platform in standing.unconnected],
        **await _posts(stay, accounts),
        **await _what_happened(stay),
    )


async def _posts(stay: Stay, accounts: dict[UUID, SocialAccount]) -> dict[str, Any]:
    """What goes out in the next days, what is in trouble, and how many went out in each of the last two weeks."""
    now = clock.now()
    posts = await publishing.posts_between(
        stay.session, organization_id=stay.organization_id, start=now - _BEHIND, end=now + _AHEAD
    )
    cards = await cards_of(stay, [post for post in posts if post.status in _TROUBLED | _GOING_OUT], accounts=accounts)
    upcoming = [card for card in cards if card.post and card.post.status in _GOING_OUT]
    attached = {ref.asset_id for card in upcoming[:_SHOWN] for ref in card.piece.media_refs or () if ref.asset_id}
    return {
        "pictures": await assets.pictures_among(stay.session, organization_id=stay.organization_id, asset_ids=attached),
        "troubled": [card for card in cards if card.post and card.post.status in _TROUBLED],
        "at_risk": gathered(upcoming, is_held=stay.hold is not None),
        "days": by_day(upcoming[:_SHOWN]),
        "upcoming_total": len(upcoming),
        "upcoming_shown": min(len(upcoming), _SHOWN),
        "published": _published(posts, since=now - _AHEAD, until=now),
        "published_before": _published(posts, since=now - _BEHIND, until=now - _AHEAD),
    }


async def _what_happened(stay: Stay) -> dict[str, Any]:
    """The newest letter, what it says most, and whether its numbers are simulated."""
    newest = await coach.newest(stay.session, organization_id=stay.organization_id)
    summary, is_simulated = newest or (None, False)
    return {
        "summary": summary,
        "telling": telling(summary.key_insights or []) if summary else None,
        "is_simulated": is_simulated,
        "advice": len(summary.recommendations or []) if summary and not summary.accepted else 0,
    }


def by_day(cards: Sequence[Card]) -> list[tuple[date, list[Card]]]:
    """Cards in the order of their times, gathered by day."""
    dated = [card for card in cards if card.day]
    return [(day, list(group)) for day, group in groupby(dated, key=lambda card: card.day or date.max)]


def telling(insights: Sequence[KeyInsight]) -> KeyInsight | None:
    """What says most beside the week's two figures: the comparison with the week before, else the post people liked."""
    by_metric = {insight.metric: insight for insight in reversed(insights)}
    wanted = ("engagement_rate.one_day.week.difference", "reactions.top")
    return next((by_metric[metric] for metric in wanted if metric in by_metric), None)


def _published(posts: Sequence[ScheduledPost], *, since: datetime, until: datetime) -> int:
    """How many went out in that time."""
    return sum(1 for post in posts if post.published_at and since <= post.published_at < until)


def _first_week(waiting: Sequence[Waiting]) -> tuple[date | None, int]:
    """The Monday of the earliest week in which something waits, and how many pieces wait in it."""
    mondays = [words.monday_of(one.day) for one in waiting if one.day]
    return (mondays[0], mondays.count(mondays[0])) if mondays else (None, 0)
