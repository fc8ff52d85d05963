"""Assets of an organization."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.assets.models import Asset, AssetText
from aipromote.assets.states import AssetType
from aipromote.errors import NotFound


async def asset(session: AsyncSession, *, organization_id: UUID, asset_id: UUID) -> Asset:
    """The asset. Raises NotFound."""
    found = await session.get(Asset, (organization_id, asset_id))
    if found is None:
        raise NotFound("There is no such file.")
    return found


async def assets(session: AsyncSession, *, organization_id: UUID, limit: int = 100) -> list[Asset]:
    """The newest files first."""
    found = select(Asset).where(Asset.organization_id == organization_id)
    return list(await session.scalars(found.order_by(Asset.id.desc()).limit(limit)))


async def newest(session: AsyncSession, *, organization_id: UUID, type: AssetType) -> Asset | None:  # noqa: A002 -- as in the data model
    """The newest file of this type."""
    found = select(Asset).where(Asset.organization_id == organization_id, Asset.type == type)
    return await session.scalar(found.order_by(Asset.id.desc()).limit(1))


async def texts(session: AsyncSession, *, organization_id: UUID, asset_id: UUID) -> list[AssetText]:
    """What was read of a file, passage by passage."""
    of_this = (AssetText.organization_id == organization_id, AssetText.asset_id == asset_id)
    return list(await session.scalars(select(AssetText).where(*of_this).order_by(AssetText.position)))
