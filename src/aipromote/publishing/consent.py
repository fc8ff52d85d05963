"""Whether a post that no person approved may still leave: only while the organization lets such posts out alone."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.brand import queries as brand
from aipromote.content.actions import conditions
from aipromote.publishing.changes import Key
from aipromote.publishing.checks import Refusal
from aipromote.publishing.claims import Claim

_THEN = "Approve it, then send it or schedule it again."
_EVERY = Refusal(
    "unapproved",
    "Only AIPromote has approved this text, and since then a person has to approve every post here.",
    _THEN,
)
_THIS = Refusal(
    "unapproved",
    "Only AIPromote has approved this text, and the rules for approval without a person do not cover it any more.",
    _THEN,
)


async def withdrawn(session: AsyncSession, claims: Sequence[Claim]) -> dict[Key, Refusal]:
    """The posts that only the product approved, where a person has to approve them by the rules as they are now."""
    alone = [claim for claim in claims if claim.approval is not None and claim.approval.user_id is None]
    if not alone:
        return {}
    free = await brand.unattended(session, organization_ids={claim.organization_id for claim in alone})
    refused = {claim.key: _EVERY for claim in alone if claim.organization_id not in free}
    pieces = {claim.key: (claim.organization_id, claim.piece.piece_id) for claim in alone if claim.key not in refused}
    uncovered = await conditions.uncovered(session, pieces=set(pieces.values())) if pieces else frozenset()
    return refused | {key: _THIS for key, piece in pieces.items() if piece in uncovered}
