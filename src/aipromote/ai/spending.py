"""What models cost an organization: a call is booked at its estimate before it is made, and settled afterwards.

The budget is kept in one row, and booking is one statement on it: whoever comes second waits for the first, and sees
what is left. A call whose process died stays booked at its estimate, since its provider may have charged it.

Amounts are millionths of a US dollar (micros). Months are calendar months in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.ai.errors import BudgetSpent
from aipromote.ai.models import ModelBudget, ModelCall
from aipromote.ai.states import CallOutcome
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.db.base import new_id

MICROS_PER_CENT = 10_000
SETTING = "AIPROMOTE_AI_BUDGET_CENTS"

# A month that has begun empties the row; a worker whose clock is behind books into the newer month.
_BOOK = text("""
    UPDATE model_budgets
       SET spent_micros = CASE WHEN month < :month THEN 0 ELSE spent_micros END + :estimate,
           month = greatest(month, :month)
     WHERE organization_id = :organization
       AND (coalesce(monthly_cents, CAST(:default_cents AS integer)) IS NULL
            OR CASE WHEN month < :month THEN 0 ELSE spent_micros END + :estimate
               <= CAST(coalesce(monthly_cents, CAST(:default_cents AS integer)) AS bigint) * 10000)
 RETURNING month
""")
_CORRECT = text("""
    UPDATE model_budgets SET spent_micros = greatest(0, spent_micros + :difference)
     WHERE organization_id = :organization AND month = :month
""")


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a call is made for, and with which version of which prompt."""

    purpose: str
    prompt: str
    prompt_version: int


@dataclass(frozen=True, slots=True)
class Booking:
    """A call that may be made. `month` is the one whose budget it burdens."""

    organization_id: UUID
    call_id: UUID
    month: date
    booked_micros: int


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a call. `cost_micros` is None where nobody knows it, tokens where the provider did not say.

    `may_be_charged` is for calls without a known cost: whether the provider may have charged them all the same.
    """

    outcome: CallOutcome
    latency_ms: int
    error_kind: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_micros: int | None = None
    may_be_charged: bool = False
    request_id: str | None = None


async def book(
    session: AsyncSession,
    *,
    organization_id: UUID,
    purpose: Purpose,
    provider: str,
    model: str,
    estimate_micros: int | None,
    must_have_price: bool,
    default_cents: int | None,
) -> Booking:
    """Take the call's estimate out of the month's budget, and write the call down as STARTED. Commit before calling.

    An unknown estimate counts nothing; with `must_have_price` it is refused where there is a budget. Raises
    BudgetSpent, after which nothing is written.
    """
    this_month = clock.now().date().replace(day=1)
    await session.execute(
        insert(ModelBudget)
        .values(organization_id=organization_id, id=new_id(), month=this_month)
        .on_conflict_do_nothing(index_elements=["organization_id"])
    )
    if estimate_micros is None and must_have_price:
        await _refuse_without_price(session, organization_id, f"{provider}:{model}", default_cents)
    estimate = estimate_micros or 0
    values = {
        "organization": organization_id,
        "month": this_month,
        "estimate": estimate,
        "default_cents": default_cents,
    }
    month = await session.scalar(_BOOK, values)
    if month is None:
        raise await _spent(session, organization_id, estimate, this_month, default_cents)
    call = ModelCall(
        organization_id=organization_id,
        id=new_id(),
        purpose=purpose.purpose,
        provider=provider,
        model=model[:200],
        prompt=purpose.prompt,
        prompt_version=purpose.prompt_version,
        counted_micros=estimate,
        created_at=clock.now(),
    )
    session.add(call)
    await session.flush()
    return Booking(organization_id, call.id, month, estimate)


async def settle(session: AsyncSession, booking: Booking, result: Result) -> None:
    """Write down what became of the call, and give back what was booked for more than it cost."""
    counted = result.cost_micros
    if counted is None:
        counted = booking.booked_micros if result.may_be_charged else 0
    values: dict[str, Any] = {
        "outcome": result.outcome,
        "latency_ms": result.latency_ms,
        "error_kind": result.error_kind,
        "input_tokens": result.input_tokens,
        "output_tokens": result.output_tokens,
        "cost_micros": result.cost_micros,
        "counted_micros": counted,
        "request_id": result.request_id,
    }
    mine = update(ModelCall).where(
        ModelCall.organization_id == booking.organization_id,
        ModelCall.id == booking.call_id,
        ModelCall.outcome == CallOutcome.STARTED,
    )
    if await session.scalar(mine.values(**values).returning(ModelCall.id)) is None:
        return
    if difference := counted - booking.booked_micros:
        correction = {"organization": booking.organization_id, "month": booking.month, "difference": difference}
        await session.execute(_CORRECT, correction)


async def set_budget(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, monthly_cents: int | None
) -> ModelBudget:
    """Give the organization a budget of its own, or with None leave it to the instance's setting."""
    this_month = clock.now().date().replace(day=1)
    made = insert(ModelBudget).values(
        organization_id=organization_id, id=new_id(), month=this_month, monthly_cents=monthly_cents
    )
    budget: ModelBudget = (
        await session.scalars(
            made.on_conflict_do_update(
                index_elements=["organization_id"], set_={"monthly_cents": monthly_cents}
            ).returning(ModelBudget),
            execution_options={"populate_existing": True},
        )
    ).one()
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="budget.set",
        subject="model_budgets",
        subject_id=budget.id,
        detail=Detail(after={"monthly_cents": monthly_cents}),
    )
    return budget


def dollars(micros: int) -> str:
    """`$1.25`; what is less than a cent with more digits."""
    amount = micros / 1_000_000
    return f"${amount:.2f}" if not micros or abs(micros) >= MICROS_PER_CENT else f"${amount:.6f}".rstrip("0")


async def _own(session: AsyncSession, organization_id: UUID) -> ModelBudget:
    found = select(ModelBudget).where(ModelBudget.organization_id == organization_id)
    return (await session.scalars(found, execution_options={"populate_existing": True})).one()


async def _refuse_without_price(
    session: AsyncSession, organization_id: UUID, name: str, default_cents: int | None
) -> None:
    budget = await _own(session, organization_id)
    if budget.monthly_cents is not None or default_cents is not None:
        raise BudgetSpent(
            f"The price of {name} is not known, so a budget cannot be kept with it. No call was made. Give its price "
            "in AIPROMOTE_AI_PRICES, or take the budget away."
        )


async def _spent(
    session: AsyncSession, organization_id: UUID, estimate: int, this_month: date, default_cents: int | None
) -> BudgetSpent:
    """The error, with the figures as they are."""
    budget = await _own(session, organization_id)
    spent = budget.spent_micros if budget.month >= this_month else 0
    cents = budget.monthly_cents if budget.monthly_cents is not None else default_cents or 0
    first = (max(budget.month, this_month) + timedelta(days=31)).replace(day=1)
    where = SETTING if budget.monthly_cents is None else "`aipromote ai budget`"
    return BudgetSpent(
        f"This month's budget for language models does not cover the next call: {dollars(spent)} of "
        f"{dollars(cents * MICROS_PER_CENT)} are spent, and the call may cost up to {dollars(estimate)}. It was not "
        f"made. The budget begins anew on {first.isoformat()} (UTC); {where} sets it."
    )
