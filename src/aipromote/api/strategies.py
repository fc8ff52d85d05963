"""GET /strategies: versions of the plan, what differs between two, and what the active one means for texts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, JsonValue

from aipromote.api.calls import Reading
from aipromote.api.lists import Shown
from aipromote.documents.content import PieceSource
from aipromote.documents.strategy import StrategyDocument
from aipromote.scheduling import standing
from aipromote.scheduling.replanning import Fate
from aipromote.strategy import queries
from aipromote.strategy.plans.changes import diff
from aipromote.strategy.plans.groups import groups
from aipromote.strategy.states import StrategyStatus

router = APIRouter()


class StrategyOut(Shown):
    """One version, without what it says."""

    id: UUID
    version: int
    status: StrategyStatus
    generated_by: str | None
    confidence: float | None
    accepted_at: datetime | None
    created_at: datetime


class StrategiesOut(BaseModel):
    """The newest versions, the newest first; at most fifty."""

    data: list[StrategyOut]


class WholeStrategyOut(StrategyOut):
    """A version with the six parts of its plan."""

    plan: StrategyDocument
    sources: list[PieceSource] | None
    """Which passages a model wrote it from; null where nobody noted it."""


class ChangeOut(BaseModel):
    """One difference. Changes of one `group` are accepted or rejected together."""

    group: str
    path: str
    label: str
    kind: str
    before: JsonValue
    after: JsonValue


class GroupOut(BaseModel):
    """Changes that go together, and why."""

    key: str
    title: str
    why: list[str]


class DiffOut(BaseModel):
    """What leads from one version to another."""

    before: int
    after: int
    groups: list[GroupOut]
    changes: list[ChangeOut]


class FateOut(BaseModel):
    """What a re-plan makes of one text. `needs_person`: only where a person says so."""

    piece_id: UUID
    fate: Fate
    to: date | None
    needs_person: bool
    why: str | None


class ReplanOut(BaseModel):
    """Texts of earlier versions that are not out."""

    data: list[FateOut]


@router.get("/strategies")
async def strategies(call: Reading) -> StrategiesOut:
    """All versions."""
    rows = await queries.versions(call.session, organization_id=call.organization_id)
    return StrategiesOut(data=[StrategyOut.model_validate(row) for row in rows])


@router.get("/strategies/{version}")
async def strategy(call: Reading, version: int) -> WholeStrategyOut:
    """One version by its number."""
    row = await queries.by_version(call.session, organization_id=call.organization_id, version=version)
    facts = StrategyOut.model_validate(row).model_dump()
    return WholeStrategyOut(**facts, plan=queries.document(row), sources=row.sources)


@router.get("/strategies/{version}/diff")
async def changes(call: Reading, version: int, against: int) -> DiffOut:
    """What this version changes of another one (`against`)."""
    mine: dict[str, Any] = {"organization_id": call.organization_id}
    before = queries.document(await queries.by_version(call.session, **mine, version=against))
    after = queries.document(await queries.by_version(call.session, **mine, version=version))
    found = groups(before, after, diff(before, after))
    return DiffOut(
        before=against,
        after=version,
        groups=[GroupOut(key=one.key, title=one.title, why=list(one.why)) for one in found],
        changes=[
            ChangeOut(
                group=one.key,
                path=change.path,
                label=change.label,
                kind=change.kind,
                before=change.before,
                after=change.after,
            )
            for one in found
            for change in one.changes
        ],
    )


@router.get("/replan")
async def replan(call: Reading) -> ReplanOut:
    """What a re-plan would do now; nothing is done by asking."""
    found = await standing.texts(call.session, organization_id=call.organization_id)
    verdicts = [] if found is None else [one for one in found.verdicts.values() if one.fate is not Fate.KEEP]
    rows = [
        FateOut(
            piece_id=one.text.piece_id,
            fate=one.fate,
            to=one.to.slot.date if one.to else None,
            needs_person=one.needs_person,
            why=one.text.leave,
        )
        for one in verdicts
    ]
    return ReplanOut(data=sorted(rows, key=lambda row: row.piece_id))
