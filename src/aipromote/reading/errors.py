"""What could not be read, in words for the person who asked for it."""

from __future__ import annotations

from aipromote.errors import InvalidInput


class Unreadable(InvalidInput):
    """A page or a file that gives no text. The message says why, and what to do instead."""


class RefusedAddress(Unreadable):
    """An address that this product does not open, wherever it leads."""
