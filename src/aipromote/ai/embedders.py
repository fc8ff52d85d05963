"""Which model makes embeddings, if one does. The libraries behind it are loaded when it is first needed."""

from __future__ import annotations

import asyncio
from uuid import UUID

from aipromote.ai.embedder import Embedder
from aipromote.ai.providers.lineup import ModelName, embedding_model
from aipromote.db.database import Database
from aipromote.settings import Settings


async def current(config: Settings, *, database: Database, organization_id: UUID) -> Embedder | None:
    """The one of the settings, on the organization's budget; None where none is set up.

    Raises SetupError for settings that cannot be understood.
    """
    name = embedding_model(config)
    # It takes seconds to load, in which this process has other things to do.
    return None if name is None else await asyncio.to_thread(_loaded, config, name, database, organization_id)


def _loaded(config: Settings, name: ModelName, database: Database, organization_id: UUID) -> Embedder:
    from aipromote.ai.providers.building import preload  # noqa: PLC0415 -- large, and not needed without such a model
    from aipromote.ai.providers.embedding import PaidEmbedder  # noqa: PLC0415 -- likewise

    preload([name.provider], embeddings=True)
    return PaidEmbedder.of(config, name, database=database, organization_id=organization_id)
