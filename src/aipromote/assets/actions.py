"""Taking a file in."""

from __future__ import annotations

import re
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.assets import storage
from aipromote.assets.models import Asset
from aipromote.assets.states import AssetType
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.errors import InvalidInput
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role

MAX_BYTES = 100 * 1024 * 1024
_MAX_NAME = 255


async def store(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    name: str,
    content: bytes,
    mime_type: str,
    type: AssetType,  # noqa: A002 -- the word of the data model
) -> Asset:
    """Keep a file. The same bytes again are the same asset. Raises InvalidInput for an empty or too large one."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    if not 0 < len(content) <= MAX_BYTES:
        raise InvalidInput(f"A file must have between 1 byte and {MAX_BYTES // 1024**2} MB.", field="content")
    stored = await storage.keep(content, organization_id=organization_id)
    keep = insert(Asset).values(
        organization_id=organization_id,
        filename=_safe(name),
        original_name=name[-500:],
        type=type,
        mime_type=mime_type,
        size=len(content),
        storage_key=stored.key,
        bucket=storage.BUCKET,
        checksum=stored.checksum,
    )
    again = keep.on_conflict_do_update(
        index_elements=["organization_id", "storage_key"], set_={"last_used_at": clock.now()}
    )
    asset: Asset | None = await session.scalar(again.returning(Asset), execution_options={"populate_existing": True})
    assert asset is not None, "an upsert returns its row"
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="asset.stored",
        subject="assets",
        subject_id=asset.id,
        detail=Detail(after={"name": asset.original_name, "type": asset.type, "size": asset.size}),
    )
    return asset


def _safe(name: str) -> str:
    """A name that is harmless as a file name anywhere: its last part, letters, digits, dots, dashes and underscores."""
    last = re.split(r"[\\/]", name)[-1]
    return re.sub(r"[^\w.-]+", "-", last).strip(".-")[-_MAX_NAME:] or "file"
