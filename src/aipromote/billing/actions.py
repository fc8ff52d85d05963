"""Counting what is used, within what the plan allows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, TextClause, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.models import User
from aipromote.billing import queries
from aipromote.billing.models import Subscription, Usage
from aipromote.billing.plans import COUNTABLES, IN_ALL, PLANS, Countable, Plan
from aipromote.billing.states import SubscriptionStatus
from aipromote.db.base import new_id
from aipromote.errors import Conflict, InvalidInput, LimitReached

_NOUNS: dict[Countable, str] = {
    "posts_generated": "posts written in a month",
    "posts_published": "posts published in a month",
    "strategies_generated": "strategies in a month",
    "organizations_created": "organizations",
}


def _counting(column: Countable) -> TextClause:
    return text(f"""
        INSERT INTO usage (id, user_id, month, {column})
        SELECT k.id, k.user_id, :month, k.amount
          FROM unnest(CAST(:ids AS uuid[]), CAST(:users AS uuid[]), CAST(:amounts AS int[])) AS k (id, user_id, amount)
          JOIN users u ON u.id = k.user_id AND u.plan = ANY (CAST(:plans AS text[]))
         ORDER BY k.user_id
            ON CONFLICT (user_id, month) DO UPDATE SET {column} = usage.{column} + excluded.{column}
        RETURNING user_id
    """)  # noqa: S608 -- one of our own four columns


_COUNT = {what: _counting(what) for what in COUNTABLES}


async def consume(session: AsyncSession, *, user_id: UUID, what: Countable, amount: int = 1) -> None:
    """Count `amount` more of it for the user, in the transaction of the act itself. Raises LimitReached.

    One statement checks and counts, so two at once cannot both take the last one.
    """
    plan = await queries.plan_of(session, user_id=user_id)
    limit = plan.limits.get(what)
    month = queries.this_month()
    before = _earlier(user_id=user_id, month=month, what=what) if what in IN_ALL else literal(0)
    counted = getattr(Usage, what)
    first = select(literal(new_id()), literal(user_id), literal(month), literal(amount))
    count = insert(Usage).from_select(["id", "user_id", "month", what], _within(first, before + amount, limit))
    count = count.on_conflict_do_update(
        index_elements=["user_id", "month"],
        set_={what: counted + amount},
        where=None if limit is None else before + counted + amount <= limit,
    )
    if await session.scalar(count.returning(counted)) is None:
        raise _reached(plan, what)


async def require_room(session: AsyncSession, *, user_id: UUID, what: Countable) -> int | None:
    """How many more the plan allows, None where it has no limit. Raises LimitReached where it allows none.

    For what costs something before it is counted: `consume` decides, in the transaction of the act.
    """
    line = next(line for line in await queries.usage(session, user_id=user_id) if line.what == what)
    if line.limit is None:
        return None
    if line.used >= line.limit:
        raise _reached(await queries.plan_of(session, user_id=user_id), what)
    return line.limit - line.used


def _reached(plan: Plan, what: Countable) -> LimitReached:
    limit = f"{_NOUNS[what]}, {plan.limits.get(what)}"
    return LimitReached(f"This is the limit of the plan {plan.label}: {limit}. A larger plan allows more.", field=what)


async def consume_many(session: AsyncSession, *, what: Countable, amounts: Mapping[UUID, int]) -> frozenset[UUID]:
    """The same for many users at once. Returns those whose limit does not allow the whole amount: nothing was counted.

    Those without a limit, usually all, are counted in one statement. Users are counted in one order, so that two
    transactions with common users wait for each other and do not deadlock.
    """
    users = sorted(amounts)
    values = {
        "users": users,
        "amounts": [amounts[user_id] for user_id in users],
        "ids": [new_id() for _ in users],
        "month": queries.this_month(),
        "plans": [name for name, plan in PLANS.items() if plan.limits.get(what) is None],
    }
    counted = {row.user_id for row in await session.execute(_COUNT[what], values)}
    refused = set()
    for user_id in users:
        if user_id in counted:
            continue
        try:
            await consume(session, user_id=user_id, what=what, amount=amounts[user_id])
        except LimitReached:
            refused.add(user_id)
    return frozenset(refused)


async def give_back(session: AsyncSession, *, what: Countable, amounts: Mapping[UUID, int]) -> None:
    """What was counted this month did not happen after all."""
    counted = getattr(Usage, what)
    month = queries.this_month()
    for user_id in sorted(amounts):
        less = {what: func.greatest(0, counted - amounts[user_id])}
        await session.execute(update(Usage).where(Usage.user_id == user_id, Usage.month == month).values(less))


async def start_subscription(session: AsyncSession, *, user_id: UUID, plan_id: str) -> Subscription:
    """Put the user on a plan. Raises InvalidInput for an unknown plan, Conflict where a subscription is live."""
    if plan_id not in PLANS:
        raise InvalidInput(f"There is no plan {plan_id!r}; there are {', '.join(PLANS)}.", field="plan_id")
    start = insert(Subscription).values(user_id=user_id, plan_id=plan_id, status=SubscriptionStatus.ACTIVE)
    started: Subscription | None = await session.scalar(start.on_conflict_do_nothing().returning(Subscription))
    if started is None:
        raise Conflict("There is a subscription already; it has to end before another one begins.")
    await session.execute(update(User).where(User.id == user_id).values(plan=plan_id))
    return started


def _earlier(*, user_id: UUID, month: date, what: Countable) -> ColumnElement[int]:
    """How much was counted in all other months, which do not change any more."""
    total = func.coalesce(func.sum(getattr(Usage, what)), 0)
    return select(total).where(Usage.user_id == user_id, Usage.month != month).scalar_subquery()


def _within(
    row: Select[UUID, UUID, date, int], used: ColumnElement[int], limit: int | None
) -> Select[UUID, UUID, date, int]:
    """The row to insert, or none where already the first use goes beyond the limit."""
    return row if limit is None else row.where(used <= limit)
