"""The plan's limit of posts. A post that is being sent, may have been sent, or was sent is counted; no other is.

So it is counted when it is claimed and given back when it turns out not to be out. A limit is then never exceeded,
however many workers there are, and a worker that dies loses nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.billing import actions as billing
from aipromote.publishing.changes import Changed, Key, columns
from aipromote.publishing.claims import Claim

_OWNERS = text("SELECT o.id, o.owner_id FROM organizations o WHERE o.id = ANY (CAST(:organizations AS uuid[]))")

_PARTLY_OUT = text("""
    SELECT DISTINCT a.organization_id, a.scheduled_post_id
      FROM unnest(CAST(:organizations AS uuid[]), CAST(:posts AS uuid[])) AS k (organization_id, id)
      JOIN publish_attempts a ON a.organization_id = k.organization_id AND a.scheduled_post_id = k.id
     WHERE a.outcome = 'PUBLISHED'
""")


async def take(session: AsyncSession, claims: Sequence[Claim]) -> list[Claim]:
    """Count these posts for the owners of their organizations; the ones that the plan does not allow any more."""
    by_owner: dict[UUID, list[Claim]] = defaultdict(list)
    for claim in (one for one in claims if not one.sent):  # a thread that is partly out was counted, and stays counted
        by_owner[claim.owner_id].append(claim)
    refused = await _count(session, {owner: len(own) for owner, own in by_owner.items()})
    too_many: list[Claim] = []
    for owner in sorted(refused):  # not all of them, but perhaps the first few
        too_many += [claim for claim in by_owner[owner] if await _count(session, {owner: 1})]
    return too_many


async def give_back(session: AsyncSession, changed: Sequence[Changed]) -> None:
    """These posts were counted when they were claimed, and are not out. A month that is over stays as it is."""
    month = clock.now().replace(day=1).date()
    recent = [one for one in changed if one.last_attempt_at and one.last_attempt_at.replace(day=1).date() == month]
    if recent:
        partly_out = await _partly_out(session, {(one.organization_id, one.id) for one in recent})
        recent = [one for one in recent if (one.organization_id, one.id) not in partly_out]
    if recent:
        owners = await _owners(session, (one.organization_id for one in recent))
        amounts = Counter(owners[one.organization_id] for one in recent)
        await billing.give_back(session, what="posts_published", amounts=amounts)


async def _partly_out(session: AsyncSession, posts: set[Key]) -> set[Key]:
    organizations, ids = columns(posts)
    rows = await session.execute(_PARTLY_OUT, {"organizations": organizations, "posts": ids})
    return {(row.organization_id, row.scheduled_post_id) for row in rows}


async def _count(session: AsyncSession, amounts: dict[UUID, int]) -> frozenset[UUID]:
    return await billing.consume_many(session, what="posts_published", amounts=amounts) if amounts else frozenset()


async def _owners(session: AsyncSession, organizations: Iterable[UUID]) -> dict[UUID, UUID]:
    rows = await session.execute(_OWNERS, {"organizations": sorted(set(organizations))})
    return {row.id: row.owner_id for row in rows}
