"""docs/brief.md tells the truth: its examples are briefs, and it knows every field and platform."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from aipromote.documents.brief import Brief
from aipromote.documents.brief.fields import PLATFORM_NAMES
from aipromote.documents.brief.file import dump_brief, read_brief

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/brief.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def unset(value: Any, path: str = "") -> list[str]:
    """The dotted names of all fields that the document leaves at their default."""
    if isinstance(value, list):
        return [name for item in value for name in unset(item, path)]
    if not isinstance(value, BaseModel):
        return []
    missing = [f"{path}{name}" for name in type(value).model_fields if name not in value.model_fields_set]
    inner = [name for field in value.model_fields_set for name in unset(getattr(value, field), f"{path}{field}.")]
    return missing + inner


def test_every_field_stands_in_the_full_example():
    assert unset(read_brief(BLOCKS[1], source="docs/brief.md")) == []


def test_the_short_example_is_a_brief():
    assert read_brief(BLOCKS[0], source="docs/brief.md").name == "Sortiment"


def test_every_platform_name_is_listed():
    assert [name for name in PLATFORM_NAMES if f"`{name}`" not in PAGE] == []


def test_the_page_names_every_choice():
    schema = str(Brief.model_json_schema()["$defs"])
    for choice in ("case_study", "pitch_deck", "finance", "health", "press", "award"):
        assert choice in schema
        assert choice in PAGE


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.yaml")), ids=lambda path: path.stem)
def test_an_example_reads_and_survives_being_written(path):
    brief = read_brief(path.read_bytes(), source=path.name)
    assert read_brief(dump_brief(brief), source="again") == brief


def test_the_examples_differ():
    briefs = [read_brief(path.read_bytes(), source=path.name) for path in (ROOT / "examples").glob("*.yaml")]
    assert len(briefs) >= 5
    assert len({brief.time_zone for brief in briefs}) == len(briefs)
    assert len({brief.languages[0] for brief in briefs}) >= 4
    assert len({brief.stage for brief in briefs}) >= 4
