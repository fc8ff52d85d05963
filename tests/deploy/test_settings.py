"""The template of settings, and settings that come from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from aipromote import settings
from aipromote.cli import environment
from aipromote.errors import SetupError

PROJECT = Path(__file__).parents[2]


def test_the_template_names_every_setting_with_its_meaning_and_default() -> None:
    assert all(variable.meaning for variable in environment.variables()), "a setting has no text under it"
    written = (PROJECT / ".env.example").read_text()
    assert written == environment.template(), "run `./aipromote settings --template > .env.example`"
    assert {each.field for each in environment.variables()} == set(settings.Settings.model_fields)


def test_a_value_may_be_a_file_and_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "database_url").write_text("postgresql://one:secret@host/name\n")
    (tmp_path / "aipromote_mail_from").write_text("From a file <file@example.org>\n")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("AIPROMOTE_MAIL_FROM", "From outside <outside@example.org>")
    found = settings.read({"AIPROMOTE_SECRETS_DIR": str(tmp_path)})
    assert found.database_url is not None
    assert found.database_url.get_secret_value() == "postgresql://one:secret@host/name"
    assert found.mail_from == "From outside <outside@example.org>"


def test_a_folder_of_secrets_that_is_not_there_is_named() -> None:
    with pytest.raises(SetupError, match="/nowhere/at/all"):
        settings.read({"AIPROMOTE_SECRETS_DIR": "/nowhere/at/all"})


def test_secrets_are_not_shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIPROMOTE_SECRET_KEY", "a key that nobody may read on a screen")
    settings.get.cache_clear()
    try:
        environment.show(as_template=False)
    finally:
        monkeypatch.undo()
        settings.get.cache_clear()
    shown = capsys.readouterr().out
    assert "AIPROMOTE_SECRET_KEY" in shown
    assert "that nobody may read" not in shown
