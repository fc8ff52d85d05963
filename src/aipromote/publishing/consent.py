"""Whether a post that no person approved may still leave: only while the organization lets posts out by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.brand import queries as brand
from aipromote.publishing.changes import Key
from aipromote.publishing.checks import Refusal
from aipromote.publishing.claims import Claim


async def withdrawn(session: AsyncSession, claims: Sequence[Claim]) -> dict[Key, Refusal]:
    """The posts that only the product approved, where a person has to approve every post by now."""
    alone = [claim for claim in claims if claim.approval is not None and claim.approval.user_id is None]
    organizations = {claim.organization_id for claim in alone}
    free = await brand.unattended(session, organization_ids=organizations) if alone else frozenset()
    why = Refusal(
        "unapproved",
        "Only AIPromote has approved this text, and since then a person has to approve every post here.",
        "Approve it, then send it or schedule it again.",
    )
    return {claim.key: why for claim in alone if claim.organization_id not in free}
