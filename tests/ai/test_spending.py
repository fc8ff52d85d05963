"""What models cost is bounded by the budget, however many calls are made at once."""

from __future__ import annotations

import asyncio
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from aipromote.accounts.actor import SYSTEM
from aipromote.ai import spending
from aipromote.ai.errors import BudgetSpent
from aipromote.ai.models import ModelBudget, ModelCall
from aipromote.ai.spending import Booking, Purpose, Result
from aipromote.ai.states import CallOutcome
from aipromote.db.database import Database
from factories import organizations

POSTS = Purpose("posts", "posts", 1)
CENT = spending.MICROS_PER_CENT


async def _book(
    database: Database, key: UUID, *, estimate: int | None = CENT, cents: int | None = 10, must_have_price: bool = True
) -> Booking:
    async with database.transaction(key) as session:
        return await spending.book(
            session,
            organization_id=key,
            purpose=POSTS,
            provider="openai",
            model="gpt-9",
            estimate_micros=estimate,
            must_have_price=must_have_price,
            default_cents=cents,
        )


async def _settle(database: Database, booking: Booking, **values: object) -> None:
    result = Result(**{"outcome": CallOutcome.ANSWERED, "latency_ms": 5, **values})
    async with database.transaction(booking.organization_id) as session:
        await spending.settle(session, booking, result)


async def _budget(database: Database, key: UUID) -> ModelBudget:
    async with database.transaction(key) as session:
        return (await session.scalars(select(ModelBudget))).one()


async def _calls(database: Database, key: UUID) -> list[ModelCall]:
    async with database.transaction(key) as session:
        return list(await session.scalars(select(ModelCall).order_by(ModelCall.id)))


async def test_of_twenty_calls_at_once_only_those_are_made_that_the_budget_covers(database: Database) -> None:
    key = (await organizations.organization(database)).id
    booked = await asyncio.gather(*(_book(database, key, cents=7) for _ in range(20)), return_exceptions=True)
    refused = [problem for problem in booked if isinstance(problem, BudgetSpent)]
    assert (len(refused), len(booked) - len(refused)) == (13, 7), booked
    assert (await _budget(database, key)).spent_micros == 7 * CENT
    assert len(await _calls(database, key)) == 7, "a refused call leaves no row"
    assert "$0.07 of $0.07" in refused[0].message
    assert "AIPROMOTE_AI_BUDGET_CENTS" in refused[0].message


async def test_settling_gives_back_what_was_booked_too_much(database: Database) -> None:
    key = (await organizations.organization(database)).id
    bookings = await asyncio.gather(*(_book(database, key) for _ in range(10)))
    await asyncio.gather(*(_settle(database, booking, cost_micros=300) for booking in bookings))
    assert (await _budget(database, key)).spent_micros == 3000
    assert {call.counted_micros for call in await _calls(database, key)} == {300}
    await _settle(database, bookings[0], cost_micros=300)
    assert (await _budget(database, key)).spent_micros == 3000, "settling again changes nothing"


@pytest.mark.parametrize(("may_be_charged", "counted"), [(True, CENT), (False, 0)])
async def test_a_failed_call_counts_only_where_it_may_have_been_charged(
    database: Database, may_be_charged: bool, counted: int
) -> None:
    key = (await organizations.organization(database)).id
    booking = await _book(database, key)
    await _settle(database, booking, outcome=CallOutcome.FAILED, error_kind="timeout", may_be_charged=may_be_charged)
    (call,) = await _calls(database, key)
    assert (call.cost_micros, call.counted_micros) == (None, counted)
    assert (await _budget(database, key)).spent_micros == counted


async def test_a_new_month_begins_with_nothing_spent(database: Database) -> None:
    key = (await organizations.organization(database)).id
    old = await _book(database, key, estimate=10 * CENT)
    async with database.transaction(key) as session:
        budget = (await session.scalars(select(ModelBudget))).one()
        budget.month = date(2026, 1, 1)
    await _book(database, key, estimate=4 * CENT)
    await _settle(database, Booking(key, old.call_id, date(2026, 1, 1), old.booked_micros), cost_micros=5)
    assert (await _budget(database, key)).spent_micros == 4 * CENT, "last month's call does not touch this month"


async def test_a_budget_of_its_own_comes_before_the_setting(database: Database) -> None:
    startup = await organizations.organization(database)
    async with database.transaction(startup.id) as session:
        await spending.set_budget(session, SYSTEM, organization_id=startup.id, monthly_cents=2)
    await _book(database, startup.id, estimate=2 * CENT, cents=None)
    with pytest.raises(BudgetSpent, match="aipromote ai budget"):
        await _book(database, startup.id, cents=1000)


async def test_an_unknown_price_is_refused_only_where_a_budget_is_to_be_kept(database: Database) -> None:
    key = (await organizations.organization(database)).id
    await _book(database, key, estimate=None, cents=None)
    await _book(database, key, estimate=None, must_have_price=False)
    with pytest.raises(BudgetSpent, match="AIPROMOTE_AI_PRICES"):
        await _book(database, key, estimate=None)
    assert {call.cost_micros for call in await _calls(database, key)} == {None}
