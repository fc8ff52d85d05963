"""Why a card cannot be drawn."""

from __future__ import annotations

from aipromote.errors import InvalidInput


class NoLetters(InvalidInput):
    """No font on this machine has all letters of the text, or nothing of it can be drawn."""
