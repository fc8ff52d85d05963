"""What the worker does for series."""

from __future__ import annotations

from uuid import UUID

from aipromote import settings
from aipromote.ai import writers
from aipromote.ai.writer import Writer
from aipromote.content.series.writing import write_all
from aipromote.jobs.periodic import Means


async def write_series(means: Means) -> None:
    """Periodic: write the parts that come due within two weeks, of all organizations."""
    config = settings.get()

    async def writer_for(organization_id: UUID) -> Writer:
        return await writers.current(config, database=means.database, organization_id=organization_id)

    await write_all(means.database, writer_for=writer_for)
