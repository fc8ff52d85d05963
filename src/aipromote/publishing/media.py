"""The files that go out with a post, found before it is armed and read while they are sent."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator, Mapping, Sequence
from uuid import UUID

import structlog
from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.assets import addresses, renditions, storage
from aipromote.assets.apart import Unreadable
from aipromote.assets.models import Asset
from aipromote.assets.renditions import Sendable
from aipromote.connectors import registry
from aipromote.connectors.capabilities import Capabilities
from aipromote.connectors.contract import Media
from aipromote.documents.content import MediaRef
from aipromote.publishing.changes import Key
from aipromote.publishing.checks import Refusal
from aipromote.publishing.claims import Claim

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def attach(session: AsyncSession, claims: Sequence[Claim]) -> dict[Key, Refusal]:
    """Give the claims their files; the ones whose files are gone or unfit must not go out without.

    Pictures are as their network takes them, made ahead as a rule (the forecast does); no file is read here whole.
    """
    wanted = {(claim.organization_id, asset_id) for claim in claims for asset_id, _ in files(claim)}
    if not wanted:
        return {}
    mine = tuple_(Asset.organization_id, Asset.id).in_(sorted(wanted))
    assets = {(row.organization_id, row.id): row for row in await session.scalars(select(Asset).where(mine))}
    refused = {}
    for claim in claims:
        try:
            claim.media = tuple(
                [await media_of(assets[claim.organization_id, asset_id], ref, claim) for asset_id, ref in files(claim)]
            )
        except (KeyError, FileNotFoundError):
            refused[claim.key] = Refusal("file_gone", "A picture or video of this post is gone.", "Attach it again.")
        except Unreadable as unfit:
            refused[claim.key] = Refusal("file_unfit", unfit.message, "Attach another one and schedule the post again.")
        except OSError as error:
            log.exception("a file could not be read", post=str(claim.post_id))
            words = f"A picture or video of this post cannot be read ({error.strerror})."
            refused[claim.key] = Refusal("file_unreadable", words, "Schedule the post again.")
    return refused


async def told(session: AsyncSession, refs: Mapping[Key, Sequence[MediaRef]]) -> dict[Key, tuple[Media, ...]]:
    """What is known of files that went out already, for who asks for their posts: nothing is read, nothing refused."""
    named = {(key[0], ref.asset_id) for key, own in refs.items() for ref in own if ref.asset_id is not None}
    mine = tuple_(Asset.organization_id, Asset.id).in_(sorted(named))
    assets: dict[Key, Asset] = {}
    if named:
        assets = {(row.organization_id, row.id): row for row in await session.scalars(select(Asset).where(mine))}
    return {
        key: tuple(_as_sent(assets.get((key[0], ref.asset_id)), ref) for ref in own if ref.asset_id is not None)
        for key, own in refs.items()
    }


def _as_sent(asset: Asset | None, ref: MediaRef) -> Media:
    """The facts of a file. One that is gone was sent with its post all the same."""

    async def unread(offset: int, length: int | None) -> AsyncIterator[bytes]:
        del offset, length
        raise OSError(errno.EPERM, "a file is not read to ask about its post")
        yield b""

    if asset is None:
        return Media("application/octet-stream", 0, unread, ref.alt_text or "")
    return Media(
        asset.mime_type,
        asset.size,
        unread,
        ref.alt_text or asset.alt_text or "",
        name=asset.original_name,
        width=asset.width,
        height=asset.height,
        seconds=asset.duration_seconds,
    )


def files(claim: Claim) -> list[tuple[UUID, MediaRef]]:
    """References to files that exist; one that is only a prompt is an idea, not a file."""
    return [(ref.asset_id, ref) for ref in claim.piece.media_refs if ref.asset_id is not None]


def capabilities_of(claim: Claim) -> Capabilities | None:
    """What the claim's network can do; None where there is no connector for it."""
    account = claim.account
    if account is None or account.connector not in registry.names():
        return None
    return registry.get(account.connector).capabilities(account.platform)


async def media_of(asset: Asset, ref: MediaRef, claim: Claim) -> Media:
    """The file as the claim's network takes it. Raises Unreadable, FileNotFoundError, OSError."""
    can = capabilities_of(claim)
    file = await renditions.sendable(asset, can.images if can else None)
    if await storage.size(file.key, bucket=file.bucket) != file.size:
        raise OSError(errno.EIO, "it does not have the size that was stored")
    return streamed(file, ref.alt_text or asset.alt_text or "")


def streamed(file: Sendable, alt_text: str) -> Media:
    """Read from storage a block at a time, whenever and as often as the connector wants."""

    async def read(offset: int, length: int | None) -> AsyncIterator[bytes]:
        found = storage.blocks(file.key, bucket=file.bucket, offset=offset, length=length, total=file.size)
        async for block in found:
            yield block

    return Media(
        file.mime_type,
        file.size,
        read,
        alt_text,
        name=file.name,
        url=addresses.address_of(file),
        width=file.width,
        height=file.height,
        seconds=file.seconds,
    )
