"""This week: what needs the person, what goes out, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

import aipromote.coach.queries as coach
import aipromote.content.queries as content
import aipromote.publishing.queries as publishing
import aipromote.strategy.queries as strategies
from aipromote import clock
from aipromote.content.states import ContentStatus
from aipromote.documents.learning import KeyInsight
from aipromote.http.visits import Stay, Viewing
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from aipromote.strategy.states import StrategyStatus
from aipromote.web import words
from aipromote.web.cards import Card, cards_of
from aipromote.web.render import page
from aipromote.web.risks import gathered

router = APIRouter()

_AHEAD = timedelta(days=7)
_BEHIND = timedelta(days=14)
_SHOWN = 12
_TROUBLED = frozenset({PostStatus.FAILED, PostStatus.UNCONFIRMED, PostStatus.MISSED, PostStatus.RETRYING})
_GOING_OUT = frozenset({PostStatus.SCHEDULED, PostStatus.PUBLISHING})


@router.get("/this-week")
async def home_page(request: Request, stay: Viewing) -> Response:
    """The three blocks; the first steps while there is nothing to show."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    now = clock.now()
    counts = await content.counts(stay.session, **mine)
    standing = await strategies.standing(stay.session, **mine)
    posts = await publishing.posts_between(stay.session, **mine, start=now - _BEHIND, end=now + _AHEAD)
    cards = await cards_of(stay, [post for post in posts if post.status in _TROUBLED | _GOING_OUT])
    upcoming = [card for card in cards if card.post and card.post.status in _GOING_OUT]
    summary = await coach.latest(stay.session, **mine)
    first_week, first_count = await _first_week_to_review(stay)
    return page(
        request,
        "home.html",
        stay=stay,
        unplaced=counts[ContentStatus.APPROVED],
        to_review=counts[ContentStatus.PENDING_REVIEW],
        troubled=[card for card in cards if card.post and card.post.status in _TROUBLED],
        at_risk=gathered(upcoming, is_held=stay.hold is not None),
        days=by_day(upcoming[:_SHOWN]),
        upcoming_total=len(upcoming),
        published=_published(posts),
        summary=summary,
        telling=telling(summary.key_insights or []) if summary else None,
        is_simulated=summary is not None and summary.week_start in await coach.simulated_weeks(stay.session, **mine),
        proposal=StrategyStatus.PROPOSED in standing.statuses,
        has_strategy=StrategyStatus.ACTIVE in standing.statuses,
        has_pieces=any(counts.values()),
        first_week=first_week,
        first_count=first_count,
        unconnected=[platform.label for platform in standing.unconnected],
    )


def by_day(cards: Sequence[Card]) -> list[tuple[date, list[Card]]]:
    """Cards in the order of their times, gathered by day."""
    dated = [card for card in cards if card.day]
    return [(day, list(group)) for day, group in groupby(dated, key=lambda card: card.day or date.max)]


def telling(insights: Sequence[KeyInsight]) -> KeyInsight | None:
    """What says most beside the week's two figures: the comparison with the week before, else the post people liked."""
    by_metric = {insight.metric: insight for insight in reversed(insights)}
    wanted = ("engagement_rate.one_day.week.difference", "reactions.top")
    return next((by_metric[metric] for metric in wanted if metric in by_metric), None)


def _published(posts: Sequence[ScheduledPost]) -> int:
    """How many went out in the last seven days."""
    since = clock.now() - timedelta(days=7)
    return sum(1 for post in posts if post.published_at and post.published_at >= since)


async def _first_week_to_review(stay: Stay) -> tuple[date | None, int]:
    """The Monday of the earliest week in which something waits, and how many pieces wait in it."""
    found = await content.pieces(
        stay.session, organization_id=stay.organization_id, status=ContentStatus.PENDING_REVIEW
    )
    mondays = [words.monday_of(piece.planned_for) for piece in found if piece.planned_for]
    return (mondays[0], mondays.count(mondays[0])) if mondays else (None, 0)
