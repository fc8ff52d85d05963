"""The model that makes embeddings: booked, tried again, and written down as all calls are."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import structlog
from pydantic_ai.embeddings.result import EmbeddingResult

from aipromote.ai.embedder import DIMENSIONS, Vector
from aipromote.ai.errors import BudgetSpent, ModelsFailed
from aipromote.ai.providers.building import build_embedding
from aipromote.ai.providers.failures import Failure, failure_of
from aipromote.ai.providers.ledger import Ledger, OrganizationLedger
from aipromote.ai.providers.lineup import EMBEDDING, MODELS, ModelName, own_prices
from aipromote.ai.providers.pricing import Tokens, cost_micros
from aipromote.ai.spending import Booking, Purpose, Result
from aipromote.ai.states import CallOutcome
from aipromote.db.database import Database
from aipromote.settings import Settings

log: structlog.stdlib.BoundLogger = structlog.get_logger()

PURPOSE = Purpose("embedding", "embedding", 1)
"""No prompt is sent along: the texts go as they are."""
IMPATIENT_SECONDS = 10.0
"""For a question: somebody waits, and words find something without it."""
_SHORTEST, _LONGEST = 1e-6, 1e18
"""Between these the direction of a vector of `real` numbers is certain."""
_FRAME_TOKENS = 20
"""What a provider may put around each text."""


@dataclass(frozen=True, slots=True)
class PaidEmbedder:
    """The model that is set up, on somebody's budget."""

    config: Settings
    ledger: Ledger
    model: ModelName

    @classmethod
    def of(cls, config: Settings, name: ModelName, *, database: Database, organization_id: UUID) -> PaidEmbedder:
        """On the organization's budget. Raises SetupError for prices that are not clear."""
        own_prices(config)
        return cls(config, OrganizationLedger(database, organization_id, config.ai_budget_cents), name)

    @property
    def name(self) -> str:
        """`openai:text-embedding-3-small`."""
        return str(self.model)

    async def embed(
        self, texts: Sequence[str], *, kind: Literal["query", "document"], patient: bool = True
    ) -> list[Vector]:
        """See Embedder."""
        attempt = 0
        while True:
            try:
                return await self._once(texts, kind, self._seconds(patient=patient))
            except Failure as failure:
                log.warning("embedding failed", model=self.name, kind=failure.kind)
                wait = failure.wait(attempt) if patient and attempt < self.config.ai_retries else None
                if wait is None:
                    raise self._told(failure) from None
                await asyncio.sleep(wait)
            attempt += 1

    def _seconds(self, *, patient: bool) -> float:
        return self.config.ai_timeout_seconds if patient else min(self.config.ai_timeout_seconds, IMPATIENT_SECONDS)

    def _failure(self, error: Exception) -> Failure:
        if isinstance(error, Failure):
            return error
        # What the provider's own library raises for an answer without vectors.
        return _garbled() if isinstance(error, ValueError) else failure_of(error, self.model)

    def _told(self, failure: Failure) -> ModelsFailed:
        words = failure.words.rstrip(".").replace(MODELS, EMBEDDING)
        return ModelsFailed(f"{self.name}: {words}.", reasons=((self.name, words),))

    async def _once(self, texts: Sequence[str], kind: Literal["query", "document"], seconds: float) -> list[Vector]:
        model, connection = build_embedding(self.model, self.config)
        booking = await self._book(texts)
        begun = time.monotonic()
        try:
            async with asyncio.timeout(seconds), connection:
                answer = await model.embed(texts, input_type=kind)
            vectors = _vectors(answer, len(texts))
        except asyncio.CancelledError:
            await self._failed(booking, begun, Failure("cancelled", "it was stopped", may_be_charged=True))
            raise
        except Exception as error:  # noqa: BLE001 -- whatever it is, it has a row and words
            failure = self._failure(error)
            await self._failed(booking, begun, failure)
            raise failure from None
        await self._answered(booking, begun, answer)
        return vectors

    async def _book(self, texts: Sequence[str]) -> Booking | None:
        """No tokenizer makes more tokens of a text than it has bytes."""
        most = Tokens(sum(len(text.encode()) + _FRAME_TOKENS for text in texts), 0)
        estimate = cost_micros(self.model, most, own=own_prices(self.config))
        try:
            return await self.ledger.book(self.model, PURPOSE, estimate)
        except BudgetSpent as spent:
            raise Failure("budget", spent.message) from None

    async def _answered(self, booking: Booking | None, begun: float, answer: EmbeddingResult) -> None:
        used = answer.usage.input_tokens
        result = Result(
            outcome=CallOutcome.ANSWERED,
            latency_ms=_since(begun),
            input_tokens=used or None,
            output_tokens=0 if used else None,
            cost_micros=cost_micros(self.model, Tokens(used, 0), own=own_prices(self.config)) if used else None,
            may_be_charged=True,
        )
        await self._settle(booking, result)

    async def _failed(self, booking: Booking | None, begun: float, failure: Failure) -> None:
        result = Result(
            outcome=CallOutcome.REFUSED if failure.is_refusal else CallOutcome.FAILED,
            latency_ms=_since(begun),
            error_kind=failure.kind,
            may_be_charged=failure.may_be_charged,
        )
        await self._settle(booking, result)

    async def _settle(self, booking: Booking | None, result: Result) -> None:
        """What was paid for is not thrown away because its row could not be written: it stays as booked."""
        try:
            await self.ledger.settle(booking, result)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the answer is worth more
            key = str(booking.call_id) if booking else None
            log.error("a call could not be settled", call=key, kind=type(error).__name__)  # noqa: TRY400 -- no parameters


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)


def _vectors(answer: EmbeddingResult, wanted: int) -> list[Vector]:
    """One for each text, of one length, of finite numbers that are not all zero. Raises Failure otherwise."""
    vectors = [[float(number) for number in each] for each in answer.embeddings]
    lengths = {len(vector) for vector in vectors}
    fine = len(vectors) == wanted and len(lengths) == 1 and lengths <= set(DIMENSIONS)
    if not fine or not all(map(_points, vectors)):
        raise _garbled()
    return vectors


def _garbled() -> Failure:
    return Failure("garbled", "its answer is no list of vectors, one for each text", may_be_charged=True)


def _points(vector: Vector) -> bool:
    """Whether it has a direction that a `real` can tell."""
    length = math.sqrt(sum(number * number for number in vector))
    return math.isfinite(length) and _SHORTEST < length < _LONGEST
