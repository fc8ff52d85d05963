"""A piece with the post that carries it and the account it goes to: what calendars and lists show of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import aipromote.channels.queries as channels
import aipromote.content.queries as content
import aipromote.publishing.forecast.queries as forecasts
import aipromote.publishing.queries as publishing
from aipromote.channels.models import SocialAccount
from aipromote.content.models import ContentPiece
from aipromote.http.visits import Stay
from aipromote.publishing.models import PostForecast, ScheduledPost
from aipromote.publishing.states import ForecastState, PostStatus
from aipromote.web import words
from aipromote.web.words import State


@dataclass(frozen=True, slots=True)
class Card:
    """One post, or a piece that has no post yet (then `post` and `account` are None)."""

    piece: ContentPiece
    zone: str
    post: ScheduledPost | None = None
    account: SocialAccount | None = None
    forecast: PostForecast | None = None

    @property
    def is_at_risk(self) -> bool:
        """Whether it is expected that it may not go out."""
        return self.forecast is not None and self.forecast.state is ForecastState.AT_RISK

    @property
    def state(self) -> State:
        """What is expected of a post that waits, or the post's state; the piece's own while it has no post."""
        if self.forecast is not None and (self.is_at_risk or (self.post and self.post.status is PostStatus.SCHEDULED)):
            return words.state_of(self.forecast.state)
        return words.state_of(self.post.status if self.post else self.piece.status)

    @property
    def is_simulated(self) -> bool:
        """Whether it goes into the sandbox network."""
        return self.account is not None and self.account.connector == "sandbox"

    @property
    def instant(self) -> datetime | None:
        """When it went out or will."""
        return (self.post.published_at or self.post.scheduled_at) if self.post else None

    @property
    def day(self) -> date | None:
        """The day in the organization's zone."""
        return words.local(self.instant, self.zone).date() if self.instant else self.piece.planned_for

    @property
    def text(self) -> str:
        """The beginning."""
        return words.first_line(self.piece.body)

    def why(self, *, held: bool) -> str:
        """What happens next, in words."""
        return publishing.why(self.post, held=held) if self.post else ""


async def cards_of(
    stay: Stay, posts: Sequence[ScheduledPost], *, accounts: dict[UUID, SocialAccount] | None = None
) -> list[Card]:
    """Cards for these posts, in their order. Three statements; one less where the `accounts` are at hand."""
    wanted = {post.content_piece_id for post in posts}
    pieces = await content.pieces_by_id(stay.session, organization_id=stay.organization_id, piece_ids=wanted)
    accounts = await accounts_by_id(stay) if accounts is None else accounts
    expected = await forecasts_of(stay, posts)
    zone = stay.organization.time_zone
    return [
        Card(pieces[post.content_piece_id], zone, post, accounts.get(post.social_account_id), expected.get(post.id))
        for post in posts
    ]


async def forecasts_of(stay: Stay, posts: Sequence[ScheduledPost]) -> dict[UUID, PostForecast]:
    """What is expected of those of the posts that come due within a day."""
    ids = [post.id for post in posts if post.status in {PostStatus.SCHEDULED, PostStatus.RETRYING}]
    if not ids:
        return {}
    return await forecasts.forecasts(stay.session, organization_id=stay.organization_id, post_ids=ids)


async def accounts_by_id(stay: Stay) -> dict[UUID, SocialAccount]:
    """All accounts of the organization, disconnected ones too."""
    found = await channels.accounts(stay.session, organization_id=stay.organization_id, active_only=False)
    return {account.id: account for account in found}
