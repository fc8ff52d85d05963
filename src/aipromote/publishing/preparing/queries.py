"""Reads of preparations, and which are to be made."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.connectors import registry
from aipromote.jobs.kinds import Due
from aipromote.publishing.changes import Key
from aipromote.publishing.claims import Claim
from aipromote.publishing.models import PostPreparation
from aipromote.publishing.preparing.jobs import AHEAD, OnePost

LASTS = timedelta(hours=20)
"""Networks keep what was uploaded and not published for a day."""


async def pending_preparations(session: AsyncSession, *, limit: int) -> list[Due[OnePost]]:
    """Jobs for the posts with files that are due soon, or that wait for their files; across organizations."""
    now = clock.now()
    rows = await session.execute(
        text("SELECT * FROM doors.due_preparations(:at, :until, :how_many)"),
        {"at": now, "until": now + AHEAD, "how_many": limit},
    )
    return [Due(OnePost(organization_id=row.organization_id, post_id=row.id)) for row in rows]


async def preparations(session: AsyncSession, keys: Collection[Key]) -> dict[Key, PostPreparation]:
    """By (organization, post), of those posts that have one."""
    if not keys:
        return {}
    mine = tuple_(PostPreparation.organization_id, PostPreparation.scheduled_post_id).in_(sorted(keys))
    found = await session.scalars(select(PostPreparation).where(mine).execution_options(populate_existing=True))
    return {(one.organization_id, one.scheduled_post_id): one for one in found}


def is_needed(claim: Claim) -> bool:
    """Whether the network wants something before the part that is next can be fired."""
    account = claim.account
    return account is not None and registry.get(account.connector).prepares(claim.part())


def made_of(claim: Claim) -> bytes:
    """SHA-256 of everything that a preparation is made of: where to, the words, the files, the post that it answers."""
    assert claim.account is not None
    account, part = claim.account, claim.part()
    files = [(str(ref.asset_id), ref.alt_text) for ref in claim.piece.media_refs] if part.media else []
    words = (account.connector, account.server, account.account_id, part.text, part.title, part.reply_to, part.position)
    return hashlib.sha256(repr((words, files)).encode("utf-8", "surrogatepass")).digest()


def is_ready(found: PostPreparation, *, made_for: bytes) -> bool:
    """Whether it can be fired: made of what the post is now, finished, and not too old for the network."""
    is_fresh = found.ready_at is not None and clock.now() - found.ready_at < LASTS
    return is_fresh and found.made_for == made_for
