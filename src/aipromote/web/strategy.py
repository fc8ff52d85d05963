"""The strategy as a memo, its versions, and the decision on a proposal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

import aipromote.content.actions as content
from aipromote.documents.strategy import SkeletonSlot
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Administering, Viewing
from aipromote.strategy import actions, intake, queries
from aipromote.strategy.models import AIStrategy
from aipromote.strategy.states import StrategyStatus
from aipromote.web import words
from aipromote.web.render import page

router = APIRouter()

_GAP = 0.4  # percent of the share bar between two parts


@router.get("/strategy")
async def strategy_page(request: Request, stay: Viewing, version: int = 0) -> Response:
    """A version: the one asked for, else the proposal that waits, else the active one."""
    versions = await queries.versions(stay.session, organization_id=stay.organization_id)
    shown = _chosen(versions, version)
    if shown is None:
        return page(request, "strategy_blank.html", stay=stay)
    return page(
        request,
        "strategy.html",
        stay=stay,
        strategy=shown,
        versions=versions,
        bar=share_bar([pillar.share for pillar in shown.content_pillars]),
        strip=strip(shown.calendar_skeleton),
        decidable=shown.status is StrategyStatus.PROPOSED,
    )


@router.post("/strategy/{strategy_id}/accept")
async def accept(stay: Administering, strategy_id: UUID) -> Response:
    """Make the proposal the plan, and have the posts of its first two weeks written."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    await actions.accept(stay.session, stay.actor, **mine, strategy_id=strategy_id)
    asked = await content.request_pieces(stay.session, stay.actor, **mine)
    return see_other(f"/progress/{asked.id}")


@router.post("/strategy/{strategy_id}/reject")
async def reject(stay: Administering, strategy_id: UUID) -> Response:
    """Set the proposal aside; the active strategy, if there is one, stays."""
    await actions.reject(stay.session, stay.actor, organization_id=stay.organization_id, strategy_id=strategy_id)
    return see_other("/strategy", Notice("The proposal is rejected. What was active stays active."))


@router.post("/strategy/propose")
async def propose(stay: Administering) -> Response:
    """Have another proposal written from the brief."""
    asked = await intake.ask_for_strategy(stay.session, stay.actor, organization=stay.organization)
    return see_other(f"/progress/{asked.id}")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the share bar, in percent of its width. `shade` counts from 1 (strongest) to 5."""

    start: float
    width: float
    shade: int


@dataclass(frozen=True, slots=True)
class Square:
    """One day of the ninety-day strip: column and row count from 0, `shade` 0 is a day without posts."""

    column: int
    row: int
    shade: int
    words: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The days as columns of weeks, and the column where each month begins."""

    squares: list[Square]
    months: list[tuple[int, str]]
    columns: int


def share_bar(shares: Sequence[int]) -> list[Part]:
    """Where each share lies."""
    parts, start = [], 0.0
    for index, share in enumerate(shares):
        parts.append(Part(start, max(0.0, share - _GAP), index % 5 + 1))
        start += share
    return parts


def strip(slots: Sequence[SkeletonSlot]) -> Strip:
    """The skeleton as a year calendar shows it: the darker, the more posts on that day."""
    if not slots:
        return Strip([], [], 0)
    counts = Counter(slot.date for slot in slots)
    first, last = min(counts), max(counts)
    start = words.monday_of(first)
    days = [start + timedelta(days=offset) for offset in range((last - start).days + 1)]
    squares = [
        Square(
            (one - start).days // 7,
            one.weekday(),
            (5, 4, 2, 1)[min(counts[one], 4) - 1] if counts[one] else 0,
            f"{words.day(one)}: {words.counted(counts[one], 'post')}",
        )
        for one in days
        if one >= first
    ]
    months: dict[str, int] = {}
    for one in days:
        months.setdefault(words.month(one), (one - start).days // 7)
    return Strip(squares, [(column, name) for name, column in months.items()], squares[-1].column + 1)


def _chosen(versions: Sequence[AIStrategy], number: int) -> AIStrategy | None:
    by_number = next((one for one in versions if one.version == number), None)
    proposed = next((one for one in versions if one.status is StrategyStatus.PROPOSED), None)
    active = next((one for one in versions if one.status is StrategyStatus.ACTIVE), None)
    return by_number or proposed or active or (versions[0] if versions else None)
