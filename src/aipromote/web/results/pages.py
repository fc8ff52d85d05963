"""The pages: an overview, the posts behind it, and the same posts as a file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from aipromote import clock
from aipromote.analytics import breakdown, ranking
from aipromote.analytics.breakdown import Span
from aipromote.analytics.ranking import By
from aipromote.channels import queries as channels
from aipromote.channels.models import SocialAccount
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput
from aipromote.http.visits import Reading, Stay, database_of
from aipromote.languages import _
from aipromote.portability.sheets import sheet
from aipromote.web.render import page
from aipromote.web.results import comparing, drawing, telling

router = APIRouter()

LENGTHS: Final = (7, 28, 90)
_USUAL = 28
_LONGEST = 366
_SHOWN = 50
_SHEET = (
    "published_at", "network", "account", "pillar", "form", "text", "views", "reach", "reactions", "clicks",
    "engagement_rate", "measured_at", "simulated", "piece",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the page is about: some days that end with today, true or simulated numbers, one network or all."""

    days: int
    platform: Platform | None
    is_simulated: bool
    start: date
    end: date
    span: Span

    def address(self, path: str = "/results", **changes: Any) -> str:
        """The same choice with something else in it, as the address of a page."""
        kept = {
            "days": self.days,
            "network": self.platform.value.lower() if self.platform else "",
            "simulated": "yes" if self.is_simulated else "",
        } | changes
        given = "&".join(f"{name}={value}" for name, value in kept.items() if value)
        return f"{path}?{given}" if given else path


@router.get("/results")
async def overview(
    request: Request, stay: Reading, days: int = _USUAL, network: str = "", simulated: str = ""
) -> Response:
    """Charts, each with what it says as its title, and the age of the data."""
    accounts = await _accounts(stay)
    true = [account for account in accounts if account.connector != "sandbox"]
    chosen = _chosen(stay, days, network, simulated, accounts)
    found = await breakdown.breakdown(stay.session, chosen.span, zone=stay.organization.time_zone)
    gains = await breakdown.daily(
        stay.session, chosen.span, start=chosen.start - timedelta(days=chosen.days), end=chosen.end
    )
    mine = [account for account in accounts if (account.connector == "sandbox") == chosen.is_simulated]
    return page(
        request,
        "results/overview.html",
        stay=stay,
        chosen=chosen,
        lengths=LENGTHS,
        has_both=bool(true) and len(true) < len(accounts),
        platforms=sorted({account.platform for account in mine}),
        accounts=mine,
        found=found,
        weekday_names=comparing.weekday_names(),
        views=drawing.bars({day: gain.impressions for day, gain in gains.items()}, start=chosen.start, end=chosen.end),
        views_title=telling.of_days(_change(gains, chosen), chosen.days),
        comparisons=comparing.comparisons(found),
        week=comparing.week(found),
        week_title=comparing.best_hour(found),
        not_reported=telling.not_reported(found),
        followers=_sum(gain.followers for day, gain in gains.items() if day >= chosen.start),
    )


@router.get("/results/posts")
async def posts_page(
    request: Request,
    stay: Reading,
    *,
    days: int = _USUAL,
    network: str = "",
    simulated: str = "",
    by: By = By.PUBLISHED,
) -> Response:
    """The posts of the time as a table: the newest first, or those with the most of something."""
    chosen = _chosen(stay, days, network, simulated, await _accounts(stay))
    rows = await ranking.ranked(stay.session, chosen.span, by=by, limit=_SHOWN + 1)
    shown = rows[:_SHOWN]
    grown = await ranking.growth(stay.session, organization_id=stay.organization_id, rows=shown)
    return page(
        request,
        "results/posts.html",
        stay=stay,
        chosen=chosen,
        lengths=LENGTHS,
        by=by,
        rows=shown,
        is_more=len(rows) > _SHOWN,
        most=_SHOWN,
        sparks={post_id: drawing.spark(values) for post_id, values in grown.items()},
    )


@router.get("/results/posts.csv")
async def posts_file(
    request: Request, stay: Reading, *, days: int = _USUAL, network: str = "", simulated: str = ""
) -> Response:
    """All posts of the time with their newest numbers. A number that a network does not report is an empty cell."""
    chosen = _chosen(stay, days, network, simulated, await _accounts(stay))
    name = f"aipromote-posts-{chosen.start}-{chosen.end - timedelta(days=1)}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_lines(request, chosen), media_type="text/csv; charset=utf-8", headers=headers)


async def _lines(request: Request, chosen: Chosen) -> AsyncIterator[bytes]:
    # The page's own transaction has ended before the first line leaves.
    yield sheet([_SHEET])
    async with database_of(request).transaction(chosen.span.organization_id) as session:
        async for batch in ranking.every(session, chosen.span):
            yield sheet(_cells(row, chosen) for row in batch)


def _cells(row: ranking.Row, chosen: Chosen) -> list[Any]:
    return [
        row.published_at.isoformat(), row.platform.value, row.handle, row.pillar or "", row.type.value, row.opening,
        row.impressions, row.reach, row.reactions, row.clicks, row.rate,
        row.measured_at.isoformat() if row.measured_at else "", "yes" if chosen.is_simulated else "no", row.piece_id,
    ]  # fmt: skip


async def _accounts(stay: Stay) -> Sequence[SocialAccount]:
    """All of them: results of an account that was disconnected stay results."""
    return await channels.accounts(stay.session, organization_id=stay.organization_id, active_only=False)


def _chosen(stay: Stay, days: int, network: str, simulated: str, accounts: Sequence[SocialAccount]) -> Chosen:
    """Without a true account there is nothing but simulated numbers to show, and the pages say that they are."""
    is_simulated = simulated == "yes" or all(account.connector == "sandbox" for account in accounts)
    if not 1 <= days <= _LONGEST:
        raise InvalidInput(_("Please choose from 1 to %(most)s days.", most=_LONGEST), field="days")
    try:
        platform = Platform(network.upper()) if network else None
    except ValueError:
        raise InvalidInput(_("There is no such network."), field="network") from None
    zone = ZoneInfo(stay.organization.time_zone)
    end = clock.now().astimezone(zone).date() + timedelta(days=1)
    start = end - timedelta(days=days)

    def span(first: date, last: date) -> Span:
        begin, finish = (datetime.combine(day, time(), zone) for day in (first, last))
        return Span(stay.organization_id, begin, finish, is_simulated, platform)

    return Chosen(days, platform, is_simulated, start, end, span(start, end))


def _change(gains: dict[date, breakdown.DayOfGains], chosen: Chosen) -> telling.Change:
    """Today is not over: it counts in the sum, but not in the comparison, and neither does the day as far back."""
    views = {day: gain.impressions for day, gain in gains.items() if gain.impressions is not None}
    today, first = chosen.end - timedelta(days=1), chosen.start - timedelta(days=chosen.days)
    whole = [seen for day, seen in views.items() if chosen.start <= day < today]
    before = [seen for day, seen in views.items() if first < day < chosen.start]
    return telling.Change(
        _sum(seen for day, seen in views.items() if day >= chosen.start), telling.Days(whole), telling.Days(before)
    )


def _sum(values: Any) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
