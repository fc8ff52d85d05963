"""Which pieces have a file attached."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_USES = text("""
    SELECT p.id, r ->> 'asset_id' AS file
      FROM content_pieces p,
           jsonb_array_elements(CASE jsonb_typeof(p.media_refs) WHEN 'array' THEN p.media_refs ELSE '[]' END) r
     WHERE p.organization_id = :organization AND p.media_refs IS NOT NULL
       AND r ->> 'asset_id' = ANY (CAST(:files AS text[]))
     ORDER BY p.id DESC
""")


async def uses_of_files(
    session: AsyncSession, *, organization_id: UUID, asset_ids: Collection[UUID]
) -> dict[UUID, list[UUID]]:
    """The pieces that have these files attached, by file; the newest first."""
    found = await session.execute(_USES, {"organization": organization_id, "files": [str(one) for one in asset_ids]})
    uses: dict[UUID, list[UUID]] = {}
    for row in found:
        uses.setdefault(UUID(row.file), []).append(row.id)
    return uses
