"""Times inside the windows of the plan at which nothing goes out yet: where the next post would do well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

from aipromote.documents.strategy import PostingWindow
from aipromote.documents.vocabulary import Platform
from aipromote.publishing.models import ScheduledPost
from aipromote.scheduling.queries import GONE
from aipromote.scheduling.slots import Band, Diary, Wish, bands_on, choose, wall_clock


@dataclass(frozen=True, slots=True)
class Vacancy:
    """A time (on the clocks of the zone) that would be chosen for a post of the platform, and the window it is in."""

    platform: Platform
    local: datetime
    window: Band


def vacancies(
    days: Sequence[date],
    *,
    accounts: Mapping[Platform, UUID],
    windows: Sequence[PostingWindow],
    posts: Sequence[ScheduledPost],
    zone: ZoneInfo,
    earliest: datetime,
) -> list[Vacancy]:
    """One time for each of these platforms and days whose window has no post of the account yet, in their order.

    Only windows that the plan has for that weekday count. `posts` are those of these days.
    """
    standing = [post for post in posts if post.status not in GONE]
    taken = Diary((post.scheduled_at, post.social_account_id) for post in standing)
    busy = [(post.social_account_id, wall_clock(post.scheduled_at, zone)) for post in standing]
    today, found = wall_clock(earliest, zone).date(), []
    for day in (one for one in days if one >= today):
        for platform, account_id in accounts.items():
            own = [one for one in windows if one.platform is platform and one.weekday == day.weekday()]
            if not own:
                continue
            bands = [band for band in bands_on(day, platform, own) if not _has_post(busy, account_id, day, band)]
            key = f"{day}/{platform}/0"
            wish = Wish(uuid5(NAMESPACE_OID, key), key, day, platform, account_id)
            chosen = choose([wish], windows=own, zone=zone, taken=taken, earliest=earliest) if bands else []
            found += [
                Vacancy(platform, one.local, band) for one in chosen for band in bands if _within(one.local, day, band)
            ]
    return sorted(found, key=lambda one: (one.local, one.platform))


def _has_post(busy: Sequence[tuple[UUID, datetime]], account_id: UUID, day: date, band: Band) -> bool:
    return any(own == account_id and _within(local, day, band) for own, local in busy)


def _within(local: datetime, day: date, band: tuple[time, time]) -> bool:
    return local.date() == day and band[0] <= local.time() < band[1]
