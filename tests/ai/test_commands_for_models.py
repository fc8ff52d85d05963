"""`aipromote ai …` as a person runs it: real processes, a server that speaks the providers' protocols."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator

import pytest

from ai.model_server import KEY, Filled, ModelServer, serving
from aipromote.db.database import Database
from factories import organizations

RIGHT = Filled({"total": 42, "word": "kingfisher"})


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with serving() as server:
        yield server


async def _run(*arguments: str, **values: object) -> tuple[int, str]:
    return await _program("ai", *arguments, **values)


async def _program(*arguments: str, **values: object) -> tuple[int, str]:
    """The exit code, and all that was printed."""
    environment = os.environ | {f"AIPROMOTE_{name.upper()}": str(value) for name, value in values.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import sys; from aipromote.cli import main; sys.argv = ['aipromote', *sys.argv[1:]]; main()",
        *arguments,
        env=environment | {"COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    return process.returncode or 0, told.decode()


async def test_each_model_is_checked_and_its_calls_are_shown(database: Database, server: ModelServer) -> None:
    startup = await organizations.organization(database)
    server.will(RIGHT)
    models = "openai:gpt-5,anthropic:claude-sonnet-5,compatible:llama3,google:gemini-2.5-flash"
    values = server.settings(models, ai_anthropic_key="mistyped", ai_google_key="", ai_retries=0)
    code, told = await _run("check", **values)
    assert code == 1, told
    assert "✓ openai:gpt-5 works" in told
    assert "A million tokens cost $1.25 in, and $10.00 out." in told
    assert "✗ anthropic:claude-sonnet-5 does not work: its key is not accepted (HTTP 401" in told
    assert "put a valid one into AIPROMOTE_AI_ANTHROPIC_KEY." in told
    assert "✓ compatible:llama3 works" in told
    assert "What it costs is not known" in told
    assert "✗ google:gemini-2.5-flash does not work: there is no key for it; put one into AIPROMOTE_AI_GOOGLE" in told
    assert KEY not in told

    code, told = await _run("budget", "500", "--organization", "Kornblume")
    assert (code, told) == (0, "Kornblume: models may cost $5.00 in a month.\n")
    code, told = await _run("usage", "--organization", str(startup.id))
    assert code == 0, told
    assert "openai:gpt-5" in told
    assert "$0.0023" in told
    assert "not known" in told
    assert "This month's calls count $0.0023 of $5.00 (its own budget)." in told
    code, told = await _run("usage", "--json")
    facts = json.loads(told.splitlines()[-1])
    assert {row["model"]: (row["calls"], row["failed"]) for row in facts["used"]} == {
        "openai:gpt-5": (1, 0), "anthropic:claude-sonnet-5": (1, 1), "compatible:llama3": (1, 0)
    }  # fmt: skip


async def test_without_models_the_check_says_who_writes(database: Database) -> None:
    assert await _run("check") == (
        0,
        "No model is set up: the offline writer writes. docs/ai.md says how to set one up.\n",
    )
    code, told = await _run("usage", "--month", "2020-01")
    assert (code, told) == (0, "No model was asked in January 2020.\n")


@pytest.mark.parametrize(
    ("arguments", "values", "words"),
    [
        (["check"], {"ai_models": "gpt-5"}, "'gpt-5' is no model"),
        (["usage", "--month", "soon"], {}, "It looks like 2026-11."),
        (["usage", "--organization", "Nobody"], {}, "no organization of the name or id 'Nobody'"),
        (["budget", "five", "--organization", "Nobody"], {}, "neither `default` nor a number of US cents"),
    ],
)
async def test_what_cannot_be_done_is_one_sentence(
    database: Database, arguments: list[str], values: dict[str, object], words: str
) -> None:
    code, told = await _run(*arguments, **values)
    assert code == 1
    assert words in told
    assert "Traceback" not in told


async def test_the_prompts_are_listed(database: Database) -> None:
    code, told = await _run("prompts")
    assert code == 0
    assert {"posts", "strategy", "check"} <= set(told.split())


async def test_the_doctor_tells_who_writes_and_what_it_cost(database: Database, server: ModelServer) -> None:
    await organizations.organization(database)
    server.will(RIGHT)
    values = server.settings("openai:gpt-5,offline", ai_budget_cents=1000)
    assert (await _run("check", **values))[0] == 0
    _, told = await _program("doctor", **values)
    assert "✓ Language models write: openai:gpt-5 (key set), then the offline writer." in told
    assert "✓ Language models this month: 1 call, $0.0023; the budget is $10.00 for each organization" in told
    code, told = await _program("doctor", **{**values, "ai_openai_key": ""})
    assert code == 1
    assert "put one into AIPROMOTE_AI_OPENAI_KEY." in told
    assert KEY not in told
