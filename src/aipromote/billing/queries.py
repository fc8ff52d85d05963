"""Which plan somebody is on, and how much of it is used."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.models import User
from aipromote.billing.models import Subscription, Usage
from aipromote.billing.plans import COUNTABLES, FREE, IN_ALL, PLANS, Countable, Plan
from aipromote.billing.states import LIVE

_WARN_FROM = 0.8


@dataclass(frozen=True, slots=True)
class UsageLine:
    """How much of one thing was used. `limit` None: as much as you like."""

    what: Countable
    used: int
    limit: int | None

    @property
    def is_near_the_limit(self) -> bool:
        """Four fifths are used: time to say so."""
        return self.limit is not None and self.used >= self.limit * _WARN_FROM


def this_month() -> date:
    """The first day of the month that usage counts for, in UTC."""
    return clock.now().date().replace(day=1)


def in_all(what: Countable) -> ColumnElement[bool]:
    """Whether it is limited over all time and not by month."""
    return true() if what in IN_ALL else false()


async def plan_of(session: AsyncSession, *, user_id: UUID) -> Plan:
    """The user's plan. A name that this release does not know is held to the smallest one."""
    name = await session.scalar(select(User.plan).where(User.id == user_id))
    return PLANS.get(name or "", FREE)


async def subscription(session: AsyncSession, *, user_id: UUID) -> Subscription | None:
    """The user's live subscription, of which there is at most one."""
    return await session.scalar(
        select(Subscription).where(Subscription.user_id == user_id, Subscription.status.in_(LIVE))
    )


async def usage(session: AsyncSession, *, user_id: UUID) -> list[UsageLine]:
    """What was used this month (organizations: in all), beside the limits of the plan."""
    plan = await plan_of(session, user_id=user_id)
    counted = {what: getattr(Usage, what) for what in COUNTABLES}
    sums = [
        func.coalesce(func.sum(column).filter(in_all(what) | (Usage.month == this_month())), 0)
        for what, column in counted.items()
    ]
    used = (await session.execute(select(*sums).where(Usage.user_id == user_id))).one()
    return [UsageLine(what, count, plan.limits.get(what)) for what, count in zip(COUNTABLES, used, strict=True)]


async def left(
    session: AsyncSession, *, user_ids: Collection[UUID], what: Countable, months: Collection[date]
) -> dict[tuple[UUID, date], int]:
    """By user and month (its first day), how much of it the plan still allows; users without a limit are missing."""
    plans = await session.execute(select(User.id, User.plan).where(User.id.in_(sorted(user_ids))))
    limits = {user_id: PLANS.get(plan, FREE).limits.get(what) for user_id, plan in plans}
    limited = {user_id: limit for user_id, limit in limits.items() if limit is not None}
    if not limited:
        return {}
    column = getattr(Usage, what)
    mine = (Usage.user_id.in_(sorted(limited)), Usage.month.in_(sorted(months)))
    rows = await session.execute(select(Usage.user_id, Usage.month, column).where(*mine))
    used = {(user_id, month): count for user_id, month, count in rows}
    return {(user, month): limit - used.get((user, month), 0) for user, limit in limited.items() for month in months}
