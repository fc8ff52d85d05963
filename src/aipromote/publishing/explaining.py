"""What will happen to one post next, and why, with all that has happened to it: the whole story in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock, settings
from aipromote.channels import queries as channels
from aipromote.channels.models import SocialAccount
from aipromote.content.models import Revision
from aipromote.organizations import queries as organizations
from aipromote.organizations.models import Organization
from aipromote.publishing import holds, queries
from aipromote.publishing.forecast import queries as forecasts
from aipromote.publishing.forecast.phrases import when
from aipromote.publishing.models import AccountPace, PostForecast, PublishAttempt, ScheduledPost
from aipromote.publishing.states import OPEN, ForecastState, Outcome, PostStatus
from aipromote.publishing.words import duration, why

_OUTCOMES = {
    Outcome.ARMED: "is being sent, or its worker stopped while sending",
    Outcome.PUBLISHED: "is out",
    Outcome.RATE_LIMITED: "the network asked to wait; nothing was sent",
    Outcome.UNAUTHORIZED: "the network did not let the account in; nothing was sent",
    Outcome.REJECTED: "the network refused it",
    Outcome.UNREACHABLE: "the network was not reached; nothing was sent",
    Outcome.UNKNOWN: "was sent, and no usable answer came",
    Outcome.ABSENT: "did not arrive; that is certain",
}


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to the post, and when."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One post: what it is, what happens next, what else counts, and what has happened so far."""

    post_id: UUID
    organization: str
    status: PostStatus
    account: str
    excerpt: str
    next: str
    details: tuple[str, ...]
    steps: tuple[Step, ...]


async def explain(session: AsyncSession, *, organization_id: UUID, post_id: UUID) -> Explanation:
    """The story of one post of the organization. Raises NotFound."""
    post = await queries.post(session, organization_id=organization_id, post_id=post_id)
    organization = await organizations.organization(session, organization_id=organization_id)
    account = await channels.account(session, organization_id=organization_id, account_id=post.social_account_id)
    attempts = await queries.attempts_of(session, organization_id=organization_id, post_id=post_id)
    hold = await holds.open_hold(session, organization_id=organization_id)
    forecast = (await forecasts.forecasts(session, organization_id=organization_id, post_ids=[post_id])).get(post_id)
    mine = (AccountPace.organization_id == organization_id, AccountPace.social_account_id == account.id)
    pace = await session.scalar(select(AccountPace).where(*mine))
    text = await session.get(Revision, await _revision_key(session, post))
    zone = ZoneInfo(organization.time_zone)
    return Explanation(
        post_id=post.id,
        organization=organization.name,
        status=post.status,
        account=f"{account.handle} on {account.platform.label}",
        excerpt=(text.body if text else "")[:160],
        next=why(post, attempts, held=hold is not None),
        details=tuple(_details(post, organization, account, pace, forecast, zone=zone)),
        steps=tuple(_steps(post, attempts)),
    )


def late_at(post: ScheduledPost, organization: Organization) -> datetime:
    """After this the post is not sent any more."""
    hours = settings.get().late_hours
    minutes = organization.late_minutes if organization.late_minutes is not None else hours * 60
    return post.scheduled_at + timedelta(minutes=minutes)


async def _revision_key(session: AsyncSession, post: ScheduledPost) -> tuple[UUID, UUID]:
    mine = (
        Revision.organization_id == post.organization_id,
        Revision.piece_id == post.content_piece_id,
        Revision.number == post.revision,
    )
    found: UUID = (await session.scalars(select(Revision.id).where(*mine))).one()
    return post.organization_id, found


def _details(
    post: ScheduledPost,
    organization: Organization,
    account: SocialAccount,
    pace: AccountPace | None,
    forecast: PostForecast | None,
    *,
    zone: ZoneInfo,
) -> Iterator[str]:
    yield f"Planned for {_both(post.scheduled_at, zone)}."
    if post.status not in OPEN:
        return
    if post.next_attempt_at is not None:
        word = "Looked up again" if post.status is PostStatus.UNCONFIRMED else "Tried again"
        done = f"attempt {post.attempt_count} of {post.max_attempts} is over"
        yield f"{word} {_both(post.next_attempt_at, zone)}; {done}."
    if post.status in {PostStatus.SCHEDULED, PostStatus.RETRYING}:
        yield (
            f"If it has not gone out by {_both(late_at(post, organization), zone)}, it is not sent any more, and you "
            "are told."
        )
    if not account.is_active:
        yield f"The account {account.handle} is not connected. {account.error_message or ''} Connect it again.".replace(
            "  ", " "
        )
    if pace is not None and pace.closed_until is not None and pace.closed_until > clock.now():
        yield f"{account.platform.label} asked to wait until {_both(pace.closed_until, zone)}: {pace.closed_reason}"
    if forecast is not None and forecast.state is ForecastState.AT_RISK:
        for risk in forecast.risks:
            yield f"At risk: {risk.reason} {risk.remedy}".rstrip()
    elif forecast is not None:
        yield f"Looked at {_both(forecast.checked_at, zone)}: it will be published."


def _both(moment: datetime, zone: ZoneInfo) -> str:
    """The absolute time with the relative one beside it."""
    span = moment - clock.now()
    near = f"in {duration(span)}" if span > timedelta(0) else f"{duration(-span)} ago"
    return f"{when(moment, zone)}, {near}"


def _steps(post: ScheduledPost, attempts: Sequence[PublishAttempt]) -> Iterator[Step]:
    yield Step(post.created_at, "scheduled")
    is_thread = len({attempt.part for attempt in attempts}) > 1
    for attempt in attempts:
        what = f"part {attempt.part + 1}, call {attempt.number}" if is_thread else f"call {attempt.number}"
        said = f": {attempt.error_message}" if attempt.error_message else ""
        code = f" [{attempt.reply.code}]" if attempt.reply and attempt.reply.code else ""
        yield Step(attempt.armed_at, f"{what}: {_OUTCOMES[attempt.outcome]}{said}{code}")
