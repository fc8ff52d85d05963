"""Which writer is set up is told without asking anybody, and without a key in the words."""

from __future__ import annotations

import pytest

from aipromote.ai.setup import setup_of
from aipromote.settings import Settings

KEY = "sk-canary-1f"
SONNET = "anthropic:claude-sonnet-5"
OFFLINE = "The offline writer writes; no language model is set up."
ALONE = "and no offline writer behind."
NOWHERE = "Say where compatible:llama3 is: put its server's address into AIPROMOTE_AI_COMPATIBLE_URL."


@pytest.mark.parametrize(
    ("values", "said", "wrong"),
    [
        ({}, OFFLINE, ""),
        ({"ai_models": "offline"}, OFFLINE, ""),
        (
            {"ai_openai_key": KEY},
            f"{OFFLINE} A key is set (openai), but AIPROMOTE_AI_MODELS names no model.",
            "",
        ),
        (
            {"ai_models": "openai:gpt-5,offline", "ai_openai_key": KEY},
            "Language models write: openai:gpt-5 (key set), then the offline writer.",
            "",
        ),
        (
            {"ai_models": f"{SONNET},compatible:llama3"},
            f"Language models write: {SONNET} (no key), compatible:llama3 (without a key), {ALONE}",
            f"There is no key for {SONNET}: put one into AIPROMOTE_AI_ANTHROPIC_KEY. {NOWHERE}",
        ),
        (
            {"ai_models": "compatible:llama3", "ai_compatible_url": "http://127.0.0.1:11434/v1"},
            "Language models write: compatible:llama3 (without a key), and no offline writer behind.",
            "",
        ),
    ],
)
def test_the_writer_is_told_with_what_is_missing(values: dict[str, object], said: str, wrong: str) -> None:
    told = setup_of(Settings.model_validate(values))
    assert (told.said, told.wrong) == (said, wrong)


@pytest.mark.parametrize("values", [{"ai_models": "gpt-5"}, {"ai_models": "openai:x", "ai_prices": "much"}])
def test_settings_that_are_not_clear_are_wrong(values: dict[str, object]) -> None:
    told = setup_of(Settings.model_validate({**values, "ai_openai_key": KEY}))
    assert "cannot be understood" in told.said
    assert told.wrong.startswith("AIPROMOTE_AI_")
    assert KEY not in told.said + told.wrong
