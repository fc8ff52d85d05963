"""What will happen to one post next, and why, with all that has happened to it: the whole story in plain words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
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
from aipromote.publishing.models import AccountPace, PostForecast, PublishAttempt, ScheduledPost
from aipromote.publishing.moments import when
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
class Story:
    """What happens to a post next, what else counts, what is expected of it, and what has happened so far."""

    next: str
    details: tuple[str, ...]
    expected: tuple[str, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Explanation(Story):
    """The story of one post, and what it is."""

    post_id: UUID
    organization: str
    status: PostStatus
    account: str
    excerpt: str


async def explain(session: AsyncSession, *, organization_id: UUID, post_id: UUID) -> Explanation:
    """The story of one post of the organization. Raises NotFound."""
    post = await queries.post(session, organization_id=organization_id, post_id=post_id)
    organization = await organizations.organization(session, organization_id=organization_id)
    account = await channels.account(session, organization_id=organization_id, account_id=post.social_account_id)
    hold = await holds.open_hold(session, organization_id=organization_id)
    told = await stories(
        session,
        organization,
        [post],
        accounts={account.id: account},
        expected=await forecasts.forecasts(session, organization_id=organization_id, post_ids=[post_id]),
        held=hold is not None,
    )
    text = await session.get(Revision, await _revision_key(session, post))
    story = told[post_id]
    return Explanation(
        next=story.next,
        details=story.details,
        expected=story.expected,
        steps=story.steps,
        post_id=post.id,
        organization=organization.name,
        status=post.status,
        account=f"{account.handle} on {account.platform.label}",
        excerpt=(text.body if text else "")[:160],
    )


async def stories(
    session: AsyncSession,
    organization: Organization,
    posts: Collection[ScheduledPost],
    *,
    accounts: Mapping[UUID, SocialAccount],
    expected: Mapping[UUID, PostForecast],
    held: bool,
) -> dict[UUID, Story]:
    """The stories of these posts of the organization, by their ids. Two statements, or one where none is open.

    `accounts` are by their ids, the forecasts (`expected`) by those of their posts; `held` is whether publishing is.
    """
    attempts = await _attempts(session, organization.id, [post.id for post in posts])
    paces = await _paces(session, organization.id, {post.social_account_id for post in posts if post.status in OPEN})
    zone = ZoneInfo(organization.time_zone)
    told = {}
    for post in posts:
        account, calls = accounts[post.social_account_id], attempts.get(post.id, [])
        details = _details(post, organization, account, paces.get(account.id), zone=zone)
        told[post.id] = Story(
            next=why(post, calls, held=held),
            details=tuple(details),
            expected=tuple(_expected(post, expected.get(post.id), zone=zone)),
            steps=tuple(_steps(post, calls)),
        )
    return told


async def _attempts(
    session: AsyncSession, organization_id: UUID, post_ids: Collection[UUID]
) -> dict[UUID, list[PublishAttempt]]:
    if not post_ids:
        return {}
    mine = (PublishAttempt.organization_id == organization_id, PublishAttempt.scheduled_post_id.in_(post_ids))
    found: dict[UUID, list[PublishAttempt]] = {}
    for row in await session.scalars(select(PublishAttempt).where(*mine).order_by(PublishAttempt.id)):
        found.setdefault(row.scheduled_post_id, []).append(row)
    return found


async def _paces(
    session: AsyncSession, organization_id: UUID, account_ids: Collection[UUID]
) -> dict[UUID, AccountPace]:
    if not account_ids:
        return {}
    mine = (AccountPace.organization_id == organization_id, AccountPace.social_account_id.in_(account_ids))
    return {row.social_account_id: row for row in await session.scalars(select(AccountPace).where(*mine))}


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


def _expected(post: ScheduledPost, forecast: PostForecast | None, *, zone: ZoneInfo) -> Iterator[str]:
    if forecast is None or post.status not in OPEN:
        return
    if forecast.state is ForecastState.AT_RISK:
        for risk in forecast.risks:
            yield f"At risk: {risk.reason} {risk.remedy}".rstrip()
    else:
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
