"""The job of this room."""

from __future__ import annotations

from aipromote.ai.jobs import RequestPointer
from aipromote.jobs.kinds import CONTENT_GENERATION, Kind

GENERATE_CONTENT = Kind("generate-content", queue=CONTENT_GENERATION, pointer=RequestPointer, timeout_seconds=14_400.0)
"""Each call of a model has a time-out of its own, and an order is handed on after a while: this is for what hangs."""
