"""Who can stand behind an entry."""

from __future__ import annotations

from enum import StrEnum


class ActorKind(StrEnum):
    """A person at the screen or the command line, a program with somebody's API key, or the product by itself."""

    PERSON = "PERSON"
    KEY = "KEY"
    PRODUCT = "PRODUCT"
