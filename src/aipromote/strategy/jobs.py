"""The job of this room."""

from __future__ import annotations

from aipromote.ai.jobs import RequestPointer
from aipromote.jobs.kinds import STRATEGY_GENERATION, Kind

GENERATE_STRATEGY = Kind(
    "generate-strategy", queue=STRATEGY_GENERATION, pointer=RequestPointer, timeout_seconds=14_400.0
)
"""Several models may be asked, several times each, for ten minutes at most: this is for what hangs."""
