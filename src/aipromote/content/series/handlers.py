"""What the worker does for series."""

from __future__ import annotations

from aipromote.content.series.writing import write_all
from aipromote.jobs.periodic import Means


async def write_series(means: Means) -> None:
    """Periodic: write the parts that come due within two weeks, of all organizations."""
    await write_all(means.database)
