"""How texts are approved."""

from __future__ import annotations

from enum import StrEnum


class ApprovalMode(StrEnum):
    """Who lets a text out."""

    AUTO = "AUTO"
    MANUAL = "MANUAL"
    CONDITIONAL = "CONDITIONAL"
