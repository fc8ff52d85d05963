"""The files that go out with a post, read before it is armed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.assets import storage
from aipromote.assets.models import Asset
from aipromote.connectors.contract import Media
from aipromote.documents.content import MediaRef
from aipromote.publishing.changes import Key
from aipromote.publishing.checks import Refusal
from aipromote.publishing.claims import Claim

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def attach(session: AsyncSession, claims: Sequence[Claim]) -> dict[Key, Refusal]:
    """Give the claims their files; the ones whose files are gone must not go out without."""
    wanted = {(claim.organization_id, asset_id) for claim in claims for asset_id, _ in files(claim)}
    if not wanted:
        return {}
    mine = tuple_(Asset.organization_id, Asset.id).in_(sorted(wanted))
    assets = {(row.organization_id, row.id): row for row in await session.scalars(select(Asset).where(mine))}
    refused = {}
    for claim in claims:
        try:
            claim.media = tuple(
                [await _read(assets[claim.organization_id, asset_id], ref) for asset_id, ref in files(claim)]
            )
        except (KeyError, FileNotFoundError):
            refused[claim.key] = Refusal("file_gone", "A picture or video of this post is gone.", "Attach it again.")
        except OSError as error:
            log.exception("a file could not be read", post=str(claim.post_id))
            words = f"A picture or video of this post cannot be read ({error.strerror})."
            refused[claim.key] = Refusal("file_unreadable", words, "Schedule the post again.")
    return refused


def files(claim: Claim) -> list[tuple[UUID, MediaRef]]:
    """References to files that exist; one that is only a prompt is an idea, not a file."""
    return [(ref.asset_id, ref) for ref in claim.piece.media_refs if ref.asset_id is not None]


async def _read(asset: Asset, ref: MediaRef) -> Media:
    content = await storage.read(asset.storage_key)
    return Media.of(content, asset.mime_type, ref.alt_text or asset.alt_text or "")
