"""Assets of an organization."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.assets.models import Asset, AssetText
from aipromote.assets.states import AssetType
from aipromote.db import paging
from aipromote.errors import NotFound

_NEWEST = paging.Order("assets.newest", (Asset.id,), descending=True)
_LONGEST_QUERY: Final = 200


async def asset(session: AsyncSession, *, organization_id: UUID, asset_id: UUID, lock: bool = False) -> Asset:
    """The asset; its row locked until the transaction ends, where asked. Raises NotFound."""
    found = await session.get(Asset, (organization_id, asset_id), with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NotFound("There is no such file.")
    return found


async def assets(session: AsyncSession, *, organization_id: UUID, limit: int = 100) -> list[Asset]:
    """The newest files first."""
    found = select(Asset).where(Asset.organization_id == organization_id)
    return list(await session.scalars(found.order_by(Asset.id.desc()).limit(limit)))


async def listed(
    session: AsyncSession,
    *,
    organization_id: UUID,
    words: str = "",
    types: Collection[str] = (),
    cursor: str | None = None,
    limit: int = paging.DEFAULT,
) -> paging.Slice[Asset]:
    """Files, the newest first; those whose name has these words in it, of these media types. Raises BadCursor."""
    found = select(Asset).where(Asset.organization_id == organization_id)
    wanted = " ".join(words.replace("\0", " ").split())[:_LONGEST_QUERY]  # no name has it, and PostgreSQL refuses it
    if wanted:
        found = found.where(Asset.original_name.icontains(wanted, autoescape=True))
    if types:
        found = found.where(Asset.mime_type.in_(sorted(types)))
    return await paging.slice_of(
        session,
        found,
        _NEWEST,
        organization_id=organization_id,
        filters={"words": wanted, "types": ",".join(sorted(types))},
        cursor=cursor,
        limit=limit,
    )


async def newest(session: AsyncSession, *, organization_id: UUID, type: AssetType) -> Asset | None:  # noqa: A002 -- as in the data model
    """The newest file of this type."""
    found = select(Asset).where(Asset.organization_id == organization_id, Asset.type == type)
    return await session.scalar(found.order_by(Asset.id.desc()).limit(1))


async def texts(session: AsyncSession, *, organization_id: UUID, asset_id: UUID) -> list[AssetText]:
    """What was read of a file, passage by passage."""
    of_this = (AssetText.organization_id == organization_id, AssetText.asset_id == asset_id)
    return list(await session.scalars(select(AssetText).where(*of_this).order_by(AssetText.position)))


async def pictures_among(session: AsyncSession, *, organization_id: UUID, asset_ids: Collection[UUID]) -> set[UUID]:
    """Which of these files are pictures, and not videos or documents."""
    if not asset_ids:
        return set()
    mine = (Asset.organization_id == organization_id, Asset.id.in_(list(asset_ids)))
    return set(await session.scalars(select(Asset.id).where(*mine, Asset.mime_type.startswith("image/"))))
