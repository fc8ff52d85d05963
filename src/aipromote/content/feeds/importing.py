"""From items to drafts: each item once for each platform, waiting for review like any other text."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.ai.offline.articles import Article, Desk, about
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.billing import actions as billing
from aipromote.brand import queries as brand
from aipromote.connectors import limits
from aipromote.content.actions.drafting import piece_of
from aipromote.content.actions.picturing import Look, illustrated, look_of
from aipromote.content.actions.reviewing import auto_approve_if_allowed
from aipromote.content.captions import needs_card
from aipromote.content.feeds.keys import item_key, link_keys, untracked
from aipromote.content.feeds.models import FeedItem
from aipromote.content.feeds.queries import OLDER
from aipromote.content.models import ContentPiece
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput
from aipromote.organizations import queries as organizations
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role
from aipromote.reading.feeds.shapes import FeedItem as Read
from aipromote.reading.feeds.shapes import FeedReading

MOST = 20
"""Items that are looked at each time: a feed that is new here must not flood the desk."""
_NO_WORDS = "It has no sentences that a post could be made of."


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of it."""

    pieces: list[ContentPiece] = field(default_factory=list)
    known: int = 0
    """Items that had come in before, counted for each platform."""
    without_words: int = 0
    """Items of which no draft could be made, likewise."""
    titles: list[str] = field(default_factory=list)
    """Of the articles that drafts were made of."""

    @property
    def summary(self) -> str:
        """In words for the person who asked."""
        many = len(self.pieces)
        told = [
            f"{many} draft{'' if many == 1 else 's'} from {_counted(len(self.titles))}." if many else "No new draft."
        ]
        if self.known:
            told.append(f"{self.known} had come in before.")
        if self.without_words:
            told.append(f"{self.without_words} had no sentences that a post could be made of.")
        return " ".join(told)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one import happens."""

    organization_id: UUID
    source: str
    desk: Desk
    look: Look


def _counted(articles: int) -> str:
    return "one article" if articles == 1 else f"{articles} articles"


async def import_items(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    reading: FeedReading,
    platforms: Sequence[Platform],
    newest: int = MOST,
    forgets_older: Collection[Platform] = (),
) -> Imported:
    """Drafts of the newest items that have not come in yet, for each platform; the oldest of them first.

    They wait for review, and are approved without a person only where the organization chose that for all texts. On
    the platforms in `forgets_older` the other items count as seen. Raises InvalidInput, and LimitReached where the plan
    is used up.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    chosen = list(dict.fromkeys(platforms))
    if not chosen:
        raise InvalidInput("Choose at least one platform.", field="platforms")
    if not 1 <= newest <= MOST:
        raise InvalidInput(f"Take 1 to {MOST} items at a time.", field="newest")
    organization = await organizations.organization(session, organization_id=organization_id)
    facts = await brand.facts(session, organization_id=organization_id)
    zone = await organizations.time_zone(session, organization_id=organization_id)
    desk = Desk.of(organization.brief, facts, day=clock.now().astimezone(zone).date())
    place = _Place(organization_id, reading.address, desk, await look_of(session, organization_id=organization_id))
    # What was there before somebody followed must not come later, when something above it is taken away.
    looked_at = reading.items if forgets_older else reading.items[:newest]
    keyed = list(zip(looked_at, link_keys(reading.items)[: len(looked_at)], strict=True))
    pieces: list[ContentPiece] = []
    known = without_words = 0
    titles: dict[str, None] = {}
    for position, (item, link_key) in reversed(list(enumerate(keyed))):
        for platform in chosen if position < newest else forgets_older:
            row_id = await _seen(session, place, item, link_key, platform)
            if row_id is None:
                known += 1
                continue
            piece = await _drafted(session, place, item, platform) if position < newest else None
            reason = None if piece else _NO_WORDS if position < newest else OLDER
            await _settle(session, place, row_id, piece, reason)
            without_words += reason == _NO_WORDS
            if piece is not None:
                pieces.append(piece)
                titles[item.title or item.link] = None
    if pieces:
        await _finish(session, actor, place, pieces, organization.owner_id)
    return Imported(pieces, known, without_words, list(titles))


async def _seen(
    session: AsyncSession, place: _Place, item: Read, link_key: bytes | None, platform: Platform
) -> UUID | None:
    """The id of the item's row for that platform; None where it has one, under its name or its address."""
    make = insert(FeedItem).values(
        organization_id=place.organization_id,
        item_key=item_key(item),
        link_key=link_key,
        platform=platform,
        source=place.source,
        link=item.link or None,
        title=item.title or None,
        published_at=item.published,
    )
    found: UUID | None = await session.scalar(make.on_conflict_do_nothing().returning(FeedItem.id))
    return found


async def _drafted(session: AsyncSession, place: _Place, item: Read, platform: Platform) -> ContentPiece | None:
    article = Article(item.title, untracked(item.link), item.summary, item.body, is_dated=item.published is not None)
    draft = about(article, platform, desk=place.desk, limits=limits.of(platform))
    if draft is None:
        return None
    if needs_card(draft):
        draft = await illustrated(session, draft, organization_id=place.organization_id, look=place.look)
    return await piece_of(session, draft, organization_id=place.organization_id)


async def _settle(
    session: AsyncSession, place: _Place, row_id: UUID, piece: ContentPiece | None, reason: str | None
) -> None:
    mine = update(FeedItem).where(FeedItem.organization_id == place.organization_id, FeedItem.id == row_id)
    await session.execute(mine.values(piece_id=piece.id if piece else None, reason=reason))


async def _finish(
    session: AsyncSession, actor: Actor, place: _Place, pieces: Sequence[ContentPiece], owner_id: UUID
) -> None:
    await billing.consume(session, user_id=owner_id, what="posts_generated", amount=len(pieces))
    await audit.record(
        session,
        actor,
        organization_id=place.organization_id,
        action="feed.imported",
        subject="content_pieces",
        subject_id=pieces[0].id,
        detail=Detail(after={"source": place.source, "pieces": len(pieces)}),
    )
    await auto_approve_if_allowed(
        session, organization_id=place.organization_id, piece_ids=[piece.id for piece in pieces]
    )
