"""Brand rules and facts, asked once more when a post is about to leave: they may have changed since it was approved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.brand import queries as brand
from aipromote.brand.findings import Finding, standing
from aipromote.brand.queries import Judge
from aipromote.connectors import registry
from aipromote.publishing.changes import Key
from aipromote.publishing.checks import Refusal
from aipromote.publishing.claims import Claim


async def blocked_by_findings(session: AsyncSession, claims: Sequence[Claim]) -> dict[Key, Refusal]:
    """The posts with a finding that blocks, and that no reviewer set aside by name."""
    judged = [claim for claim in claims if may_be_blocked(claim)]
    judges = await brand.judges(session, organization_ids={claim.organization_id for claim in judged}) if judged else {}
    refused = {}
    for claim in judged:
        blocking = blocking_findings(claim, judges[claim.organization_id])
        if blocking:
            refused[claim.key] = Refusal(
                "finding",
                f"A check that was passed before is not passed any more: {blocking[0].reason}.",
                "Change the text, or approve it again with a reason.",
            )
    return refused


def may_be_blocked(claim: Claim) -> bool:
    """Whether there is an approval whose override, if it has one, does not cover all findings."""
    approval = claim.approval
    return approval is not None and (approval.override_reason is None or approval.set_aside is not None)


def blocking_findings(claim: Claim, judge: Judge, *, day: date | None = None) -> list[Finding]:
    """What the check has against a post, and no reviewer set aside. Facts must hold on `day` (today, if None)."""
    assert claim.account is not None
    assert claim.approval is not None
    platform = claim.account.platform
    limits = registry.get(claim.account.connector).limits(platform)
    body, parts = "\n\n".join(claim.texts), claim.texts if len(claim.texts) > 1 else ()
    title = claim.piece.title
    findings = judge.findings(body, platform=platform, limits=limits, parts=parts, title=title, day=day, hints=False)
    approval = claim.approval
    return standing(findings, body, override_reason=approval.override_reason, set_aside=approval.set_aside)
