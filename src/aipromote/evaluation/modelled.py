"""Evaluating a model: what it will cost at most, what it did cost, and a bound that is kept.

Nobody's budget pays for an evaluation, so nothing of it is written down. What bounds it is the amount that a person
agreed to: a call that could lead beyond it is not made.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from aipromote.ai.errors import BudgetSpent
from aipromote.ai.providers.ledger import Ledger
from aipromote.ai.providers.lineup import Lineup, ModelName, own_prices
from aipromote.ai.spending import Booking, Purpose, Result, dollars
from aipromote.ai.writer import Slot, Writer
from aipromote.content.generation import BATCH
from aipromote.documents.brief import Brief
from aipromote.documents.content import PostDraft
from aipromote.documents.facts import Fact
from aipromote.documents.strategy import StrategyDocument
from aipromote.errors import AipromoteError, SetupError
from aipromote.evaluation.running import Row, Spent, evaluate
from aipromote.settings import Settings

_MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class Quote:
    """What an evaluation takes: `calls` where every first answer can be used, and the most that there can be.

    `most_micros` is None where the price of the model is not known.
    """

    calls: int
    most_calls: int
    most_micros: int | None


@dataclass
class _Quoting:
    """A ledger that only listens what calls would be booked at, and lets none of them through."""

    estimates: list[int | None] = field(default_factory=list)

    async def book(self, name: ModelName, purpose: Purpose, estimate_micros: int | None) -> None:
        self.estimates.append(estimate_micros)
        raise BudgetSpent(f"{name} is not asked for {purpose.purpose}: this is a quote.")

    async def settle(self, booking: Booking | None, result: Result) -> None:  # noqa: ARG002 -- a ledger's
        raise AssertionError("nothing was booked")


@dataclass
class Tally:
    """A ledger that adds up, and refuses what could lead beyond the quote."""

    quote: Quote
    calls: int = 0
    spent_micros: int = 0
    is_known: bool = True
    _under_way: int = 0
    _told: tuple[int, int] = (0, 0)

    async def book(self, name: ModelName, purpose: Purpose, estimate_micros: int | None) -> None:
        """Count a call. One after the other: an evaluation asks for nothing at the same time."""
        most, would = self.quote.most_micros, self.spent_micros + (estimate_micros or 0)
        if self.calls >= self.quote.most_calls or (most is not None and would > most):
            raise BudgetSpent(
                f"{name} is not asked any more for {purpose.purpose}: after {self.calls} calls and "
                f"{dollars(self.spent_micros)}, the next call could lead beyond what was agreed to."
            )
        self.calls += 1
        self._under_way = estimate_micros or 0

    async def settle(self, booking: Booking | None, result: Result) -> None:  # noqa: ARG002 -- a ledger's
        """Add what the call cost. What may have been charged without anybody saying so counts as estimated."""
        if result.cost_micros is not None:
            self.spent_micros += result.cost_micros
        elif result.may_be_charged:
            self.is_known = False
            self.spent_micros += self._under_way

    def taken(self) -> Spent:
        """What came since the last question."""
        before, self._told = self._told, (self.calls, self.spent_micros)
        amount = Decimal(self.spent_micros - before[1]) / _MICROS
        known, self.is_known = self.is_known, True
        return Spent(amount if known else None, self.calls - before[0])


async def quote(config: Settings, name: ModelName, briefs: Mapping[str, Brief], *, start: date, days: int) -> Quote:
    """Go through everything without a single call. Raises SetupError, and AipromoteError where the key is missing."""
    from aipromote.ai.providers.asking import REPAIRS  # noqa: PLC0415 -- large, and not needed without models

    await asyncio.to_thread(_must_be_askable, config, name)
    ledger = _Quoting()
    async for row in evaluate(_Asking(config, name, ledger), briefs, start=start, days=days, batch=BATCH):
        if row.problem is not None:
            raise AipromoteError(f"{row.name}: {row.problem}")
    calls = len(ledger.estimates)
    # An answer goes back for its shape, and once more for what it says; what is sent then holds the answers before.
    rounds = 1 + REPAIRS + 1
    known = [estimate for estimate in ledger.estimates if estimate is not None]
    most = sum(known) * rounds if len(known) == calls else None
    return Quote(calls, calls * rounds, most)


async def evaluate_model(
    config: Settings,
    name: ModelName,
    briefs: Mapping[str, Brief],
    *,
    start: date,
    days: int,
    tally: Tally,
) -> AsyncIterator[Row]:
    """A row for each brief, written as a worker would: the same batches. No other writer stands behind the model.

    A post that it could not write in a way that can be used is the offline writer's, as always, and counted.
    """
    for one, brief in briefs.items():
        writer = _writer(config, name, tally, has_offline=False)
        async for row in evaluate(writer, {one: brief}, start=start, days=days, meter=tally.taken, batch=BATCH):
            yield row


class _Asking:
    """A writer that asks anew each time, since one that was refused once asks for nothing more."""

    def __init__(self, config: Settings, name: ModelName, ledger: Ledger) -> None:
        self._given = config, name, ledger
        self.name = str(name)

    async def strategy(self, brief: Brief, *, facts: Sequence[Fact], start: date, version: int) -> StrategyDocument:
        return await self._fresh().strategy(brief, facts=facts, start=start, version=version)

    async def posts(
        self, brief: Brief, strategy: StrategyDocument, *, slots: Sequence[Slot], **given: Any
    ) -> list[PostDraft]:
        return await self._fresh().posts(brief, strategy, slots=slots, **given)

    def _fresh(self) -> Writer:
        return _writer(*self._given, has_offline=True)


def _writer(config: Settings, name: ModelName, ledger: Ledger, *, has_offline: bool) -> Writer:
    from aipromote.ai.modelled.writing import ModelledWriter  # noqa: PLC0415 -- large, and not needed without models
    from aipromote.ai.providers.asking import Models  # noqa: PLC0415 -- likewise

    return ModelledWriter(Models(config, ledger, Lineup((name,), has_offline=has_offline)))


def _must_be_askable(config: Settings, name: ModelName) -> None:
    """Raises SetupError where a key or an address is missing. Takes seconds: it loads the provider's library."""
    from aipromote.ai.providers.building import build  # noqa: PLC0415 -- likewise
    from aipromote.ai.providers.failures import Failure  # noqa: PLC0415 -- likewise

    own_prices(config)
    try:
        build(name, config)
    except Failure as failure:
        raise SetupError(f"{name} cannot be asked: {failure.words}.") from None
