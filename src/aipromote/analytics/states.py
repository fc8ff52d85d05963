"""Kinds of measurement."""

from __future__ import annotations

from enum import StrEnum


class MetricType(StrEnum):
    """What a snapshot is about."""

    ENGAGEMENT = "ENGAGEMENT"
    REACH = "REACH"
    CONVERSION = "CONVERSION"
    GROWTH = "GROWTH"
