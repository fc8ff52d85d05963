"""The settings of models are understood, or refused in a sentence that says how they look."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from aipromote.ai.providers.lineup import lineup, own_prices
from aipromote.ai.providers.salvage import json_object
from aipromote.errors import SetupError
from aipromote.settings import Settings, read


def test_models_are_read_in_their_order() -> None:
    read_ = lineup(Settings(ai_models=" openai:gpt-5, compatible:llama3:8b ,openai:gpt-5,offline"))
    assert [str(name) for name in read_.models] == ["openai:gpt-5", "compatible:llama3:8b"]
    assert read_.has_offline
    assert lineup(Settings(ai_models="")).models == ()
    assert not lineup(Settings(ai_models="openai:gpt-5")).has_offline


@pytest.mark.parametrize("wrong", ["gpt-5", "mistral:large", "openai:", "offline,openai:gpt-5", "openai:" + "x" * 300])
def test_what_is_no_model_is_refused(wrong: str) -> None:
    with pytest.raises(SetupError, match="AIPROMOTE_AI_MODELS"):
        lineup(Settings(ai_models=wrong))


def test_prices_are_read_or_refused() -> None:
    assert own_prices(Settings(ai_prices="compatible:a/b:c=0/0, openai:x=1.25/10")) == {
        "compatible:a/b:c": (Decimal(0), Decimal(0)),
        "openai:x": (Decimal("1.25"), Decimal(10)),
    }
    for wrong in ("openai:x=1", "openai:x=-1/2", "openai:x=NaN/1", "x=1/2", "openai:x=a/b", "openai:x=1/1e99"):
        with pytest.raises(SetupError, match="AIPROMOTE_AI_PRICES"):
            own_prices(Settings(ai_prices=wrong))


def test_a_key_may_be_a_file_and_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "aipromote_ai_openai_key").write_text("sk-from-a-file")
    monkeypatch.delenv("AIPROMOTE_AI_OPENAI_KEY", raising=False)
    config = read({"AIPROMOTE_SECRETS_DIR": str(tmp_path)})
    assert config.ai_openai_key.get_secret_value() == "sk-from-a-file"
    assert "sk-from-a-file" not in repr(config)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ('so {this} ```json\n{"a": {"b": "}"}}\n``` and {"c": 1}', '{"a": {"b": "}"}}'),
        ('{"a": 1', None),
        ("nothing", None),
        ("{" * 5000, None),
    ],
)
def test_the_longest_object_is_found(text: str, found: str | None) -> None:
    assert json_object(text) == found


def test_a_process_without_models_does_not_load_their_libraries() -> None:
    program = (
        "import sys, aipromote.worker, aipromote.app\n"
        "from aipromote import settings\n"
        "from aipromote.ai import writers\n"
        "heavy = {'pydantic_ai', 'openai', 'anthropic', 'google.genai', 'genai_prices'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or None)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
