"""How a check ends, and what it is about."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """What a check found."""

    OK = "ok"
    WARN = "warn"
    """Worth knowing, and nobody is woken for it."""
    RED = "red"
    """Somebody must look at it."""


class Area(StrEnum):
    """Which page shows the check."""

    DATABASE = "database"
    REDIS = "redis"
    QUEUES = "queues"
