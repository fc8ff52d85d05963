"""Models are asked over HTTP in their providers' own protocols, and whatever they do has words and a row."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

import pytest
from pydantic import BaseModel
from sqlalchemy import select

from ai.model_server import KEY, Drop, Filled, Late, ModelServer, Raw, Refusal, Status, Text, serving
from ai.model_server import Answer as Told
from aipromote.ai.errors import BudgetSpent, ModelsFailed
from aipromote.ai.models import ModelBudget, ModelCall
from aipromote.ai.providers.asking import Answer, Models
from aipromote.ai.states import CallOutcome
from aipromote.db.database import Database
from aipromote.settings import Settings
from factories import organizations

MODELS = ("openai:gpt-5", "compatible:llama3", "anthropic:claude-sonnet-5", "google:gemini-2.5-flash")
CONTEXT = {"one": 2, "other": 3, "word": "a canary of the brief"}
GOOD = {"total": 5, "word": "apple"}

every_model = pytest.mark.parametrize("model", MODELS)


class Sum(BaseModel):
    total: int
    word: str


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with serving() as server:
        yield server


async def _models(database: Database, server: ModelServer, names: str, **values: object) -> Models:
    startup = await organizations.organization(database)
    config = Settings.model_validate(server.settings(names, ai_retries=1, **values))
    return Models.of(config, database=database, organization_id=startup.id)


async def _rows(database: Database, models: Models) -> list[ModelCall]:
    async with database.transaction(models.ledger.organization_id) as session:
        return list(await session.scalars(select(ModelCall).order_by(ModelCall.id)))


async def _outcomes(database: Database, models: Models) -> list[tuple[str, str | None]]:
    return [(row.outcome.value, row.error_kind) for row in await _rows(database, models)]


@every_model
@pytest.mark.parametrize(
    "answer",
    [
        Filled(GOOD),
        Text('Sure, here it is {as asked}:\n```json\n{"total": 5, "word": "apple"}\n```\nAnything else?'),
        Text('The answer is {"total": 5, "word": "apple"}, I think.'),
    ],
    ids=["plain", "fenced", "in prose"],
)
async def test_an_answer_is_taken_out_of_what_stands_around_it(
    database: Database, server: ModelServer, model: str, answer: Told
) -> None:
    models = await _models(database, server, model)
    server.will(answer)
    given = await models.ask("check", CONTEXT, Sum)
    assert (given.value.model_dump(), str(given.model), given.prompt) == (GOOD, model, "check.v1")
    (row,) = await _rows(database, models)
    assert (row.outcome, row.input_tokens, row.output_tokens) == (CallOutcome.ANSWERED, 1200, 80)
    assert (row.purpose, row.prompt, row.prompt_version) == ("check", "check", 1)
    assert row.request_id is not None
    assert row.cost_micros is None if model.startswith("compatible") else row.cost_micros > 0


@every_model
async def test_an_answer_of_a_wrong_shape_goes_back_with_what_is_wrong(
    database: Database, server: ModelServer, model: str
) -> None:
    models = await _models(database, server, model)
    server.will(Filled({"total": "many", "word": "apple"}), Filled(GOOD))
    assert (await models.ask("check", CONTEXT, Sum)).value.total == 5
    assert "valid integer" in server.calls[1].text
    assert await _outcomes(database, models) == [("ANSWERED", None)] * 2


FAILURES: dict[str, tuple[list[Told], str, list[str]]] = {
    "a wrong key": ([Status(401)], "put a valid one into AIPROMOTE_AI_", ["key"]),
    "no such model": ([Status(404)], "there is no model of this name (HTTP 404", ["no_model"]),
    "nonsense": ([Text("I cannot do JSON")], "another shape", [None, None, None]),
    "nothing": ([Text("")], "another shape", ["empty", "empty", "empty"]),
    "broken off": ([Text('{"total": 5', cut=True)], "broke off", ["truncated"]),
    "refused": ([Refusal()], "it refused to answer this", ["refused"]),
    "out of order": ([Status(500)], "it is out of order (HTTP 500", ["unavailable", "unavailable"]),
    "dropped": ([Drop()], "the connection broke off", ["connection", "connection"]),
    "too busy for long": ([Status(429, {"Retry-After": "3600"})], "it asks to wait 3600 seconds", ["busy"]),
    "malformed": ([Raw("<html>a proxy</html>")], "cannot be read", ["garbled"]),
    "too slow": ([Late(3, Filled(GOOD))], "AIPROMOTE_AI_TIMEOUT_SECONDS", ["timeout"]),
}


WrittenOut = Callable[[], str]


@pytest.fixture
def written_out(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> WrittenOut:
    """All that was logged, from the level `debug`, or printed."""
    caplog.set_level(logging.DEBUG)
    return lambda: caplog.text + "".join(capfd.readouterr())


@every_model
@pytest.mark.parametrize("case", FAILURES)
async def test_a_failure_has_words_and_rows_and_neither_key_nor_prompt(
    database: Database, server: ModelServer, written_out: WrittenOut, model: str, case: str
) -> None:
    answers, words, kinds = FAILURES[case]
    models = await _models(database, server, model, ai_timeout_seconds=1.0 if case == "too slow" else 5.0)
    server.will(*answers)
    with pytest.raises(ModelsFailed) as failed:
        await models.ask("check", CONTEXT, Sum)
    assert f"{model}: " in failed.value.message
    assert words in failed.value.message
    rows = await _rows(database, models)
    assert [row.error_kind for row in rows] == kinds
    assert len(server.calls) == len(rows), "one row for each call"
    written = "".join(str(vars(row)) for row in rows)
    told = failed.value.message + written_out() + written + str(failed.value.__context__)
    assert KEY not in told
    assert "canary of the brief" not in told


@every_model
async def test_what_passes_is_tried_again_after_the_time_that_was_asked_for(
    database: Database, server: ModelServer, model: str
) -> None:
    models = await _models(database, server, model)
    server.will(Status(429, {"Retry-After": "1"}), Filled(GOOD))
    await models.ask("check", CONTEXT, Sum)
    assert await _outcomes(database, models) == [("FAILED", "busy"), ("ANSWERED", None)]


async def test_the_next_model_is_asked_and_when_none_is_left_each_has_its_reason(
    database: Database, server: ModelServer
) -> None:
    models = await _models(database, server, ",".join(MODELS[:3]), ai_openai_key="wrong")
    server.will(Refusal(), Filled(GOOD))
    assert str((await models.ask("check", CONTEXT, Sum)).model) == MODELS[2]
    assert [call.provider for call in server.calls] == ["openai", "compatible", "anthropic"]
    server.will(Status(404))
    with pytest.raises(ModelsFailed, match=r"gpt-5: its key.*llama3: there is no model.*claude-sonnet-5: there is"):
        await models.ask("check", CONTEXT, Sum)


async def test_a_check_sends_an_answer_back_once_and_then_hands_it_over(
    database: Database, server: ModelServer
) -> None:
    models = await _models(database, server, MODELS[2])
    server.will(Filled(GOOD))
    given = await models.ask("check", CONTEXT, Sum, check=lambda _: ["The word is not a pear."])
    assert given.value.word == "apple"
    assert len(server.calls) == 2
    assert "not a pear" in server.calls[1].text


async def test_a_spent_budget_stops_the_call_before_it_is_made(database: Database, server: ModelServer) -> None:
    models = await _models(database, server, ",".join((MODELS[0], MODELS[2])), ai_budget_cents=1)
    server.will(Filled(GOOD))
    with pytest.raises(BudgetSpent, match=r"\$0\.00 of \$0\.01 are spent"):
        await models.ask("check", CONTEXT, Sum)
    assert not server.calls
    assert not await _rows(database, models)


async def test_an_unknown_price_is_no_price_of_nothing(database: Database, server: ModelServer) -> None:
    models = await _models(database, server, "openai:gpt-unheard-of")
    server.will(Filled(GOOD))
    await models.ask("check", CONTEXT, Sum)
    (row,) = await _rows(database, models)
    assert (row.cost_micros, row.counted_micros) == (None, 0)
    config = Settings.model_validate(
        server.settings("openai:gpt-unheard-of", ai_budget_cents=500, ai_prices="openai:gpt-unheard-of=1.25/10")
    )
    priced = Models.of(config, database=database, organization_id=models.ledger.organization_id)
    await priced.ask("check", CONTEXT, Sum)
    assert (await _rows(database, models))[1].cost_micros == 1200 * 1.25 + 80 * 10
    async with database.transaction(models.ledger.organization_id) as session:
        assert (await session.scalars(select(ModelBudget))).one().spent_micros == 2300


async def test_of_twenty_questions_at_once_only_those_are_asked_that_the_budget_covers(
    database: Database, server: ModelServer
) -> None:
    models = await _models(database, server, MODELS[0], ai_budget_cents=50)
    server.will(Late(0.5, Filled(GOOD)))
    given = await asyncio.gather(
        *(models.ask("check", CONTEXT, Sum, max_tokens=10_000) for _ in range(20)), return_exceptions=True
    )
    refused = [problem for problem in given if isinstance(problem, BudgetSpent)]
    rows = await _rows(database, models)
    assert len(rows) == len(server.calls) == 20 - len(refused)
    assert 3 <= len(rows) <= 4, "each is booked at the ten cents of its longest answer, and what it is asked"
    async with database.transaction(models.ledger.organization_id) as session:
        budget = (await session.scalars(select(ModelBudget))).one()
    assert budget.spent_micros == sum(row.counted_micros for row in rows) == 2300 * len(rows)
    assert {type(problem) for problem in given} == {BudgetSpent, Answer}


async def test_openai_is_told_not_to_keep_what_it_is_asked(database: Database, server: ModelServer) -> None:
    models = await _models(database, server, MODELS[0])
    server.will(Filled(GOOD))
    await models.ask("check", CONTEXT, Sum)
    assert server.calls[0].body["store"] is False
