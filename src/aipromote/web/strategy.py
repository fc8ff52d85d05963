"""The strategy as a memo, its versions, and the decision on a proposal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from aipromote.documents.strategy import SkeletonSlot
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Administering, Stay, Viewing
from aipromote.languages import _, ngettext
from aipromote.scheduling import actions as scheduling
from aipromote.scheduling.replanning import Fate
from aipromote.strategy import actions, intake, queries
from aipromote.strategy.models import AIStrategy
from aipromote.strategy.states import StrategyStatus
from aipromote.web import words
from aipromote.web.render import page
from aipromote.web.strategy_changes import became_active

router = APIRouter()

_GAP = 0.4  # percent of the share bar between two parts


@router.get("/strategy")
async def strategy_page(request: Request, stay: Viewing, version: int = 0) -> Response:
    """A version: the one asked for, else the proposal that waits, else the active one."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    versions = await queries.versions(stay.session, **mine)
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
        seen=queries.digest(shown),
        active=next((one for one in versions if one.status is StrategyStatus.ACTIVE), None),
        origins=await queries.origins(stay.session, **mine),
        numbers={one.id: one.version for one in versions},
        pending=await _pending(stay, versions),
        decidable=shown.status is StrategyStatus.PROPOSED,
    )


@router.post("/strategy/{strategy_id}/accept")
async def accept(
    stay: Administering,
    strategy_id: UUID,
    active: Annotated[int | None, Form()] = None,
    seen: Annotated[str | None, Form()] = None,
) -> Response:
    """Make the proposal the plan, and have the posts of its first two weeks written."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    made = await actions.accept(
        stay.session, stay.actor, **mine, strategy_id=strategy_id, seen_active=active, seen=seen
    )
    return await became_active(stay, made)


@router.post("/strategy/{strategy_id}/reject")
async def reject(stay: Administering, strategy_id: UUID) -> Response:
    """Set the proposal aside; the active strategy, if there is one, stays."""
    await actions.reject(stay.session, stay.actor, organization_id=stay.organization_id, strategy_id=strategy_id)
    return see_other("/strategy", Notice(_("The proposal is rejected. What was active stays active.")))


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
            f"{words.day(one)}: {ngettext('%(num)s post', '%(num)s posts', counts[one])}",
        )
        for one in days
        if one >= first
    ]
    months: dict[str, int] = {}
    for one in days:
        months.setdefault(words.month(one), (one - start).days // 7)
    return Strip(squares, [(column, name) for name, column in months.items()], squares[-1].column + 1)


async def _pending(stay: Stay, versions: Sequence[AIStrategy]) -> int:
    """How many texts of earlier versions wait for a re-plan."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    if not any(one.status is StrategyStatus.ARCHIVED for one in versions):
        return 0
    rows = await scheduling.replan(stay.session, stay.actor, **mine, preview=True)
    return sum(row.fate is not Fate.LEAVE for row in rows)


def _chosen(versions: Sequence[AIStrategy], number: int) -> AIStrategy | None:
    by_number = next((one for one in versions if one.version == number), None)
    proposed = next((one for one in versions if one.status is StrategyStatus.PROPOSED), None)
    active = next((one for one in versions if one.status is StrategyStatus.ACTIVE), None)
    return by_number or proposed or active or (versions[0] if versions else None)
