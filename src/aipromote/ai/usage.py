"""What calls of models were made, and what they cost: reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.ai.models import ModelBudget, ModelCall
from aipromote.ai.states import CallOutcome


@dataclass(frozen=True, slots=True)
class Used:
    """The calls of one purpose with one model. Amounts are millionths of a US dollar.

    `cost_micros` is what is known; `without_cost` of the answers have a cost that nobody knows. `counted_micros` is
    what the budgets were burdened with: besides known costs the estimates of calls whose outcome is not known.
    """

    purpose: str
    model: str
    calls: int
    answered: int
    refused: int
    failed: int
    input_tokens: int
    output_tokens: int
    cost_micros: int
    without_cost: int
    counted_micros: int


@dataclass(frozen=True, slots=True)
class Budget:
    """This month's budget of an organization. `limit_cents` None: there is none."""

    limit_cents: int | None
    is_own: bool
    spent_micros: int


async def by_purpose(session: AsyncSession, *, start: datetime, end: datetime) -> list[Used]:
    """Calls begun in [start, end) of all organizations that the session sees, the dearest first."""

    def ended(outcome: CallOutcome) -> ColumnElement[int]:
        return func.count().filter(ModelCall.outcome == outcome)

    answered = ModelCall.outcome == CallOutcome.ANSWERED
    name = func.concat(ModelCall.provider, ":", ModelCall.model)
    rows = await session.execute(
        select(
            ModelCall.purpose,
            name,
            func.count(),
            ended(CallOutcome.ANSWERED),
            ended(CallOutcome.REFUSED),
            ended(CallOutcome.FAILED),
            func.coalesce(func.sum(ModelCall.input_tokens), 0),
            func.coalesce(func.sum(ModelCall.output_tokens), 0),
            func.coalesce(func.sum(ModelCall.cost_micros), 0),
            func.count().filter(answered, ModelCall.cost_micros.is_(None)),
            func.sum(ModelCall.counted_micros),
        )
        .where(ModelCall.created_at >= start, ModelCall.created_at < end)
        .group_by(ModelCall.purpose, name)
        .order_by(func.sum(ModelCall.counted_micros).desc(), ModelCall.purpose, name)
    )
    return [Used(row[0], row[1], *map(int, row[2:])) for row in rows]


async def budget(session: AsyncSession, *, default_cents: int | None) -> Budget:
    """Of the one organization that the session sees."""
    own = await session.scalar(select(ModelBudget))
    if own is None:
        return Budget(default_cents, is_own=False, spent_micros=0)
    is_own = own.monthly_cents is not None
    is_now = own.month >= _first(clock.now())
    return Budget(own.monthly_cents if is_own else default_cents, is_own, own.spent_micros if is_now else 0)


def _first(at: datetime) -> date:
    return at.date().replace(day=1)
