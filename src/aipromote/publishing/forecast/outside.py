"""What only the world outside can tell: networks about accounts, storage about files. No connection waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import aiohttp
from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.assets.models import Asset
from aipromote.channels import looks
from aipromote.channels.models import SocialAccount
from aipromote.connectors import registry
from aipromote.content import sending
from aipromote.content.models import ContentPiece
from aipromote.db.database import Database
from aipromote.publishing.changes import Key
from aipromote.publishing.checks import Refusal
from aipromote.publishing.forecast import fetching, files
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus

_AWAITED = (PostStatus.SCHEDULED, PostStatus.RETRYING)


@dataclass(frozen=True, slots=True)
class Awaited:
    """A post that waits: whose it is, of what, and through which connector it goes."""

    key: Key
    account_id: UUID
    piece: ContentPiece
    connector: str

    @property
    def asset_ids(self) -> tuple[UUID, ...]:
        """Its files, as they are attached."""
        return tuple(ref.asset_id for ref in self.piece.media_refs or () if ref.asset_id is not None)


@dataclass(frozen=True, slots=True)
class Troubles:
    """What is wrong with files by themselves, by asset, and with files on the post's own network, by post."""

    files: dict[Key, Refusal]
    posts: dict[Key, Refusal]


async def ask(database: Database, http: aiohttp.ClientSession, posts: Sequence[Key]) -> Troubles:
    """Have the networks of these posts asked about their accounts, and look at their files.

    Pictures are made to fit here, a day ahead, so that nothing is left to do when the post is due.
    """
    async with database.transaction(*sorted({organization for organization, _ in posts})) as session:
        awaited = await _awaited(session, posts)
        assets = await _assets(session, awaited)
    if awaited:
        await looks.ask(database, http, frozenset((one.key[0], one.account_id) for one in awaited))
    troubles = {key: await files.trouble(asset) for key, asset in assets.items()}
    damaged = {key: wrong for key, wrong in troubles.items() if wrong is not None}
    unfit: dict[Key, Refusal] = {}
    for one in awaited:
        own = {id_: assets[one.key[0], id_] for id_ in one.asset_ids if (one.key[0], id_) in assets.keys() - damaged}
        if own and (wrong := await _on_its_network(http, one, own)) is not None:
            unfit[one.key] = wrong
    return Troubles(damaged, unfit)


async def _on_its_network(http: aiohttp.ClientSession, one: Awaited, own: dict[UUID, Asset]) -> Refusal | None:
    if one.connector not in registry.names():
        return None
    connector, piece = registry.get(one.connector), one.piece
    found = {id_: await sending.outcome(asset, piece, connector=connector) for id_, asset in own.items()}
    for outcome in found.values():
        if outcome.file is None:
            return Refusal("file_unfit", outcome.problem)
    if said := sending.problems(piece, found, connector=connector):
        return Refusal("file_unfit", said[0])
    if connector.capabilities(piece.platform).fetches_media:
        for outcome in found.values():
            if outcome.file is not None:
                wrong = await fetching.trouble(http, outcome.file, network=piece.platform.label)
                if wrong is not None:
                    return wrong
    return None


async def _awaited(session: AsyncSession, posts: Sequence[Key]) -> list[Awaited]:
    mine = tuple_(ScheduledPost.organization_id, ScheduledPost.id).in_(sorted(posts))
    of = (ContentPiece.organization_id == ScheduledPost.organization_id) & (
        ContentPiece.id == ScheduledPost.content_piece_id
    )
    by = (SocialAccount.organization_id == ScheduledPost.organization_id) & (
        SocialAccount.id == ScheduledPost.social_account_id
    )
    found = select(
        ScheduledPost.organization_id,
        ScheduledPost.id,
        ScheduledPost.social_account_id,
        ContentPiece,
        SocialAccount.connector,
    )
    found = found.join(ContentPiece, of).join(SocialAccount, by)
    rows = (await session.execute(found.where(mine, ScheduledPost.status.in_(_AWAITED)))).all()
    return [Awaited((row[0], row[1]), row[2], row[3], row[4]) for row in rows]


async def _assets(session: AsyncSession, awaited: Sequence[Awaited]) -> dict[Key, Asset]:
    wanted = {(one.key[0], asset_id) for one in awaited for asset_id in one.asset_ids}
    if not wanted:
        return {}
    named = tuple_(Asset.organization_id, Asset.id).in_(sorted(wanted))
    return {(row.organization_id, row.id): row for row in await session.scalars(select(Asset).where(named))}
