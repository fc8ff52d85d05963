"""A piece with the post that carries it and the account it goes to: what calendars and lists show of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import aipromote.channels.queries as channels
import aipromote.content.queries as content
import aipromote.publishing.queries as publishing
from aipromote.channels.models import SocialAccount
from aipromote.content.models import ContentPiece
from aipromote.http.visits import Stay
from aipromote.publishing.models import ScheduledPost
from aipromote.web import words
from aipromote.web.words import State


@dataclass(frozen=True, slots=True)
class Card:
    """One post, or a piece that has no post yet (then `post` and `account` are None)."""

    piece: ContentPiece
    zone: str
    post: ScheduledPost | None = None
    account: SocialAccount | None = None

    @property
    def state(self) -> State:
        """The post's state; the piece's own while it has no post."""
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


async def cards_of(stay: Stay, posts: Sequence[ScheduledPost]) -> list[Card]:
    """Cards for these posts, in their order. Two statements."""
    wanted = {post.content_piece_id for post in posts}
    pieces = await content.pieces_by_id(stay.session, organization_id=stay.organization_id, piece_ids=wanted)
    accounts = await accounts_by_id(stay)
    zone = stay.organization.time_zone
    return [Card(pieces[post.content_piece_id], zone, post, accounts.get(post.social_account_id)) for post in posts]


async def accounts_by_id(stay: Stay) -> dict[UUID, SocialAccount]:
    """All accounts of the organization, disconnected ones too."""
    found = await channels.accounts(stay.session, organization_id=stay.organization_id, active_only=False)
    return {account.id: account for account in found}
