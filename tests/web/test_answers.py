"""A brief goes into the fields of the interview and comes out of them the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData

from aipromote.briefs.steps import STEPS, brief_of, problems_of, split, whole
from aipromote.documents.brief.file import read_brief
from aipromote.web.answers import fields_of, understood, values_of

_EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))


def _sent(path: str, field: Any) -> Iterator[tuple[str, str]]:
    """What a browser sends of a field as it is shown."""
    if isinstance(field, list):
        for number, row in enumerate(field):
            if isinstance(row, dict):
                for key, value in row.items():
                    yield from _sent(f"{path}.{number}.{key}", value)
            else:
                yield path, row
    else:
        yield path, field.replace("\n", "\r\n")


def _through_the_form(values: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for step in STEPS:
        fields = fields_of(step, values)
        found[step.key] = values_of(
            step, FormData([pair for path, field in fields.items() for pair in _sent(path, field)])
        )
    return whole(found)


@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: path.stem)
def test_a_brief_comes_out_of_the_form_as_it_went_in(path: Path) -> None:
    brief = read_brief(path.read_bytes(), source=path.name)
    values = brief.model_dump(mode="json", exclude_defaults=True)
    again = brief_of(_through_the_form(values))
    assert again.model_copy(update={"brand": brief.brand}) == brief
    without = {"example_content": []}
    assert again.brand.model_copy(update=without) == brief.brand.model_copy(update=without)


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
_fields = st.sampled_from(
    ["name", "icp", "positioning", "brand", "goals", "founders", "proof_points", "assets", "constraints"]
)


@given(st.dictionaries(_fields, _anything, max_size=5))
def test_whatever_a_draft_holds_its_pages_can_be_shown(values: dict[str, Any]) -> None:
    for step in STEPS:
        fields_of(step, values)
    understood(values)
    problems_of(whole(split(values)))
    _through_the_form(values)
