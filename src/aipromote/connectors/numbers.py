"""Numbers out of networks' answers. What cannot be one is not told, whoever says it."""

from __future__ import annotations

from typing import Any

_MOST = 2**53 - 1
"""The largest whole number that all JSON software agrees about (RFC 8259, section 6)."""


def count(value: Any) -> int | None:
    """A counter, or None where it is not told or no number that a counter can have. `7.0` is 7."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value <= _MOST else None
