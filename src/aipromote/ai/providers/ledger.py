"""Where calls are booked and written down: the organization's budget, or nowhere where there is no organization yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from aipromote.ai import spending
from aipromote.ai.providers.lineup import ModelName, Provider
from aipromote.ai.spending import Booking, Purpose, Result
from aipromote.db.database import Database


class Ledger(Protocol):
    """Books a call before it is made, and settles it afterwards."""

    async def book(self, name: ModelName, purpose: Purpose, estimate_micros: int | None) -> Booking | None:
        """Committed when it returns. Raises BudgetSpent."""
        ...

    async def settle(self, booking: Booking | None, result: Result) -> None:
        """Committed when it returns."""
        ...


@dataclass(frozen=True, slots=True)
class OrganizationLedger:
    """Burdens the organization's budget. Each entry is a short transaction of its own: a call may take a minute."""

    database: Database
    organization_id: UUID
    default_cents: int | None

    async def book(self, name: ModelName, purpose: Purpose, estimate_micros: int | None) -> Booking:
        """See Ledger. A server of one's own may be without a price; one that sends bills may not."""
        async with self.database.transaction(self.organization_id) as session:
            return await spending.book(
                session,
                organization_id=self.organization_id,
                purpose=purpose,
                provider=name.provider.value,
                model=name.model,
                estimate_micros=estimate_micros,
                must_have_price=name.provider is not Provider.COMPATIBLE,
                default_cents=self.default_cents,
            )

    async def settle(self, booking: Booking | None, result: Result) -> None:
        """See Ledger."""
        if booking is not None:
            async with self.database.transaction(self.organization_id) as session:
                await spending.settle(session, booking, result)


class NoLedger:
    """For calls that nobody's budget pays: a check before there is an organization."""

    async def book(self, name: ModelName, purpose: Purpose, estimate_micros: int | None) -> None:
        """Nothing is written."""

    async def settle(self, booking: Booking | None, result: Result) -> None:
        """Nothing is written."""
