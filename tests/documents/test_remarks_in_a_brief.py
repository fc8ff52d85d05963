"""A brief with remarks reads back as if there were none, whatever stands in them."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_reading_a_brief import briefs

from aipromote.documents.brief.annotated import dump_annotated
from aipromote.documents.brief.file import read_brief

_hostile = st.text(max_size=80) | st.sampled_from(
    ["a\nname: Evil", "x\r\n---\n", "\u2028name: Evil", "# #", "'\"[]{}&*!", "\x85x: y"]
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(briefs, _hostile, st.lists(_hostile, max_size=2))
def test_a_remark_never_becomes_a_value(brief, remark, head) -> None:
    values = brief.model_dump(mode="json", exclude_defaults=True)
    notes = {(key,): remark for key in values}
    for key, value in values.items():
        if isinstance(value, list):
            notes |= {(key, number): remark for number in range(len(value))}
    assert read_brief(dump_annotated(values, notes=notes, head=head), source="brief.yaml") == brief
