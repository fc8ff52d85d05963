"""What stands on the days of a calendar: the first entries of each day, however many posts the organization has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Date, DateTime, Integer, TableValuedAlias, bindparam, column, exists, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from aipromote.scheduling.queries import GONE, midnight
from aipromote.scheduling.slots import ACCOUNT_GAP

UNPLACED = (ContentStatus.DRAFT, ContentStatus.PENDING_REVIEW, ContentStatus.APPROVED)
"""Pieces that are planned for a day and have no time yet."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A post with its piece; a piece that has no post yet, where `post` is None."""

    piece: ContentPiece
    post: ScheduledPost | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """A day on the audience's calendar: posts in the order of their times, then the pieces that have no time yet.

    A post stands on the day within whose instants its time lies, also where the clocks show another date meanwhile.
    """

    date: date
    entries: list[Entry] = field(default_factory=list)
    is_cut: bool = False
    """Whether there are more than these."""


async def agenda(
    session: AsyncSession, *, organization_id: UUID, first: date, days: int, zone: ZoneInfo, most: int
) -> list[Day]:
    """So many days from the first one on, with at most `most` posts and `most` pieces each, without cancelled ones.

    Two statements; each reads `days` stretches of an index, of at most `most` rows.
    """
    dates = [first + timedelta(days=number) for number in range(days)]
    found = [Day(one) for one in dates]
    posts = await _posts(session, organization_id=organization_id, dates=dates, zone=zone, most=most)
    pieces = await planned(session, organization_id=organization_id, dates=dates, most=most)
    shown: list[Day] = []
    for number, day in enumerate(found):
        timed, untimed = posts[number], pieces[day.date]
        is_cut = len(timed) > most or len(untimed) > most
        shown.append(Day(day.date, timed[:most] + untimed[:most], is_cut))
    return shown


async def planned(
    session: AsyncSession, *, organization_id: UUID, dates: Sequence[date], most: int
) -> defaultdict[date, list[Entry]]:
    """The pieces without a time that are planned for these days, at most `most` and one of each."""
    listed = func.unnest(bindparam("dates", list(dates), ARRAY(Date)))
    day = listed.table_valued(column("date", Date), name="day").render_derived()
    placed = exists().where(
        ScheduledPost.organization_id == ContentPiece.organization_id,
        ScheduledPost.content_piece_id == ContentPiece.id,
        ScheduledPost.revision == ContentPiece.revision,
        ScheduledPost.status != PostStatus.CANCELLED,
    )
    of_the_day = (
        select(ContentPiece)
        .where(
            ContentPiece.organization_id == organization_id,
            ContentPiece.planned_for == day.c.date,
            ContentPiece.status.in_(UNPLACED),
            ~placed,
        )
        .order_by(ContentPiece.id)
        .limit(most + 1)
        .correlate(day)
    )
    piece = aliased(ContentPiece, of_the_day.lateral("piece"))
    rows = await session.scalars(select(piece).select_from(day).join(piece, true()).order_by(piece.id))
    by_day: defaultdict[date, list[Entry]] = defaultdict(list)
    for row in rows:
        by_day[row.planned_for or date.max].append(Entry(row))
    return by_day


async def _posts(
    session: AsyncSession, *, organization_id: UUID, dates: Sequence[date], zone: ZoneInfo, most: int
) -> defaultdict[int, list[Entry]]:
    """By the number of the day, in the order of their times; one more than asked for tells that there are more."""
    day = _stretches([midnight(one, zone) for one in (*dates, dates[-1] + timedelta(days=1))])
    of_the_day = (
        select(ScheduledPost)
        .where(
            ScheduledPost.organization_id == organization_id,
            ScheduledPost.scheduled_at >= day.c.begins,
            ScheduledPost.scheduled_at < day.c.ends,
            ScheduledPost.status != PostStatus.CANCELLED,
        )
        .order_by(ScheduledPost.scheduled_at, ScheduledPost.id)
        .limit(most + 1)
        .correlate(day)
    )
    post = aliased(ScheduledPost, of_the_day.lateral("post"))
    same = (ContentPiece.organization_id == post.organization_id) & (ContentPiece.id == post.content_piece_id)
    found = select(day.c.number, post, ContentPiece).select_from(day).join(post, true()).join(ContentPiece, same)
    by_day: defaultdict[int, list[Entry]] = defaultdict(list)
    for number, one, piece in await session.execute(found.order_by(post.scheduled_at, post.id)):
        by_day[number].append(Entry(piece, one))
    return by_day


def _stretches(borders: Sequence[datetime]) -> TableValuedAlias:
    """Rows (number, begins, ends): the time between each border and the next."""
    moments = ARRAY(DateTime(timezone=True))
    columns: tuple[Any, ...] = (
        bindparam("numbers", list(range(len(borders) - 1)), ARRAY(Integer)),
        bindparam("begins", list(borders[:-1]), moments),
        bindparam("ends", list(borders[1:]), moments),
    )
    names: tuple[Any, ...] = (
        column("number", Integer),
        column("begins", DateTime(True)),
        column("ends", DateTime(True)),
    )
    return func.unnest(*columns).table_valued(*names, name="day").render_derived()


def crowded(posts: Sequence[ScheduledPost]) -> dict[UUID, timedelta]:
    """The posts that come too soon before or after another one of their account, with how far they are apart.

    Only what still is to go out is asked to keep its distance; from what is out, too.
    """
    by_account: defaultdict[UUID, list[ScheduledPost]] = defaultdict(list)
    for post in posts:
        if post.status not in GONE:
            by_account[post.social_account_id].append(post)
    close: dict[UUID, timedelta] = {}
    for own in by_account.values():
        for one, other in pairwise(sorted(own, key=lambda post: post.scheduled_at)):
            apart = other.scheduled_at - one.scheduled_at
            if apart < ACCOUNT_GAP:
                for each in (one, other):
                    if each.status in {PostStatus.SCHEDULED, PostStatus.RETRYING}:
                        close[each.id] = min(apart, close.get(each.id, apart))
    return close
