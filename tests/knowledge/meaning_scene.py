"""A startup with texts of all kinds, a model for embeddings, and what a worker does for it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from aipromote import settings
from aipromote.assets.models import Asset, AssetText
from aipromote.assets.states import AssetType
from aipromote.brand import actions as brand
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.knowledge.jobs import EMBED_PASSAGES
from aipromote.knowledge.progress import Progress, pending_indexes, progress
from aipromote.worker import HANDLERS
from factories import analytics
from factories.organizations import Startup

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
MODEL = "compatible:words"


def set_up(monkeypatch: pytest.MonkeyPatch, values: dict[str, object]) -> None:
    """These settings, as a process would find them."""
    for name, value in values.items():
        monkeypatch.setenv(f"AIPROMOTE_{name.upper()}", str(value))
    settings.get.cache_clear()


async def fact(database: Database, startup: Startup, words: str) -> UUID:
    async with database.transaction(startup.id) as session:
        row = await brand.add_fact(
            session, startup.owner, organization_id=startup.id, statement=words, source="Ledger", expires_on=None
        )
        return row.id


async def file(database: Database, startup: Startup, *texts: str) -> UUID:
    async with database.transaction(startup.id) as session:
        asset = Asset(
            organization_id=startup.id, id=new_id(), filename="deck.pdf", original_name="deck.pdf",
            type=AssetType.DOCUMENT, mime_type="application/pdf", size=1, storage_key=new_id().hex, bucket="local",
            checksum=b"\1" * 32,
        )  # fmt: skip
        session.add(asset)
        await session.flush()
        session.add_all(
            AssetText(organization_id=startup.id, asset_id=asset.id, position=n, place=f"page {n}", text=words)
            for n, words in enumerate(texts, 1)
        )
        return asset.id


async def post(database: Database, startup: Startup, words: str) -> UUID:
    async with database.transaction(startup.id) as session:
        account = await analytics.account(session, startup.id, handle=f"k{new_id().hex[-6:]}")
        return (await analytics.post(session, account, at=AT, text=words)).content_piece_id


async def worked(database: Database) -> int:
    """What stager and worker do until nothing is owed; how many jobs that were."""
    done = 0
    while True:
        async with database.transaction() as session:
            owed = await pending_indexes(session, limit=10)
        if not owed:
            return done
        for due in owed:
            await HANDLERS[EMBED_PASSAGES](due.pointer, database=database, http=None)
            done += 1


async def how_far(database: Database, startup: Startup, model: str = MODEL) -> Progress:
    async with database.transaction(startup.id) as session:
        return await progress(session, organization_id=startup.id, model=model)
