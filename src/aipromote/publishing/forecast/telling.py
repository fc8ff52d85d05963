"""Telling owners and administrators of posts at risk: once for a post and its risks, in one letter for an account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.channels.letters import add_posts
from aipromote.jobs.kinds import digest
from aipromote.notifications import actions as notifications
from aipromote.notifications.told import Told
from aipromote.publishing.changes import Key
from aipromote.publishing.claims import Claim
from aipromote.publishing.forecast.reading import Facts
from aipromote.publishing.forecast.storing import Stored, note_told
from aipromote.publishing.moments import when
from aipromote.publishing.notices import line_of, recipients_of
from aipromote.publishing.risks import Risk

_LISTED = 20
_NOT_CONNECTED = "not_connected"


async def tell(
    session: AsyncSession, facts: Facts, found: Mapping[Key, Sequence[Risk]], stored: Mapping[Key, Stored]
) -> None:
    """Write a letter for what people were not told of yet. The rows are locked, so two workers tell it once."""
    claims = {claim.key: claim for claim in facts.claims}
    news = {key: name for key, row in stored.items() if (name := _name(found[key])) and name != row.told}
    if not news:
        return
    letters: dict[tuple[Key, str], list[Claim]] = defaultdict(list)
    for key, name in sorted(news.items()):
        letters[claims[key].account_key, name].append(claims[key])
    people = {one: await recipients_of(session, one) for one in sorted({key[0] for key in news})}
    for (account, name), own in letters.items():
        own.sort(key=lambda claim: (facts.due[claim.key], claim.post_id))
        since = min(stored[claim.key].risk_since or facts.now for claim in own)
        knowing = await _tell_with_the_account(session, own, facts) if name == _NOT_CONNECTED else set()
        # A risk that comes and goes within the hour is told once.
        about = digest(*(claim.post_id for claim in own), *(facts.due[claim.key] for claim in own), name)
        await notifications.tell(
            session,
            organization_id=account[0],
            recipients=[one for one in people[account[0]] if one.user_id not in knowing],
            key=f"post-at-risk:{about}:{since:%Y%m%d%H}",
            template="post-at-risk",
            data=_told(own, found, facts),
            priority=2,
        )
    await note_told(session, news)


async def _tell_with_the_account(session: AsyncSession, own: Sequence[Claim], facts: Facts) -> set[UUID]:
    """Put them into the letter about their account, where a network turned it away a moment ago. Whom that reaches."""
    account, zone = own[0].account, facts.homes[own[0].organization_id].zone
    if account is None or not account.error_message:
        return set()
    lines = [line_of(facts.due[claim.key], claim.texts[0], zone) for claim in own]
    return await add_posts(session, organization_id=account.organization_id, account_id=account.id, waiting=lines)


def _name(risks: Sequence[Risk]) -> str:
    """The set of risks, as it is stored; empty for none."""
    name = ",".join(sorted(risk.kind for risk in risks))
    return name if len(name) <= 200 else digest(name)  # noqa: PLR2004 -- the column's own length


def _told(own: Sequence[Claim], found: Mapping[Key, Sequence[Risk]], facts: Facts) -> Told:
    """What they have in common is said once; where the reasons differ, each post has its own."""
    first, zone = own[0], facts.homes[own[0].organization_id].zone
    risks = found[first.key]
    is_common = all(_reasons(found[claim.key]) == _reasons(risks) for claim in own)
    lines = []
    for claim in own[:_LISTED]:
        lines.append(line_of(facts.due[claim.key], claim.texts[0], zone))
        lines += [] if is_common else [f"  {reason}" for reason in _reasons(found[claim.key])]
    if len(own) > _LISTED:
        lines.append(f"and {len(own) - _LISTED} more")
    account = first.account
    return Told(
        platform=account.platform.label if account else None,
        handle=account.handle if account else None,
        reason="\n".join(f"{risk.reason}\n  {risk.remedy}" if is_common else risk.remedy for risk in risks),
        scheduled_at=when(facts.due[first.key], zone),
        count=str(len(own)),
        posts="\n".join(lines),
        path="/this-week" if len(own) > 1 else f"/posts/{first.post_id}",
    )


def _reasons(risks: Sequence[Risk]) -> list[str]:
    return [risk.reason for risk in risks]
