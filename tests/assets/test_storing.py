"""Files are kept whole, once, and apart by organization."""

from __future__ import annotations

import hashlib

import pytest

from aipromote.assets import actions, queries, storage
from aipromote.assets.models import Asset
from aipromote.assets.states import AssetType
from aipromote.db.database import Database
from aipromote.errors import InvalidInput, NotAllowed, NotFound
from aipromote.organizations.states import Role
from factories import organizations


async def _store(database: Database, startup: organizations.Startup, **changes: object) -> Asset:
    values: dict = {"name": "brief.yaml", "content": b"name: Kornblume", "mime_type": "application/yaml"}
    async with database.transaction(startup.id) as session:
        return await actions.store(
            session, startup.owner, organization_id=startup.id, type=AssetType.DOCUMENT, **(values | changes)
        )


async def test_what_was_stored_is_read_back(database: Database) -> None:
    startup = await organizations.organization(database)
    asset = await _store(database, startup)
    assert await storage.read(asset.storage_key) == b"name: Kornblume"
    assert asset.checksum == hashlib.sha256(b"name: Kornblume").digest()
    assert asset.size == 15


async def test_the_same_bytes_are_the_same_asset(database: Database) -> None:
    startup = await organizations.organization(database)
    first, second = await _store(database, startup), await _store(database, startup, name="copy.yaml")
    assert first.id == second.id
    async with database.transaction(startup.id) as session:
        assert [asset.id for asset in await queries.assets(session, organization_id=startup.id)] == [first.id]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\my files\\a b.yaml", "a-b.yaml"),
        ("..", "file"),
        ("größe.yaml", "größe.yaml"),
    ],
)
async def test_a_name_cannot_leave_the_folder(database: Database, name: str, safe: str) -> None:
    startup = await organizations.organization(database)
    asset = await _store(database, startup, name=name)
    assert (asset.filename, asset.original_name) == (safe, name)
    assert asset.storage_key.startswith(f"{startup.id}/")


async def test_an_empty_file_is_refused(database: Database) -> None:
    startup = await organizations.organization(database)
    with pytest.raises(InvalidInput):
        await _store(database, startup, content=b"")


async def test_viewers_store_nothing_and_strangers_find_nothing(database: Database) -> None:
    startup, other = await organizations.organization(database), await organizations.organization(database)
    asset = await _store(database, startup)
    viewer = await organizations.member(database, startup, role=Role.VIEWER)
    async with database.transaction(startup.id) as session:
        with pytest.raises(NotAllowed):
            await actions.store(
                session, viewer, organization_id=startup.id, name="a", content=b"a", mime_type="a", type=AssetType.LOGO
            )
    async with database.transaction(other.id) as session:
        with pytest.raises(NotFound):
            await queries.asset(session, organization_id=startup.id, asset_id=asset.id)
