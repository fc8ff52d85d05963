"""What the worker does for feeds."""

from __future__ import annotations

from aipromote.content.feeds.looking import look_at_all
from aipromote.jobs.periodic import Means


async def look_at_feeds(means: Means) -> None:
    """Periodic: look at the feeds that are due, of all organizations."""
    await look_at_all(means.database)
