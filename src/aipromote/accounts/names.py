"""Names of people and of what is theirs: one printable line, because they stand in letters and in subjects."""

from __future__ import annotations

_JOINERS = "\u200c\u200d"
"""Unseen, but part of how some languages are written."""


def one_line(text: str) -> str:
    """The text on one line: what cannot be printed is a space, and spaces are single."""
    return " ".join("".join(c if c.isprintable() or c in _JOINERS else " " for c in text).split())
