"""What a card of the calendar shows and lets people do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from aipromote.channels.models import SocialAccount
from aipromote.http.visits import Stay
from aipromote.languages import _
from aipromote.organizations.states import Role
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.risks import Risk
from aipromote.publishing.states import PostStatus
from aipromote.publishing.words import duration
from aipromote.scheduling.agenda import Entry, crowded
from aipromote.scheduling.slots import wall_clock
from aipromote.web.cards import Card, forecasts_of

_MOVABLE = frozenset({PostStatus.SCHEDULED, PostStatus.RETRYING, PostStatus.FAILED, PostStatus.MISSED})
_OPEN = frozenset({PostStatus.SCHEDULED, PostStatus.RETRYING})


@dataclass(frozen=True, slots=True)
class Tile:
    """One card: a post, or a piece without a time. `conflict` says what it comes too close to."""

    card: Card
    day: date
    zone: ZoneInfo
    conflict: str | None
    may_move: bool
    held: bool

    @property
    def post(self) -> ScheduledPost | None:
        """None for a piece without a time."""
        return self.card.post

    @property
    def key(self) -> str:
        """Names it in forms and on the page."""
        return f"post-{self.post.id}" if self.post else f"piece-{self.card.piece.id}"

    @property
    def local(self) -> datetime | None:
        """Its time on the clocks of the zone (naive)."""
        return wall_clock(self.post.scheduled_at, self.zone) if self.post else None

    @property
    def seen(self) -> str:
        """Its time or day as it is on the page: what a change of it is compared with."""
        return self.post.scheduled_at.isoformat() if self.post else str(self.card.piece.planned_for or "")

    @property
    def is_open(self) -> bool:
        """Whether it waits and can be sent now or taken back."""
        return self.may_move and self.post is not None and self.post.status in _OPEN

    @property
    def is_over(self) -> bool:
        """Whether it was not sent, and can be sent again."""
        return self.may_move and self.post is not None and self.post.status not in _OPEN

    @property
    def story(self) -> str:
        """What happens next, and why; of a piece, what it waits for."""
        return self.card.why(held=self.held) or _("It has no time yet. Once it is approved it gets one on this day.")

    @property
    def risks(self) -> Sequence[Risk]:
        """What may keep it from going out."""
        return self.card.forecast.risks if self.card.forecast is not None and self.card.is_at_risk else ()


async def tiles_of(
    stay: Stay, days: Iterable[tuple[date, Sequence[Entry]]], accounts: Mapping[UUID, SocialAccount]
) -> dict[date, list[Tile]]:
    """By day, for these entries in their order. At most one statement."""
    listed = [(day, entry) for day, entries in days for entry in entries]
    posts = [entry.post for _day, entry in listed if entry.post]
    expected = await forecasts_of(stay, posts)
    close = crowded(posts)
    zone, held = ZoneInfo(stay.organization.time_zone), stay.hold is not None
    found: dict[date, list[Tile]] = {}
    for day, entry in listed:
        post = entry.post
        account = accounts.get(post.social_account_id) if post else None
        card = Card(entry.piece, zone.key, post, account, expected.get(post.id) if post else None)
        apart = close.get(post.id) if post else None
        conflict = None
        if apart is not None and account is not None:
            conflict = _(
                "Only %(apart)s from another post of %(account)s.", apart=duration(apart), account=account.handle
            )
        may_move = stay.may(Role.APPROVER) and post.status in _MOVABLE if post else stay.may(Role.EDITOR)
        found.setdefault(day, []).append(Tile(card, day, zone, conflict, may_move, held))
    return found


def first_accounts(accounts: Iterable[SocialAccount]) -> list[SocialAccount]:
    """Of each platform the account that was connected first, through which its posts leave."""
    found: dict[str, SocialAccount] = {}
    for account in sorted(accounts, key=lambda one: one.id):
        if account.is_active:
            found.setdefault(account.platform, account)
    return list(found.values())
