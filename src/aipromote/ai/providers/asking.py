"""The one way to ask a model: for an answer of a shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

import structlog
from pydantic import BaseModel
from pydantic_ai import Agent, ModelRetry, PromptedOutput, ToolOutput
from pydantic_ai.exceptions import AgentRunError, ContentFilterError

from aipromote.ai.errors import BudgetSpent
from aipromote.ai.prompting import Rendered, load, render
from aipromote.ai.providers.building import build, request_settings
from aipromote.ai.providers.failures import REFUSED, Failure, all_failed
from aipromote.ai.providers.ledger import Ledger, OrganizationLedger
from aipromote.ai.providers.lineup import Lineup, ModelName, Provider, lineup, own_prices
from aipromote.ai.providers.metering import Metered, Terms
from aipromote.ai.spending import Purpose
from aipromote.db.database import Database
from aipromote.errors import AipromoteError
from aipromote.settings import Settings

log: structlog.stdlib.BoundLogger = structlog.get_logger()

T = TypeVar("T", bound=BaseModel)
Check = Callable[[T], Sequence[str]]
"""What is wrong with an answer of the right shape, each in a sentence for the model."""

REPAIRS = 2
"""How often an answer of a wrong shape goes back."""
MAX_TOKENS = 8000
_ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What a model answered; `model` is its name, `prompt` the version that it was asked with."""

    value: T
    model: ModelName
    prompt: str


@dataclass(frozen=True, slots=True)
class Models:
    """The models that are set up, asked in their order for one organization."""

    config: Settings
    ledger: Ledger
    lineup: Lineup

    @classmethod
    def of(cls, config: Settings, *, database: Database, organization_id: UUID) -> Models:
        """Those of the settings, on the organization's budget. Raises SetupError for settings that are not clear."""
        own_prices(config)
        ledger = OrganizationLedger(database, organization_id, config.ai_budget_cents)
        return cls(config, ledger, lineup(config))

    async def ask(
        self,
        prompt: str,
        context: Mapping[str, Any],
        output: type[T],
        *,
        purpose: str | None = None,
        check: Check[T] | None = None,
        max_tokens: int = MAX_TOKENS,
    ) -> Answer[T]:
        """An answer of the type `output` to the prompt of this name (see `prompting.render` for `context`).

        An answer of another shape goes back with what is wrong, at most REPAIRS times; one in which `check` finds
        something goes back once, and then is handed over as it is: look again. Then the next model is asked.

        Raises BudgetSpent and ModelsFailed; LedgerAway, at once, where a call could not be booked.
        """
        rendered = render(load(prompt), context)
        failures = []
        for name in self.lineup.models:
            terms = self._terms(name, rendered, purpose, max_tokens)
            try:
                value = await _answer(self.config, terms, rendered, output, check)
                return Answer(value, name, rendered.prompt.label)
            except Failure as failure:
                log.warning("model failed", model=str(name), kind=failure.kind, prompt=rendered.prompt.label)
                failures.append((name, failure))
        raise all_failed(failures)

    def _terms(self, name: ModelName, rendered: Rendered, purpose: str | None, max_tokens: int) -> Terms:
        prompt = rendered.prompt
        return Terms(
            name=name,
            ledger=self.ledger,
            purpose=Purpose(purpose or prompt.purpose, prompt.name, prompt.version),
            max_tokens=max_tokens,
            timeout_seconds=self.config.ai_timeout_seconds,
            retries=self.config.ai_retries,
            prices=own_prices(self.config),
        )


async def _answer(config: Settings, terms: Terms, rendered: Rendered, output: type[T], check: Check[T] | None) -> T:
    """One model's answer. Raises Failure."""
    model = Metered(build(terms.name, config), terms)
    # Tools are what the big providers follow best. Of other servers, not every model knows them, but all can be told.
    wanted: Any = ToolOutput(output, name=_ANSWER, strict=False)
    if terms.name.provider is Provider.COMPATIBLE:
        wanted = PromptedOutput(output)
    agent = Agent(model, output_type=wanted, instructions=rendered.system, retries={"output": REPAIRS + bool(check)})
    rounds = 1

    @agent.output_validator
    def look(value: T) -> T:
        nonlocal rounds
        problems = check(value) if check and rounds else ()
        if problems:
            rounds -= 1
            raise ModelRetry("Mend this and answer anew, as a whole:\n" + "\n".join(f"- {each}" for each in problems))
        return value

    settings = request_settings(terms.name, config, max_tokens=terms.max_tokens)
    try:
        async with model:
            return (await agent.run(rendered.user, model_settings=settings)).output  # type: ignore[no-any-return]  # T, checked by the library
    except Exception as error:  # noqa: BLE001 -- see _told
        raise _told(error) from None


def _told(error: Exception) -> Exception:
    """A Failure for whatever the library raises: its own words can hold the prompt, the answer or parts of a key."""
    if isinstance(error, BudgetSpent):
        return Failure("budget", error.message)
    if isinstance(error, (Failure, AipromoteError)):
        return error
    if isinstance(error, ContentFilterError):
        return Failure("refused", REFUSED, is_refusal=True)
    if isinstance(error, AgentRunError):
        return Failure("invalid", "its answers had another shape than asked for, even when it was told what was wrong")
    log.error("asking a model failed", kind=type(error).__name__)
    return Failure("unexpected", f"something unexpected happened ({type(error).__name__})")
