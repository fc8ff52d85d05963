"""A model of the library that is booked, tried again, written down, and whose failures have words."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal

import structlog
from pydantic_ai.messages import ModelMessage, ModelMessagesTypeAdapter, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from aipromote.ai.errors import BudgetSpent, LedgerAway
from aipromote.ai.providers.failures import EMPTY, REFUSED, TRUNCATED, Failure, failure_of
from aipromote.ai.providers.ledger import Ledger
from aipromote.ai.providers.lineup import ModelName
from aipromote.ai.providers.pricing import Tokens, cost_micros
from aipromote.ai.providers.salvage import json_object
from aipromote.ai.spending import Booking, Purpose, Result
from aipromote.ai.states import CallOutcome
from aipromote.db.persisting import may_pass
from aipromote.errors import AipromoteError

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_FRAME_TOKENS = 1000
"""What a provider adds of its own around a request with a tool."""
_ID = re.compile(r"[\w.:/+=\-]{1,200}")


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which a model is asked."""

    name: ModelName
    ledger: Ledger
    purpose: Purpose
    max_tokens: int
    timeout_seconds: float
    retries: int
    prices: Mapping[str, tuple[Decimal, Decimal]]


@dataclass(frozen=True, slots=True)
class _Call:
    """One call under way."""

    booking: Booking | None
    begun: float


class Metered(WrapperModel):
    """Raises Failure instead of the library's errors; BudgetSpent and LedgerAway where a call may not be made."""

    def __init__(self, wrapped: Model, terms: Terms) -> None:
        super().__init__(wrapped)
        self._terms = terms

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """One answer, after as many attempts as it takes and is worth."""
        attempt = 0
        while True:
            try:
                return await self._once(messages, model_settings, model_request_parameters)
            except Failure as failure:
                await self._before_another(failure, attempt)
            attempt += 1

    async def _once(
        self, messages: list[ModelMessage], settings: ModelSettings | None, parameters: ModelRequestParameters
    ) -> ModelResponse:
        call = await self._begin(messages, parameters)
        async with self._written_down(call), asyncio.timeout(self._terms.timeout_seconds):
            response = await self.wrapped.request(messages, settings, parameters)
        flaw = _flaw(response)
        await self._end(call, response, flaw)
        if flaw is not None and flaw.kind != "empty":  # what answered nothing is asked to answer
            raise flaw
        return _unwrapped(response, parameters)

    @asynccontextmanager
    async def _written_down(self, call: _Call) -> AsyncGenerator[None]:
        """What is raised inside becomes a Failure, and stands in the ledger before it is seen."""
        try:
            yield
        except asyncio.CancelledError:
            await self._failed(call, Failure("cancelled", "it was stopped", may_be_charged=True))
            raise
        except (Failure, AipromoteError):
            raise
        except Exception as error:  # noqa: BLE001 -- whatever it is, it has a row and words
            failure = failure_of(error, self._terms.name)
            await self._failed(call, failure)
            raise failure from None

    async def _begin(self, messages: list[ModelMessage], parameters: ModelRequestParameters) -> _Call:
        terms = self._terms
        most = Tokens(_most_tokens(messages, parameters), terms.max_tokens)
        estimate = cost_micros(terms.name, most, own=terms.prices)
        try:
            booking = await terms.ledger.book(terms.name, terms.purpose, estimate)
        except BudgetSpent:
            raise
        except Exception as error:  # noqa: BLE001 -- its own words can hold parameters
            log.error("a call could not be booked", model=str(terms.name), kind=type(error).__name__)  # noqa: TRY400 -- a traceback may show the call
            raise LedgerAway(is_away=may_pass(error)) from None
        return _Call(booking, time.monotonic())

    async def _end(self, call: _Call, response: ModelResponse, flaw: Failure | None) -> None:
        used = response.usage
        is_told = bool(used.input_tokens or used.output_tokens)
        tokens = Tokens(used.input_tokens, used.output_tokens, used.cache_read_tokens, used.cache_write_tokens)
        name = response.provider_response_id
        outcome = CallOutcome.ANSWERED
        if flaw is not None:
            outcome = CallOutcome.REFUSED if flaw.is_refusal else CallOutcome.FAILED
        result = Result(
            outcome=outcome,
            latency_ms=_since(call),
            error_kind=flaw.kind if flaw else None,
            input_tokens=used.input_tokens if is_told else None,
            output_tokens=used.output_tokens if is_told else None,
            cost_micros=cost_micros(self._terms.name, tokens, own=self._terms.prices) if is_told else None,
            may_be_charged=True,
            request_id=name if name and _ID.fullmatch(name) else None,
        )
        await self._settle(call, result)

    async def _settle(self, call: _Call, result: Result) -> None:
        """An answer that was paid for is not thrown away because its row could not be written: it stays as booked."""
        try:
            await self._terms.ledger.settle(call.booking, result)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the answer is worth more
            key = str(call.booking.call_id) if call.booking else None
            log.error("a call could not be settled", call=key, kind=type(error).__name__)  # noqa: TRY400 -- a traceback may show the call -- no parameters

    async def _failed(self, call: _Call, failure: Failure) -> None:
        outcome = CallOutcome.REFUSED if failure.is_refusal else CallOutcome.FAILED
        result = Result(
            outcome=outcome,
            latency_ms=_since(call),
            error_kind=failure.kind,
            may_be_charged=failure.may_be_charged,
        )
        await self._settle(call, result)

    async def _before_another(self, failure: Failure, attempt: int) -> None:
        """Wait for the next attempt, or raise the failure where there is to be none."""
        wait = failure.wait(attempt) if attempt < self._terms.retries else None
        if wait is None:
            raise failure
        await asyncio.sleep(wait)


def _since(call: _Call) -> int:
    return round((time.monotonic() - call.begun) * 1000)


def _flaw(response: ModelResponse) -> Failure | None:
    """What is wrong with an answer that came."""
    if response.finish_reason == "content_filter":
        return Failure("refused", REFUSED, may_be_charged=True, is_refusal=True)
    if response.finish_reason == "length":
        return Failure("truncated", TRUNCATED, may_be_charged=True)
    says = any(
        isinstance(part, ToolCallPart) or (isinstance(part, TextPart) and part.content) for part in response.parts
    )
    return None if says else Failure("empty", EMPTY, may_be_charged=True)


def _most_tokens(messages: list[ModelMessage], parameters: ModelRequestParameters) -> int:
    """More than the request can have: no tokenizer makes more tokens of a text than it has bytes."""
    tools = sum(len(json.dumps(tool.parameters_json_schema)) for tool in parameters.output_tools)
    return len(ModelMessagesTypeAdapter.dump_json(messages)) + tools + _FRAME_TOKENS


def _unwrapped(response: ModelResponse, parameters: ModelRequestParameters) -> ModelResponse:
    """The answer without what stands around its JSON; where a tool was to be called and text came, as that call."""
    if any(isinstance(part, ToolCallPart) for part in response.parts):
        return response
    if not (parameters.output_tools or parameters.output_mode in {"prompted", "native"}):
        return response
    found = json_object("".join(part.content for part in response.parts if isinstance(part, TextPart)))
    if found is None:
        return response
    kept = [part for part in response.parts if not isinstance(part, TextPart)]
    if parameters.output_tools:
        return replace(response, parts=[*kept, ToolCallPart(parameters.output_tools[0].name, found)])
    return replace(response, parts=[*kept, TextPart(found)])
