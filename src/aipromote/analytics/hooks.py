"""Kinds of openings, told from a post's first line alone, so that like can be compared with like."""

from __future__ import annotations

import re
from enum import StrEnum

_LINK = re.compile(r"https?://\S+")
_NUMBER = re.compile(r"\d")
_FIRST_PERSON = re.compile(r"\b(I|I'm|we|we're|my|our|ich|wir|mein\w*|unser\w*)\b", re.IGNORECASE)


class HookType(StrEnum):
    """How a post begins. The first that fits counts, from top to bottom."""

    QUESTION = "question"
    NUMBER = "number"
    FIRST_PERSON = "first-person"
    STATEMENT = "statement"

    @property
    def label(self) -> str:
        """In words: what such a post begins with."""
        return {"first-person": "a word about ourselves", "statement": "a plain statement"}.get(self, f"a {self.value}")


def opening(text: str) -> str:
    """The first line that says something."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def hook_type(text: str) -> HookType:
    """The kind of opening of this post."""
    line = _LINK.sub("", opening(text))
    if "?" in line or "？" in line:
        return HookType.QUESTION
    if _NUMBER.search(line):
        return HookType.NUMBER
    return HookType.FIRST_PERSON if _FIRST_PERSON.search(line) else HookType.STATEMENT
