"""The worker's share: a canary, when it is time."""

from __future__ import annotations

import aiohttp
import structlog

from aipromote import settings
from aipromote.connectors.errors import ConnectorError
from aipromote.errors import Unavailable
from aipromote.jobs.periodic import Means
from aipromote.monitoring import canary

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def fly_canary(means: Means) -> None:
    """One turn. A network that is away is noted: that no canary arrives is what the check then says."""
    try:
        await canary.fly(means.database, means.http, config=settings.get())
    except (ConnectorError, Unavailable, aiohttp.ClientError, TimeoutError) as error:
        log.warning("no canary could be sent", error=repr(error))
