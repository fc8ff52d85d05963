"""The strategy as a memo, its versions, and the decision on a proposal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from aipromote.documents.vocabulary import Platform
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Administering, Stay, Viewing
from aipromote.languages import _
from aipromote.scheduling import actions as scheduling
from aipromote.scheduling.replanning import Fate
from aipromote.strategy import actions, intake, queries
from aipromote.strategy.models import AIStrategy
from aipromote.strategy.states import StrategyStatus
from aipromote.web import words
from aipromote.web.render import page
from aipromote.web.strategy_changes import became_active
from aipromote.web.strategy_drawing import Cell, hours, share_bar, weeks

router = APIRouter()


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
        maps=_maps(shown, stay.organization.time_zone),
        weeks=weeks(shown.calendar_skeleton, pillars=[pillar.name for pillar in shown.content_pillars]),
        one_day=timedelta(days=1),
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


@router.get("/strategy/compare")
async def compare(stay: Viewing, one: int = 0, other: int = 0) -> Response:
    """Any two versions side by side: what the later of them changes."""
    earlier, later = sorted((one, other))
    shown = await queries.by_version(stay.session, organization_id=stay.organization_id, version=later)
    return see_other(f"/strategy/{shown.id}/changes?against={earlier}")


def _maps(shown: AIStrategy, zone: str) -> dict[Platform, list[Cell]]:
    """The windows of each channel, drawn on the audience's clocks."""
    monday = words.monday_of(min(slot.date for slot in shown.calendar_skeleton))
    return {
        row.platform: hours(
            [window for window in shown.cadence.windows if window.platform is row.platform], zone=zone, week=monday
        )
        for row in shown.channel_plan
    }


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
