"""What only the world outside can tell: networks about accounts, the disk about files. No connection waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import aiohttp
from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.assets.models import Asset
from aipromote.channels import looks
from aipromote.content.models import ContentPiece
from aipromote.db.database import Database
from aipromote.publishing.changes import Key
from aipromote.publishing.checks import Refusal
from aipromote.publishing.forecast import files
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus

_AWAITED = (PostStatus.SCHEDULED, PostStatus.RETRYING)


@dataclass(frozen=True, slots=True)
class Outside:
    """What a batch of posts needs from outside: its accounts, and its files."""

    accounts: frozenset[Key]
    assets: Sequence[Asset]


async def ask(database: Database, http: aiohttp.ClientSession, posts: Sequence[Key]) -> dict[Key, Refusal]:
    """Have the networks of these posts asked about their accounts; answers what is wrong with files, by asset."""
    async with database.transaction(*sorted({organization for organization, _ in posts})) as session:
        needed = await _needed(session, posts)
    if needed.accounts:
        await looks.ask(database, http, needed.accounts)
    troubles = {(asset.organization_id, asset.id): await files.trouble(asset) for asset in needed.assets}
    return {key: wrong for key, wrong in troubles.items() if wrong is not None}


async def _needed(session: AsyncSession, posts: Sequence[Key]) -> Outside:
    mine = tuple_(ScheduledPost.organization_id, ScheduledPost.id).in_(sorted(posts))
    of = (ContentPiece.organization_id == ScheduledPost.organization_id) & (
        ContentPiece.id == ScheduledPost.content_piece_id
    )
    found = select(ScheduledPost.organization_id, ScheduledPost.social_account_id, ContentPiece.media_refs).join(
        ContentPiece, of
    )
    rows = (await session.execute(found.where(mine, ScheduledPost.status.in_(_AWAITED)))).all()
    accounts = frozenset((organization, account) for organization, account, _ in rows)
    wanted: set[tuple[UUID, UUID]] = {
        (organization, ref.asset_id) for organization, _, refs in rows for ref in refs or () if ref.asset_id is not None
    }
    if not wanted:
        return Outside(accounts, ())
    named = tuple_(Asset.organization_id, Asset.id).in_(sorted(wanted))
    return Outside(accounts, (await session.scalars(select(Asset).where(named))).all())
