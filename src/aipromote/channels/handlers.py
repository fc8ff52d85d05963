"""What the worker does for accounts by itself."""

from __future__ import annotations

import structlog

from aipromote.channels.refreshing import refresh_expiring
from aipromote.jobs.periodic import Means

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def refresh_tokens(means: Means) -> None:
    """Periodic: refresh the tokens that end soon, of all organizations, whether or not they publish meanwhile."""
    refreshed = await refresh_expiring(means.database, means.http)
    if refreshed:
        log.info("tokens refreshed ahead of their end", accounts=refreshed)
