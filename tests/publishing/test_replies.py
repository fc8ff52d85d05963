"""What networks answered is kept in one shape, whatever it was, also what older releases kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from aipromote.db.types import Document
from aipromote.publishing.reply import Reply

KIND = Document(Reply)


def test_what_is_no_json_never_costs_the_outcome() -> None:
    odd = {
        "at": datetime(2026, 3, 1, tzinfo=UTC),
        "raw": b"\xff",
        "text": "a\x00b \ud83d",
        5: {"deep": (1, {2}, 0.5, float("nan"), None, True)},
    }
    stored = KIND.process_bind_param(Reply(code=429, detail=odd), None)  # type: ignore[arg-type]
    assert stored["code"] == "429"
    assert stored["detail"] == {
        "at": "2026-03-01 00:00:00+00:00",
        "raw": "b'\\xff'",
        "text": "ab ?",
        "5": {"deep": [1, [2], 0.5, "nan", None, True]},
    }


@pytest.mark.parametrize(
    "stored", [{}, {"look_ups": 2}, {"code": "", "detail": {"a": 1}}, {"code": "x", "detail": {}, "newer": [1]}]
)
def test_what_other_releases_kept_is_read_and_kept(stored: dict[str, Any]) -> None:
    read = KIND.process_result_value(stored, None)
    assert stored.items() <= KIND.process_bind_param(read, None).items()
    assert read.look_ups == stored.get("look_ups", 0)


def test_a_count_below_zero_is_refused() -> None:
    with pytest.raises(ValidationError):
        KIND.process_bind_param({"look_ups": -1}, None)
