"""`aipromote ai evaluate --model`: real processes, and a server that speaks the providers' protocols."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ai.model_server import KEY, Call, Filled, ModelServer, Refusal, Text, serving
from ai.model_server import Answer as Told
from aipromote.ai.errors import BudgetSpent
from aipromote.ai.providers.lineup import ModelName, Provider
from aipromote.ai.spending import Purpose, Result
from aipromote.ai.states import CallOutcome
from aipromote.evaluation.modelled import Quote, Tally

PROGRAM = Path(sys.executable).with_name("aipromote")
MODEL = ModelName(Provider.OPENAI, "gpt-5")
PURPOSE = Purpose("posts", "posts", 1)
PILLARS = [
    {"name": name, "weight": 5, "topics": [f"{name}: warum", f"{name}: wie", f"{name}: wer"]}
    for name in ("Fristen", "Kanzlei", "Vertretung")
]
PLAN = {
    "brief": "Fristen ohne Zettel.",
    "primary_message": "Jede Frist zeigt ihre Stelle.",
    "audiences": [{"name": "Kanzleien"}],
    "pillars": PILLARS,
}
WORDS = (
    "Die Frist steht im Schriftsatz, nicht auf dem Zettel am Bildschirm.",
    "Im Urlaub fragt die Vertretung nach jeder Akte. Muss das so sein?",
    "Wer eine Frist einträgt, sollte zeigen können, woher sie kommt.",
)


def good(call: Call) -> Told:
    """A plan, or a post for each place; the first post boasts of what no fact says, however often it goes back."""
    if "Fristenbuch" not in call.text:
        return Refusal()
    slots = sorted({int(number) for number in re.findall(r'\\"slot\\": (\d+)', call.text)})
    if not slots:
        return Filled(PLAN)
    boast = " Schon 9.000 Kanzleien sind dabei."
    posts = [{"slot": slot, "hook": WORDS[at], "body": boast if at == 0 else ""} for at, slot in enumerate(slots)]
    return Filled({"posts": posts})


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with serving() as server:
        yield server


async def _run(server: ModelServer, *arguments: str, **values: object) -> tuple[int, str, str]:
    """The exit code, what was printed, and what was said beside it."""
    given = server.settings("", ai_retries=0, **values)
    environment = os.environ | {f"AIPROMOTE_{name.upper()}": str(value) for name, value in given.items()}
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        *("ai", "evaluate", "--days", "7", *arguments),
        env=environment | {"COLUMNS": "220"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_a_model_is_measured_with_its_cost_and_what_fell_back(server: ModelServer) -> None:
    server.will(good)
    arguments = ("--model", "openai:gpt-5", "--brief", "legal-de", "--brief", "five-words", "--yes", "--json")
    code, out, err = await _run(server, *arguments)
    assert code == 1, "it refused one of the briefs"
    (writer,) = json.loads(out)["writers"]
    right, refused = writer["briefs"]
    assert writer["writer"] == "openai:gpt-5"
    assert (right["problem"], right["written"], right["grounded"], right["fell_back"]) == (None, 3, 3, 1)
    # A plan, the posts, and the posts once more, since the first one boasted: at 1,200 tokens in and 80 out.
    assert right["calls"] == 3
    assert right["dollars"] == pytest.approx(3 * (1200 * 1.25 + 80 * 10) / 1e6)
    assert "it refused to answer this" in refused["problem"]
    assert refused["calls"] == 1
    assert "openai:gpt-5: about " in err
    assert "at most" in err
    assert KEY not in out + err


async def test_answers_of_another_shape_fail_a_brief_and_an_unknown_price_is_not_nothing(server: ModelServer) -> None:
    server.will(lambda call: good(call) if "Fristenbuch" in call.text else Text("As you wish: {"))
    models = ("--model", "compatible:llama3", "--model", "offline", "--brief", "five-words", "--brief", "legal-de")
    code, out, err = await _run(server, *models, "--yes")
    assert code == 1
    by_model, by_offline = (line for line in out.splitlines() if line.split()[:1] == ["legal-de"])
    assert "not known" in by_model
    assert "not known" not in by_offline
    assert "five-words: " in out
    assert "another shape than asked for" in out
    assert "1 fell back: the offline writer wrote" in out
    assert "offline-writer/2: the first 7 days of 2 plans" in out
    assert "What they cost is not known" in err


async def test_no_model_is_asked_before_somebody_agreed(server: ModelServer) -> None:
    code, out, err = await _run(server, "--model", "openai:gpt-5", "--brief", "legal-de")
    assert (code, out) == (1, "")
    assert "openai:gpt-5: about 2 calls, and never more than 8. They cost $" in err
    assert "Give --yes to agree" in err
    assert not server.calls


@pytest.mark.parametrize(
    ("model", "values", "words"),
    [
        ("gpt-5", {}, "--model: 'gpt-5' is no model."),
        ("openai:gpt-5", {"ai_openai_key": ""}, "there is no key for it; put one into AIPROMOTE_AI_OPENAI_KEY."),
    ],
)
async def test_what_cannot_be_asked_is_said_at_once(
    server: ModelServer, model: str, values: dict[str, object], words: str
) -> None:
    code, out, err = await _run(server, "--model", model, "--yes", "--brief", "legal-de", **values)
    assert (code, out) == (1, "")
    assert words in err
    assert not server.calls


async def _asked(tally: Tally, estimate: int | None, **result: object) -> None:
    await tally.book(MODEL, PURPOSE, estimate)
    await tally.settle(None, Result(CallOutcome.ANSWERED, 5, **result))  # type: ignore[arg-type]


async def test_no_call_leads_beyond_what_was_agreed_to() -> None:
    tally = Tally(Quote(calls=2, most_calls=8, most_micros=1000))
    await _asked(tally, 400, cost_micros=300)
    await _asked(tally, 700, may_be_charged=True)
    with pytest.raises(BudgetSpent, match="after 2 calls"):
        await tally.book(MODEL, PURPOSE, 1)
    assert tally.taken().dollars is None, "the second call's cost was not told"


async def test_there_are_no_more_calls_than_agreed_to_where_no_price_is_known() -> None:
    tally = Tally(Quote(calls=1, most_calls=2, most_micros=None))
    await _asked(tally, None)
    await _asked(tally, None)
    with pytest.raises(BudgetSpent):
        await _asked(tally, None)
    assert tally.taken().calls == 2
    assert tally.taken().calls == 0
