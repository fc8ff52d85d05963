"""The job of this room."""

from __future__ import annotations

from aipromote.ai.jobs import RequestPointer
from aipromote.jobs.kinds import CONTENT_GENERATION, Kind

GENERATE_CONTENT = Kind("generate-content", queue=CONTENT_GENERATION, pointer=RequestPointer, timeout_seconds=3600.0)
