"""The posts of a piece, each with what has become of it and what is expected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import aipromote.analytics.queries as analytics
import aipromote.publishing.queries as publishing
from aipromote import clock
from aipromote.analytics.models import Numbers
from aipromote.channels import looks
from aipromote.channels.models import AccountLook, SocialAccount
from aipromote.channels.states import LookAnswer
from aipromote.content.models import ContentPiece
from aipromote.http.visits import Stay
from aipromote.publishing.explaining import Story, stories
from aipromote.publishing.forecast.timing import AHEAD
from aipromote.publishing.models import PostForecast, ScheduledPost
from aipromote.publishing.states import ForecastState, PostStatus
from aipromote.web.cards import forecasts_of


@dataclass(frozen=True, slots=True)
class Journey:
    """A post of the piece with its account, its story and its newest numbers."""

    post: ScheduledPost
    account: SocialAccount
    story: Story
    numbers: Numbers | None
    forecast: PostForecast | None = None
    look: AccountLook | None = None

    @property
    def is_at_risk(self) -> bool:
        """Whether it is expected that it may not go out."""
        return self.forecast is not None and self.forecast.state is ForecastState.AT_RISK

    @property
    def silence(self) -> AccountLook | None:
        """The latest look at the account, where its network could not be asked."""
        return self.look if self.look is not None and self.look.answer is LookAnswer.SILENT else None

    @property
    def checked_from(self) -> datetime | None:
        """When it is looked at for the first time, where that lies ahead."""
        first = self.post.scheduled_at - AHEAD
        return first if self.post.status is PostStatus.SCHEDULED and first > clock.now() else None

    @property
    def is_simulated(self) -> bool:
        """Whether it goes into the sandbox network."""
        return self.account.connector == "sandbox"

    @property
    def is_open(self) -> bool:
        """Whether it can still be taken back."""
        return self.post.status in {PostStatus.SCHEDULED, PostStatus.RETRYING}

    @property
    def is_sendable(self) -> bool:
        """Whether a person may have it sent at once."""
        return self.is_open or self.post.status in {PostStatus.FAILED, PostStatus.MISSED}

    @property
    def is_unknown(self) -> bool:
        """Whether nobody knows what became of it."""
        return self.post.status is PostStatus.UNCONFIRMED


async def journeys(stay: Stay, piece: ContentPiece, accounts: dict[UUID, SocialAccount]) -> list[Journey]:
    """Every post of the piece, in the order of `publishing`."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    found = await publishing.posts_of_piece(stay.session, **mine, piece_id=piece.id)
    out = [post.id for post in found if post.published_at]
    numbers = await analytics.latest(stay.session, **mine, post_ids=out) if out else {}
    expected = await forecasts_of(stay, found)
    waiting = [(post.organization_id, post.social_account_id) for post in found if post.id in expected]
    looked = await looks.looks(stay.session, waiting)
    told = await stories(
        stay.session, stay.organization, found, accounts=accounts, expected=expected, held=stay.hold is not None
    )
    return [
        Journey(
            post,
            accounts[post.social_account_id],
            told[post.id],
            numbers.get(post.id),
            expected.get(post.id),
            looked.get((post.organization_id, post.social_account_id)),
        )
        for post in found
    ]
